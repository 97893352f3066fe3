"""A parameter -> moments of its numbers, one of them of their order; how many are not finite."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from initlab.modules.framework import as_array, load_torch

if TYPE_CHECKING:
    from torch import Tensor

Floats = NDArray[np.floating[Any]]

BLOCK = 1 << 16  # numbers at a time, which stay in the processor's cache
CANCELLED = 1.0  # times the squared mean: below, float32 loses digits of a variance
GOLDEN = (math.sqrt(5) - 1) / 2  # its multiples spread evenly between whole numbers


class Moments(NamedTuple):
    """Moments of a parameter's numbers; None where there are none, or some are not finite.

    Attributes:
        mean: their mean.
        std: their standard deviation.
        nonfinite: how many are NaN or infinite.
        placed: their sum, each times a weight of its place: another order has another sum.
    """

    mean: float | None
    std: float | None
    nonfinite: int
    placed: float | None = None

    def is_near(self, other: Moments, count: int, share: float) -> bool:
        """Whether these are the other's to rounding; an order that is not known is the other's.

        Args:
            other: moments of as many numbers.
            count: how many there are.
            share: of their size, by which sums of the same numbers may differ.
        """
        if self.mean is None or self.std is None or other.mean is None or other.std is None:
            return (self.mean, self.std) == (other.mean, other.std)
        most = share * (self.std + abs(self.mean))
        if max(abs(other.std - self.std), abs(other.mean - self.mean)) > most:
            return False
        if self.placed is None or other.placed is None:
            return True
        return abs(other.placed - self.placed) <= most * math.sqrt(count)


class Sums(NamedTuple):
    """Sums over numbers: of them, of their squares, and of each times the weight of its place."""

    total: float
    squares: float
    placed: float


def moments_of(parameter: Tensor, sums: Sums | None = None) -> Moments:
    """Return the moments of a torch parameter's numbers; ``sums`` of them where they are known."""
    if not has_numbers(parameter.detach()):
        return Moments(None, None, 0)
    numbers = as_array(parameter).reshape(-1)
    total, squares, placed = sums or sums_of(numbers)
    if not math.isfinite(squares):
        nonfinite = numbers.size - int(np.isfinite(numbers).sum())
        if nonfinite:
            return Moments(None, None, nonfinite)
        numbers = numbers.astype(np.float64)
        total, squares, placed = sums_of(numbers)
    mean = total / numbers.size
    variance = squares / numbers.size - mean * mean
    if variance < CANCELLED * mean * mean:
        mean = float(numbers[0]) if numbers.min() == numbers.max() else mean
        variance = sums_of(numbers.astype(np.float64), mean).squares / numbers.size
    return Moments(mean, math.sqrt(max(variance, 0.0)), 0, placed)


def has_numbers(tensor: Tensor) -> bool:
    """Whether a tensor holds floating-point numbers, one by one."""
    plain = tensor.layout == load_torch().strided and not tensor.is_meta
    return bool(plain and tensor.numel() and tensor.is_floating_point())


def sums_of(numbers: Floats, middle: float = 0.0) -> Sums:
    """Return sums over an array of one axis, of the numbers' differences from ``middle``."""
    found = Sums(0.0, 0.0, 0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        for begin in range(0, numbers.size, BLOCK):
            block = numbers[begin : begin + BLOCK]
            found = with_block(found, begin, block - middle if middle else block)
    return found


def with_block(sums: Sums, begin: int, block: Floats) -> Sums:
    """Return sums with those of one block more, which begins at this place."""
    weights, of_block = _weights(block.dtype)[: block.size], 1 + begin // BLOCK * GOLDEN % 1
    ones = _ones(block.dtype)[: block.size]
    return Sums(
        sums.total + float(np.dot(ones, block)),  # a product is faster than a sum
        sums.squares + float(np.dot(block, block)),
        sums.placed + of_block * float(np.dot(weights, block)),
    )


@cache
def _ones(dtype: np.dtype[Any]) -> Floats:
    return np.ones(BLOCK, dtype)


@cache
def _weights(dtype: np.dtype[Any]) -> Floats:
    """Return numbers between -1 and 1, one for each place in a block, no two of them alike."""
    weights: Floats = (2 * (np.arange(1, BLOCK + 1) * GOLDEN % 1) - 1).astype(dtype)
    return weights
