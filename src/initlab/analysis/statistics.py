"""Scores of one init -> median, means, intervals; counts -> an interval; p-values -> Holm's.

Scores are one-dimensional, one number per finished seed. A loss may be +inf (the network was
certain of a wrong prediction) and then counts as what it is, the worst score: means that contain it
are inf, order statistics and the intervals stay defined. NaN and -inf are rejected, so no NaN can
come out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from initlab.errors import invalid_argument
from initlab.records.cell import CERTAIN

FEWEST_FOR_INTERVAL = 5  # nominal 95 % covers 92 % with 5 scores, 78 % with 3
RESAMPLES = 9999
STATISTICS_SEED = 0  # the same scores give the same table, always
BLOCK = 2**17  # random numbers drawn at a time: 1 MB of them
KEPT_SCORES = 500  # the resamples of so many take 5 MB
LEVEL = 0.05  # up to it, a corrected p-value is called a difference
NORMAL_975 = 1.959963984540054  # quantile of N(0, 1)
Floats = NDArray[np.float64]
Number = TypeVar("Number", bound=np.number[Any])


@dataclass(frozen=True)
class Spread:
    """Mean, smallest and largest of one measurement over the seeds of an initialization."""

    mean: float
    min: float
    max: float

    @classmethod
    def over(cls, values: Iterable[float | None]) -> Spread | None:
        """Return the spread of the numbers that are known and not NaN; None if there are none."""
        numbers = [float(one) for one in values if one is not None and not math.isnan(one)]
        if not numbers:
            return None
        low, high = min(numbers), max(numbers)
        if low == high:  # rounding must not move a constant
            return cls(low, low, low)
        return cls(sum(numbers) / len(numbers), low, high)


@dataclass(frozen=True)
class Scores:
    """What the finished seeds of one init reached in one metric.

    Attributes:
        count: number of finished seeds.
        mean: over seeds.
        iqm: interquartile mean: of the middle half, a quarter cut off at each end.
        min: smallest.
        max: largest.
        ci95: 95 % percentile-bootstrap interval of the interquartile mean; None below 5 seeds.
        median: over all seeds that were run; one without a score ranks worst. Infinite where those
            reach the middle.
        median_ci95: its 95 % interval by order statistics; None below 6 seeds.
    """

    count: int
    mean: float
    iqm: float
    min: float
    max: float
    ci95: tuple[float, float] | None
    median: float
    median_ci95: tuple[float, float] | None

    def to_record(self) -> dict[str, Any]:
        """Return the JSON contract's entry, infinities still in it, and a reason for a null."""
        return {**vars(self), "reason": self.reason}

    @property
    def reason(self) -> str | None:
        """Why a number is missing or infinite, in words; None if none is."""
        reasons = []
        if self.ci95 is None:
            reasons.append(f"an interval needs at least {FEWEST_FOR_INTERVAL} finished runs")
        if np.isinf(self.max):
            reasons.append(f"some finished runs have an infinite loss; {CERTAIN}")
        elif np.isinf(self.median):
            reasons.append("the run at the median has no score (runs without a score rank last)")
        elif np.isinf(self.median_ci95 or ()).any():
            reasons.append(
                "the interval of the median reaches runs without a score (these runs rank last)"
            )
        return "; ".join(reasons) or None


def no_scores(reason: str) -> dict[str, Any]:
    """Return the record of a metric that no seed reached."""
    return {
        **dict.fromkeys(one.name for one in fields(Scores)),
        "count": 0,
        "reason": reason,
    }


def interquartile_mean(values: ArrayLike) -> float:
    """Return the mean after a quarter of the scores, rounded down, is cut off at each end.

    The same as ``scipy.stats.trim_mean(values, 0.25)``; +inf is allowed.
    """
    return _middle_mean(np.sort(_scores(values)))


def summarize_scores(values: ArrayLike, *, missing: Sequence[float] = ()) -> Scores | None:
    """Return the summary of one initialization's scores in one metric, or None if there are none.

    Args:
        values: one score per finished seed, finite or +inf.
        missing: for the median, the worst score for each seed that was run and has none: -inf or
            +inf.

    Raises:
        ArgumentError: a score is NaN or -inf.
    """
    scores = np.sort(_scores(values))
    if scores.size == 0:
        return None
    low, high = float(scores[0]), float(scores[-1])
    if low == high:  # rounding in the mean must not move a constant
        mean = iqm = low
    else:
        with np.errstate(over="ignore"):  # a mean beyond float64 is infinite
            mean = float(np.mean(scores))
        iqm = _middle_mean(scores)
    ranked = np.sort(np.concatenate([scores, missing]))
    return Scores(
        scores.size, mean, iqm, low, high, bootstrap_interval(scores),
        float(median(ranked)), median_interval(ranked),
    )  # fmt: skip


def median(ordered: Floats) -> Floats:
    """Return the median of sorted values along the last axis; infinities are allowed."""
    size = ordered.shape[-1]
    low, high = ordered[..., (size - 1) // 2], ordered[..., size // 2]
    if ordered.ndim == 1 and low == high:
        return np.asarray(low)
    with np.errstate(invalid="ignore"):  # half of -inf and +inf
        return np.asarray(np.where(low == high, low, low / 2 + high / 2))


def median_interval(ordered: Floats) -> tuple[float, float] | None:
    """Return the 95 % interval of the median of sorted scores, two of them; None below 6.

    It covers the median of any distribution in at least 95 % of cases: the number of scores below
    the median is binomial.
    """
    cut = _binomial_cut(ordered.size)
    return None if cut < 0 else (float(ordered[cut]), float(ordered[-1 - cut]))


@lru_cache(maxsize=64)
def _binomial_cut(size: int) -> int:
    """Return how many scores may lie beyond each end of the interval; -1 if it needs more."""
    cut, term, below = -1, 2.0**-size, 0.0
    for k in range(size // 2):  # P(Binomial(size, 1/2) <= k)
        below += term
        if below > (1 - 0.95) / 2:
            break
        cut, term = k, term * (size - k) / (k + 1)
    return cut


def wilson_interval(count: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share, of ``count`` in ``total`` (Wilson 1927)."""
    z2 = NORMAL_975**2
    middle = (count + z2 / 2) / (total + z2)
    half = NORMAL_975 / (total + z2) * (count * (total - count) / total + z2 / 4) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)


def bootstrap_interval(values: ArrayLike) -> tuple[float, float] | None:
    """Return the 95 % percentile-bootstrap interval of the interquartile mean.

    None below 5 scores, where it would cover far less than it says. Quantiles are order
    statistics (no interpolation), which keeps +inf from turning into NaN. The order of the scores
    does not matter.
    """
    scores = np.sort(_scores(values))
    if scores.size < FEWEST_FOR_INTERVAL:
        return None
    if scores[0] == scores[-1]:
        return float(scores[0]), float(scores[0])
    blocks = _kept_picks if scores.size <= KEPT_SCORES else _picks
    with np.errstate(over="ignore"):  # a mean beyond float64 is infinite
        means = [np.mean(scores[picks], axis=1) for picks in blocks(scores.size)]
    ordered = np.sort(np.concatenate(means))
    cut = int(0.025 * (RESAMPLES - 1))
    return float(ordered[cut]), float(ordered[-1 - cut])


def _picks(size: int) -> Iterator[NDArray[np.unsignedinteger]]:
    """Draw the resamples of ``size`` sorted scores: places of each one's middle half, by blocks.

    Sorted places of sorted scores give sorted resamples, so the two quarters that the
    interquartile mean leaves out need not be looked up.
    """
    generator = np.random.default_rng(STATISTICS_SEED)
    rows = max(1, BLOCK // size)  # drawn in any blocks, the numbers are the same
    for first in range(0, RESAMPLES, rows):
        drawn = generator.integers(size, size=(min(rows, RESAMPLES - first), size))
        places: NDArray[np.unsignedinteger] = drawn.astype(
            np.uint16 if size <= 2**16 else np.uint32  # short numbers sort faster, and 500 fit
        )
        places.sort(axis=1)
        yield _middle(places).copy()


@lru_cache(maxsize=2)
def _kept_picks(size: int) -> tuple[NDArray[np.unsignedinteger], ...]:
    """Return the resamples of ``size`` scores, the same for every metric and initialization."""
    return tuple(_picks(size))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return Holm's (1979) step-down correction: the chance of any false alarm stays at the level.

    The k-th smallest of m p-values is multiplied by m - k + 1, then made monotone and capped at 1.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = largest
    return corrected


def _scores(values: ArrayLike) -> Floats:
    scores = np.asarray(values, dtype=np.float64)
    if scores.ndim != 1:
        raise invalid_argument("values", "one-dimensional", scores.shape)
    bad = scores[np.isnan(scores) | np.isneginf(scores)]
    if bad.size:
        raise invalid_argument(
            "values", "finite or +inf", float(bad[0]), hint="Count diverged runs separately."
        )
    return scores


def _middle_mean(ordered: Floats) -> float:
    with np.errstate(over="ignore"):  # a mean beyond float64 is infinite
        return float(np.mean(_middle(ordered)))


def _middle(ordered: NDArray[Number]) -> NDArray[Number]:
    """Sorted values along the last axis -> without a quarter, rounded down, at each end."""
    cut = ordered.shape[-1] // 4
    return ordered[..., cut : ordered.shape[-1] - cut]
