"""Numbers of one layer, samples apart -> their second moment, correlation and spread, with noise.

Arrays are (samples, points, units), float64, of NumPy or of PyTorch: what is computed here is
spelled the same for both. They come in blocks of samples, and are gone through twice, so that what
differs between samples is summed about the mean: in one pass it would be lost in rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from initlab.diagnosis.measurements import Measured

Blocks = Callable[[], Iterable[Any]]


@dataclass(frozen=True)
class Signal:
    """What one layer's numbers are like.

    Attributes:
        q: mean square; None where they are not finite.
        c: mean cosine between the numbers of two samples; None where that is not known.
        varied: share of q that differs from sample to sample; None where that is not known.
        nonfinite: how many are NaN or infinite.
    """

    q: Measured | None
    c: Measured | None
    varied: Measured | None
    nonfinite: int


def signal(blocks: Blocks, *, apart: bool = True) -> Signal:
    """Measure numbers, all samples together.

    The noise of q is that of a mean over samples and over units: the spread of what each sample,
    and each unit, has, over the square root of their number. Two samples share their units, so the
    cosine of a wide layer has a noise of (1 - c**2) / sqrt(units), to which the spread over
    samples is added. That of ``varied`` is of a ratio of means, over samples and over units.

    Args:
        blocks: yields the blocks, and the same ones again when called again.
        apart: whether the first axis counts samples, and there are two or more.
    """
    count = nonfinite = 0
    units: Any = 0.0
    total: Any = 0.0
    directions: Any = 0.0
    squares, sizes = [], []
    for z in blocks():
        nonfinite += int((z - z != 0).sum())
        square = z * z
        squares.append(square.mean(axis=(1, 2)))
        units = units + square.mean(axis=1).sum(axis=0)
        count += len(z)
        if apart:
            size = square.sum(axis=(1, 2)) ** 0.5
            sizes.append(size)
            total = total + z.sum(axis=0)
            directions = directions + (z / _not_0(size)).sum(axis=0)
    if nonfinite:
        return Signal(None, None, None, nonfinite)
    per_sample, per_unit = _joined(squares), host(units) / count
    q = float(per_sample.mean())
    noise = math.hypot(_error(per_sample), _unit_error(per_unit, q))
    if not apart:
        return Signal(Measured(q, noise), None, None, 0)
    if q == 0:
        return Signal(Measured(q, noise), None, Measured(0.0), 0)
    spread: Any = 0.0
    spreads, cosines = [], []
    for z, size in zip(blocks(), sizes, strict=True):
        rest = z - total / count
        rest = rest * rest
        spreads.append(rest.mean(axis=(1, 2)))
        spread = spread + rest.mean(axis=1).sum(axis=0)
        cosines.append((z / _not_0(size) * directions).sum(axis=(1, 2)))
    own, by_unit = _joined(spreads), host(spread) / count
    varied = min(1.0, float(own.mean()) / q)
    varied_noise = math.hypot(
        _error(own - varied * per_sample), _unit_error(by_unit - varied * per_unit, 0.0)
    )
    return Signal(
        Measured(q, noise),
        _correlation(_joined(cosines)[_joined(sizes) > 0], per_unit.size),
        Measured(varied, varied_noise / q),
        0,
    )


def host(values: Any) -> Any:
    """Return an array of NumPy or PyTorch as one of NumPy."""
    return np.asarray(values.cpu() if hasattr(values, "cpu") else values)


def _correlation(sums: Any, width: int) -> Measured | None:
    """Return the mean cosine of pairs, from each sample's sum of cosines with all, itself too."""
    if len(sums) < 2:
        return None
    each = (sums - 1) / (len(sums) - 1)
    c = float(min(1.0, max(-1.0, each.mean())))
    return Measured(c, math.hypot(2 * _error(each), (1 - c * c) / math.sqrt(width)))


def _not_0(size: Any) -> Any:
    return (size + (size == 0))[:, None, None]


def _joined(parts: list[Any]) -> Any:
    return np.concatenate([host(one) for one in parts])


def _error(each: Any) -> float:
    """Return the standard error of a mean; 0 for a single number, whose spread is not known."""
    return float(each.std(ddof=1)) / math.sqrt(len(each)) if len(each) > 1 else 0.0


def _unit_error(each: Any, q: float) -> float:
    """Return the same of units: one alone has the spread of the square of a normal number."""
    return _error(each) if len(each) > 1 else math.sqrt(2) * q
