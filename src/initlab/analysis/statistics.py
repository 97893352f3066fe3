"""Scores of one start, or paired differences of two -> means, an interval, a p-value.

Scores are one-dimensional, one number per finished seed. A loss may be +inf (a wrong point
saturates) and then counts as what it is, the worst score: means that contain it are inf, order
statistics and the interval stay defined. NaN and -inf are refused, so no NaN can come out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from initlab.errors import refusal

FEWEST_FOR_INTERVAL = 5  # nominal 95 % covers 92 % with 5 scores, 78 % with 3
RESAMPLES = 9999  # with the observed one, p-values are multiples of 1 / 10000
STATISTICS_SEED = 0  # the same scores give the same table, always
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
    return float(_middle_mean(np.sort(_scores(values))))


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
        iqm = float(_middle_mean(scores))
    return Scores(scores.size, mean, iqm, low, high, bootstrap_interval(scores))


def bootstrap_interval(values: ArrayLike) -> tuple[float, float] | None:
    """Return the 95 % percentile-bootstrap interval of the interquartile mean.

    None below 5 scores, where it would cover far less than it says. Quantiles are order
    statistics (no interpolation), which keeps +inf from turning into NaN.
    """
    scores = _scores(values)
    if scores.size < FEWEST_FOR_INTERVAL:
        return None
    if np.all(scores == scores[0]):
        return float(scores[0]), float(scores[0])
    generator = np.random.default_rng(STATISTICS_SEED)
    picks = generator.integers(scores.size, size=(RESAMPLES, scores.size))
    means = np.sort(_middle_mean(np.sort(scores[picks], axis=1)))
    cut = int(0.025 * (RESAMPLES - 1))
    return float(means[cut]), float(means[-1 - cut])


def sign_flip_p(differences: ArrayLike) -> float:
    """Return the two-sided p-value of "these paired differences are symmetric around 0".

    Every difference may change its sign; p is the share of sign patterns whose mean is at least
    as far from 0, exactly up to 13 differences, from 9999 random patterns above. All differences 0
    give 1. With an infinite difference the signed ranks take the place of the values.

    Args:
        differences: one per common seed; finite or infinite, not NaN.
    """
    d = np.asarray(differences, dtype=np.float64)
    if np.isnan(d).any() or d.ndim != 1 or d.size == 0:
        raise refusal("differences", "one number or more, none of them NaN", differences)
    if not d.any() or d.size == 1:  # one difference: both of its signs are equally far from 0
        return 1.0
    from scipy.stats import permutation_test, rankdata  # late: half a second of CPU

    if not np.all(np.abs(d) < 1e150):  # their mean would be infinite
        d = np.sign(d) * rankdata(np.abs(d))
    # Sums that are equal on paper must compare equal: accuracies are multiples of 1 / points, and
    # their differences carry rounding. On a grid of 2**30 steps per difference they do.
    d = d / np.max(np.abs(d)) * 2.0**30
    result = permutation_test(
        (d,),
        lambda sample, axis: np.rint(np.sum(sample, axis=axis)),
        permutation_type="samples",
        vectorized=True,
        n_resamples=RESAMPLES,
        random_state=np.random.default_rng(STATISTICS_SEED),
    )
    return float(result.pvalue)


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


def _middle_mean(ordered: Floats) -> Floats:
    cut = ordered.shape[-1] // 4
    middle = ordered[..., cut : ordered.shape[-1] - cut]
    with np.errstate(over="ignore"):  # a mean beyond float64 is infinite
        return np.asarray(np.mean(middle, axis=-1))
