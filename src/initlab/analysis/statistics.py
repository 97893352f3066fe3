"""Scores of one start, or paired differences of two -> means, an interval, a p-value.

Scores are one-dimensional, one number per finished seed. A loss may be +inf (a wrong point
saturates) and then counts as what it is, the worst score: means that contain it are inf, order
statistics and the interval stay defined. NaN and -inf are refused, so no NaN can come out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from initlab.errors import refusal

FEWEST_FOR_INTERVAL = 5  # nominal 95 % covers 92 % with 5 scores, 78 % with 3
RESAMPLES = 9999  # with the observed pattern, p-values are multiples of 2 / 10000
STATISTICS_SEED = 0  # the same scores give the same table, always
BLOCK = 2**17  # random numbers drawn at a time: 1 MB of them
KEPT_SCORES = 500  # the resamples of so many take 5 MB
EXACT_PAIRS = 30  # 2**30 sign patterns, as the 2**15 of each half against one another: 2 ms
LESS_IS_BETTER = {
    "loss",
    "error",
    "errors",
    "mae",
    "mse",
    "rmse",
    "nll",
    "perplexity",
    "ppl",
    "wer",
}
LEVEL = 0.05  # below it, a corrected p-value is called a difference

Floats = NDArray[np.float64]
Number = TypeVar("Number", bound=np.number[Any])


@dataclass(frozen=True)
class Scores:
    """What the finished seeds of one start reached in one metric.

    Attributes:
        count: number of finished seeds.
        mean: over seeds.
        iqm: interquartile mean: of the middle half, a quarter cut off at each end.
        min: smallest.
        max: largest.
        ci95: 95 % percentile-bootstrap interval of the interquartile mean; None below 5 seeds.
    """

    count: int
    mean: float
    iqm: float
    min: float
    max: float
    ci95: tuple[float, float] | None

    def to_record(self) -> dict[str, Any]:
        """Return the JSON contract's entry, infinities still in it, and a reason for a null."""
        return {
            "count": self.count,
            "mean": self.mean,
            "iqm": self.iqm,
            "min": self.min,
            "max": self.max,
            "ci95": None if self.ci95 is None else list(self.ci95),
            "reason": self.reason,
        }

    @property
    def reason(self) -> str | None:
        """Why a number is missing or infinite, in words; None if none is."""
        reasons = []
        if self.ci95 is None:
            reasons.append(f"an interval needs {FEWEST_FOR_INTERVAL} finished seeds, not fewer")
        if np.isinf(self.max):
            reasons.append("some finished seeds have an infinite loss: a wrong point saturates")
        return "; ".join(reasons) or None


def no_scores(reason: str) -> dict[str, Any]:
    """Return the record of a metric that no seed reached."""
    return {
        **dict.fromkeys(("count", "mean", "iqm", "min", "max", "ci95")),
        "count": 0,
        "reason": reason,
    }


def interquartile_mean(values: ArrayLike) -> float:
    """Return the mean after a quarter of the scores, rounded down, is cut off at each end.

    The same as ``scipy.stats.trim_mean(values, 0.25)``; +inf is allowed.
    """
    return _middle_mean(np.sort(_scores(values)))


def summarize_scores(values: ArrayLike) -> Scores | None:
    """Return the summary of one start's scores in one metric, or None if there are none.

    Args:
        values: one score per finished seed, finite or +inf.

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
    return Scores(scores.size, mean, iqm, low, high, bootstrap_interval(scores))


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


def sign_flip_p(differences: ArrayLike) -> float:
    """Return the two-sided p-value of "these paired differences are symmetric around 0".

    Every difference may change its sign; p is the share of sign patterns whose mean is at least
    as far from 0, exactly up to 30 differences, from 9999 random patterns above. All differences 0
    give 1. With an infinite difference the signed ranks take the place of the values.

    Args:
        differences: one per common seed; finite or infinite, not NaN.
    """
    d = np.asarray(differences, dtype=np.float64)
    if np.isnan(d).any() or d.ndim != 1 or d.size == 0:
        raise refusal("differences", "one number or more, none of them NaN", differences)
    if not d.any():
        return 1.0
    if not np.all(np.abs(d) < 1e150):  # their mean would be infinite
        d = np.sign(d) * _ranks(np.abs(d))
    # Sums that are equal on paper must compare equal: accuracies are multiples of 1 / points, and
    # their differences carry rounding. Half a step on a grid of 2**30 steps per difference does it.
    d = d / np.max(np.abs(d)) * 2.0**30
    observed = abs(float(np.sum(d))) - 0.5
    if d.size <= EXACT_PAIRS:
        half = d.size // 2
        patterns, extreme = 2**d.size, _pairs_of_sums(_sums(d[:half]), _sums(d[half:]), observed)
    else:
        patterns, extreme = RESAMPLES + 1, 1 + _random_sums_from(d, observed)
    return float(min(1.0, 2 * extreme / patterns))  # two sides


def _sums(d: Floats) -> Floats:
    """Sums of d under all its sign patterns."""
    sums = np.zeros(1)
    for value in d:
        sums = np.concatenate([sums - value, sums + value])
    return sums


def _pairs_of_sums(first: Floats, second: Floats, least: float) -> int:
    """Count the pairs, one sum from each, that add up to ``least`` or more."""
    below = np.searchsorted(np.sort(second), least - np.sort(first))
    return first.size * second.size - int(below.sum())


def _random_sums_from(d: Floats, least: float) -> int:
    """Count, of RESAMPLES random sign patterns, those under which d sums to ``least`` or more."""
    generator = np.random.default_rng(STATISTICS_SEED)
    total, count = float(np.sum(d)), 0
    rows = max(1, BLOCK // d.size)
    for first in range(0, RESAMPLES, rows):
        size = (min(rows, RESAMPLES - first), -(-d.size // 8))
        bits = np.unpackbits(generator.integers(256, size=size, dtype=np.uint8), axis=1)
        flipped = bits[:, : d.size].astype(np.float64) @ d
        count += int(np.count_nonzero(total - 2 * flipped >= least))
    return count


def _ranks(values: Floats) -> Floats:
    """Ranks from 1; equal values share the mean of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[place])


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


def higher_is_better(metric: str) -> bool:
    """Tell from a metric's name whether more is better: of a loss or an error, less is."""
    return not LESS_IS_BETTER & set(metric.lower().split("_"))


def _scores(values: ArrayLike) -> Floats:
    scores = np.asarray(values, dtype=np.float64)
    if scores.ndim != 1:
        raise refusal("values", "one-dimensional", scores.shape)
    bad = scores[np.isnan(scores) | np.isneginf(scores)]
    if bad.size:
        raise refusal("values", "finite or +inf", float(bad[0]), hint="Count diverged runs apart.")
    return scores


def _middle_mean(ordered: Floats) -> float:
    with np.errstate(over="ignore"):  # a mean beyond float64 is infinite
        return float(np.mean(_middle(ordered)))


def _middle(ordered: NDArray[Number]) -> NDArray[Number]:
    """Sorted values along the last axis -> without a quarter, rounded down, at each end."""
    cut = ordered.shape[-1] // 4
    return ordered[..., cut : ordered.shape[-1] - cut]
