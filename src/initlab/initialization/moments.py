"""A parameter -> mean and standard deviation of its numbers, and how many are not finite."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from initlab.modules.framework import load_torch

if TYPE_CHECKING:
    from torch import Tensor

BLOCK = 1 << 16  # numbers at a time, which stay in the processor's cache
CANCELLED = 1.0  # times the squared mean: below, float32 loses digits of a variance


def moments_of(
    parameter: Tensor, sums: tuple[float, float] | None = None
) -> tuple[float | None, float | None, int]:
    """Return mean, standard deviation and the count of NaN and infinite numbers.

    Moments are None where there are none: of no numbers, or of some that are not finite.

    Args:
        parameter: the torch parameter.
        sums: of its numbers and of their squares, where they are known.
    """
    torch = load_torch()
    tensor = parameter.detach()
    if not has_numbers(tensor):
        return None, None, 0
    tensor = tensor.cpu() if tensor.dtype.itemsize >= 4 else tensor.cpu().float()
    numbers = tensor.contiguous().view(-1).numpy()
    total, squares = sums or _sums(numbers, 0.0)
    if not math.isfinite(squares):
        nonfinite = int((~torch.isfinite(tensor)).sum())
        if nonfinite:
            return None, None, nonfinite
        numbers = numbers.astype(np.float64)
        total, squares = _sums(numbers, 0.0)
    mean = total / numbers.size
    variance = squares / numbers.size - mean * mean
    if variance < CANCELLED * mean * mean:
        mean = float(numbers[0]) if numbers.min() == numbers.max() else mean
        variance = _sums(numbers.astype(np.float64), mean)[1] / numbers.size
    return mean, math.sqrt(max(variance, 0.0)), 0


def has_numbers(tensor: Tensor) -> bool:
    """Whether a tensor holds floating-point numbers, one by one."""
    plain = tensor.layout == load_torch().strided and not tensor.is_meta
    return bool(plain and tensor.numel() and tensor.is_floating_point())


def _sums(numbers: NDArray[np.floating[Any]], middle: float) -> tuple[float, float]:
    """Return the sums of the numbers and of their squares, as differences from ``middle``."""
    total = squares = 0.0
    ones = np.ones(min(numbers.size, BLOCK), numbers.dtype)  # a product is faster than a sum
    with np.errstate(over="ignore", invalid="ignore"):
        for begin in range(0, numbers.size, BLOCK):
            block = numbers[begin : begin + BLOCK]
            block = block - middle if middle else block
            total += float(np.dot(ones[: block.size], block))
            squares += float(np.dot(block, block))
    return total, squares
