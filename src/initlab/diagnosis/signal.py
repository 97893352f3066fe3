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

BINS, REACH = 41, 4.0
COUNTED = 2**16  # numbers of a block
AT_ONCE = 2**18  # numbers of an array that are taken to float64 together

Blocks = Callable[[], Iterable[Any]]


@dataclass(frozen=True)
class Signal:
    """What one layer's numbers are like.

    Attributes:
        q: mean square; None where they are not finite.
        c: mean cosine between the numbers of two samples; None where that is not known.
        varied: share of q that differs from sample to sample; None where that is not known.
        nonfinite: how many are NaN or infinite.
        histogram: counts of the numbers over the root of q, in BINS equal bins from -REACH to
            REACH, those beyond in the outermost; of large arrays of some of them.
    """

    q: Measured | None
    c: Measured | None
    varied: Measured | None
    nonfinite: int
    histogram: tuple[int, ...] = ()


@np.errstate(all="ignore")
def signal(blocks: Blocks, *, apart: bool = True) -> Signal:
    """Measure numbers, all samples together.

    The noise of q is that of a mean over samples and over units: the spread of what each sample,
    and each unit, has, over the square root of their number. Those of c and ``varied`` are of
    ratios of such means: of what units add to products of two samples, less c times what they add
    to q; and over the samples. A single unit has the spread of a normal number's square.

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
    counts: Any = np.zeros(BINS, dtype=np.int64)
    for z, size in zip(blocks(), sizes, strict=True):
        counts = counts + _counts(z, math.sqrt(q))
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
        _correlation(_joined(cosines)[_joined(sizes) > 0], host(total), per_unit, count),
        Measured(varied, varied_noise / q),
        0,
        tuple(int(one) for one in counts),
    )


def _counts(z: Any, size: float) -> Any:
    """Return how many numbers lie in each bin."""
    flat = z.reshape(-1)
    flat = host(flat[:: max(1, len(flat) // COUNTED)]) / size
    return np.histogram(flat.clip(-REACH, REACH), BINS, (-REACH, REACH))[0]


def counts_of(values: Any, size: float) -> tuple[int, ...]:
    """Return the histogram of numbers over their root mean square; see :class:`Signal`."""
    return tuple(int(one) for one in _counts(values, size))


def rounding_share(spacing: float, fan_in: float) -> float:
    """Return the share of q that rounding makes where ``fan_in`` products are summed.

    Measured of PyTorch's and NumPy's products of random matrices, it is 0.14, 1.6, 2.9 and 4.4
    times ``spacing**2`` for 4, 64, 256 and 1024 products. What the inputs' own rounding adds is
    not in it.

    Args:
        spacing: of the numbers above 1, in their dtype.
        fan_in: how many products an output sums.
    """
    return spacing**2 * math.sqrt(fan_in) / 5


def host(values: Any) -> Any:
    """Return an array of NumPy or PyTorch as one of NumPy."""
    return np.asarray(values.cpu() if hasattr(values, "cpu") else values)


def _correlation(sums: Any, total: Any, per_unit: Any, count: int) -> Measured | None:
    """Return the mean cosine of pairs.

    Args:
        sums: each sample's sum of cosines with all, itself too.
        total: the sum over the samples, (points, units).
        per_unit: mean squares.
        count: number of samples.
    """
    if len(sums) < 2:
        return None
    each = (sums - 1) / (len(sums) - 1)
    c = float(min(1.0, max(-1.0, each.mean())))
    products = ((total * total).mean(axis=0) / count - per_unit) / (count - 1)
    width = 1 - c * c
    if len(per_unit) > 1:
        width = _error(products - c * per_unit) / float(per_unit.mean())
    return Measured(c, math.hypot(2 * _error(each), width))


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
