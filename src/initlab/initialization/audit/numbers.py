"""A tensor -> what one pass over its numbers shows: moments, bounds, zeros, oddities, a sample."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.initialization.fingerprint import positions
from initlab.modules.framework import as_array

BLOCK = 1 << 16  # numbers at a time, which stay in the processor's cache
SAMPLE = 1 << 14  # numbers that distributions are fitted to: they tell a std to 0.6 %
TINY, HUGE = 1e-30, 1e15  # no init draws a number smaller, but 0, or larger

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Numbers:
    """What the numbers of one tensor are.

    Attributes:
        size: how many there are.
        nonfinite: how many are NaN or infinite.
        nan: how many of these are NaN.
        zeros: how many are 0.
        odd: how many are not 0 and below 1e-30, or above 1e15: what memory holds by chance.
        low: the smallest finite one.
        high: the largest finite one.
        mean: mean of the finite ones.
        std: their standard deviation.
        sample: up to 16,384 of them, evenly from all places.
        first: the first 64, in C order.
    """

    size: int
    nonfinite: int
    nan: int
    zeros: int
    odd: int
    low: float
    high: float
    mean: float
    std: float
    sample: NDArray[np.float64]
    first: NDArray[np.float64]

    @property
    def constant(self) -> bool:
        """Whether all are finite and equal."""
        return not self.nonfinite and self.low == self.high

    @property
    def drawn(self) -> int:
        """How many are neither 0 nor NaN nor infinite."""
        return self.size - self.nonfinite - self.zeros

    @property
    def drawn_moments(self) -> tuple[float, float]:
        """Mean and standard deviation of those that are not 0."""
        if not self.zeros or not self.drawn:
            return self.mean, self.std
        share = self.drawn / (self.size - self.nonfinite)
        mean = self.mean / share
        square = (self.std**2 + self.mean**2) / share
        return mean, math.sqrt(max(0.0, square - mean * mean))


def numbers_of(tensor: Any, first: int = 64) -> Numbers:
    """Look at every number of a torch tensor of a floating dtype, once."""
    flat = flat_numbers(tensor)
    size, nonfinite, nan, zeros, odd = flat.size, 0, 0, 0, 0
    low, high, total, squares = math.inf, -math.inf, 0.0, 0.0
    with np.errstate(invalid="ignore"):  # a signalling NaN, of memory that was never written
        sample = flat[positions(size, SAMPLE)].astype(np.float64)
        beginning = flat[:first].astype(np.float64)
    sound = sample[np.abs(sample) < HUGE]
    middle = float(np.median(sound)) if sound.size else 0.0  # a variance from afar loses digits
    with np.errstate(all="ignore"):
        for begin in range(0, size, BLOCK):
            block = flat[begin : begin + BLOCK]
            least, most = block.min(), block.max()
            if not (np.isfinite(least) and np.isfinite(most)):
                whole = np.isfinite(block)
                nan += int(np.isnan(block).sum())
                nonfinite += block.size - int(whole.sum())
                block = block[whole]
                if not block.size:
                    continue
                least, most = block.min(), block.max()
            low, high = min(low, float(least)), max(high, float(most))
            sizes = np.abs(block)
            zeros += block.size - int(np.count_nonzero(block))
            odd += int(np.count_nonzero(sizes < TINY)) + int(np.count_nonzero(sizes > HUGE))
            moved = np.subtract(block, middle, out=sizes)
            total += _sum(moved)
            squares += _squares(moved)
    odd -= zeros
    finite = size - nonfinite
    mean = middle + total / finite if finite else math.nan
    spread = squares / finite - (total / finite) ** 2 if finite else math.nan
    std = math.sqrt(max(0.0, spread)) if math.isfinite(spread) else spread
    std = 0.0 if low == high else std
    return Numbers(size, nonfinite, nan, zeros, odd, low, high, mean, std,
                   sample, beginning)  # fmt: skip


def flat_numbers(tensor: Any) -> Array:
    """Return a tensor's numbers in C order, those of a dtype that NumPy lacks as float32."""
    return as_array(tensor).reshape(-1)


def _sum(block: Array) -> float:
    found = float(block.sum())
    return found if math.isfinite(found) else float(block.sum(dtype=np.float64))


def _squares(block: Array) -> float:
    found = float(np.dot(block, block))
    return found if math.isfinite(found) else float(np.square(block.astype(np.float64)).sum())
