"""Cells of a study -> every pair of starts on common seeds: how far apart, and is it noise."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from initlab.analysis.statistics import (
    FEWEST_FOR_INTERVAL,
    LEVEL,
    Floats,
    higher_is_better,
    holm,
    sign_flip_p,
)
from initlab.analysis.wording import gap_text, is_share, metric_label
from initlab.errors import refusal
from initlab.records.cell import FINISHED, Cell
from initlab.records.record import without_nonfinite
from initlab.records.study import Study

ROUNDING = 1e-14  # of the largest difference: a mean below it is 0 on paper


@dataclass(frozen=True)
class Difference:
    """Two starts compared on the seeds that both finished.

    Attributes:
        first: a start.
        second: a later start of the table.
        metric: the score compared.
        pairs: number of common finished seeds.
        mean_difference: mean over pairs of the first's score minus the second's; infinite where
            one of two losses is (two infinite losses differ by 0); None where undefined.
        p: two-sided p-value of the paired sign-flip test; None below 5 pairs.
        p_holm: p after Holm's correction over all comparisons of the study.
        comparisons: number of p-values corrected together.
        noise: True unless p_holm shows a difference.
        winner: the better start; None where it is noise.
        reason: why a number is missing.
        words: the same in a sentence.
    """

    first: str
    second: str
    metric: str
    pairs: int
    mean_difference: float | None
    p: float | None
    p_holm: float | None
    comparisons: int
    noise: bool
    winner: str | None
    reason: str | None
    words: str

    def to_record(self) -> dict[str, Any]:
        """Return the fields as JSON types; an infinite difference is null with its reason."""
        flat = {f.name: getattr(self, f.name) for f in fields(self)}
        record, nonfinite = without_nonfinite(flat)
        return {**record, "nonfinite": nonfinite}


def differences(study: Study, cells: Iterable[Cell], *, complete: bool = True) -> list[Difference]:
    """Return every pair of starts, in the order of the table, compared in ``study.metric``.

    Args:
        study: the settings.
        cells: its results.
        complete: whether all cells are there; if not, nothing is tested and nobody wins.

    Raises:
        ArgumentError: the study's metric is not a score of its cells.
    """
    scores = _scores_by_seed(study, cells)
    found = [
        _compare(study.metric, first, second, scores[first], scores[second], complete)
        for first, second in itertools.combinations(study.inits, 2)
    ]
    tested = [k for k, difference in enumerate(found) if difference.p is not None]
    corrected = holm([p for d in found if (p := d.p) is not None])
    for k, p_holm in zip(tested, corrected, strict=True):
        noise = p_holm > LEVEL
        found[k] = replace(
            found[k],
            p_holm=p_holm,
            comparisons=len(tested),
            noise=noise,
            winner=None if noise else found[k].winner,
        )
    return [replace(d, words=_words(d, left_out=len(study.seeds) - d.pairs)) for d in found]


def _scores_by_seed(study: Study, cells: Iterable[Cell]) -> dict[str, dict[int, float]]:
    scores: dict[str, dict[int, float]] = {init: {} for init in study.inits}
    for cell in cells:
        if cell.outcome != FINISHED or cell.init not in scores:
            continue
        if study.metric not in cell.metrics:
            raise refusal("metric", "one of " + ", ".join(cell.metrics), study.metric)
        value = cell.metrics[study.metric]
        if value is not None:
            scores[cell.init][cell.seed] = value
    return scores


def _compare(
    metric: str,
    first: str,
    second: str,
    ours: dict[int, float],
    theirs: dict[int, float],
    complete: bool,
) -> Difference:
    seeds = [seed for seed in ours if seed in theirs]
    a = np.array([ours[seed] for seed in seeds], dtype=np.float64)
    b = np.array([theirs[seed] for seed in seeds], dtype=np.float64)
    d = np.zeros(len(seeds))
    np.subtract(a, b, out=d, where=a != b)  # two infinite losses are equally bad
    mean, reason = _mean(d)
    p = None
    if not complete:
        reason = "the study is not finished"
    elif len(seeds) < FEWEST_FOR_INTERVAL:
        reason = f"a test needs {FEWEST_FOR_INTERVAL} common finished seeds; here are {len(seeds)}"
    else:
        p = sign_flip_p(d)
    return Difference(
        first=first,
        second=second,
        metric=metric,
        pairs=len(seeds),
        mean_difference=mean,
        p=p,
        p_holm=None,
        comparisons=0,
        noise=True,
        winner=_ahead(metric, first, second, d) if complete else None,
        reason=reason,
        words="",
    )


def _mean(d: Floats) -> tuple[float | None, str | None]:
    if d.size == 0:
        return None, None
    if np.isposinf(d).any() and np.isneginf(d).any():
        return None, "each start has an infinite loss where the other has not"
    mean = float(np.mean(d))
    if abs(mean) < ROUNDING * np.max(np.abs(d)):
        mean = 0.0
    return mean, "one start has an infinite loss where the other has not" * math.isinf(mean) or None


def _ahead(metric: str, first: str, second: str, d: Floats) -> str | None:
    if d.size == 0 or not d.any():
        return None
    if not np.isfinite(d).all():  # as the test does: by signed ranks
        order = np.unique(np.abs(d), return_inverse=True)[1]
        d = np.sign(d) * (order + 1.0)
    total = float(np.sum(d)) if higher_is_better(metric) else -float(np.sum(d))
    if total == 0:
        return None
    return first if total > 0 else second


def _words(d: Difference, left_out: int) -> str:
    metric = metric_label(d.metric)
    pairs = f"{d.pairs} paired seed{'s' * (d.pairs != 1)}"
    if left_out and d.pairs:
        pairs += f", {left_out} left out where one did not finish"
    if d.pairs == 0:
        return f"{d.first} and {d.second} cannot be compared: no seed finished with both."
    if d.p is None or d.p_holm is None:
        gap = _gap(d, metric)
        return f"{d.first} and {d.second} differ by {gap} ({pairs}): {d.reason}."
    if d.p == 1 and d.mean_difference == 0:
        return f"{d.first} and {d.second} tie: no difference in mean {metric} ({pairs}, p = 1)."
    tested = f"p = {d.p_holm:.2g} after Holm correction over {d.comparisons} comparison"
    tested += "s" * (d.comparisons != 1)
    if not d.noise and d.winner:
        loser = d.second if d.winner == d.first else d.first
        return f"{d.winner} beats {loser} by {_gap(d, metric)} ({pairs}, {tested})."
    words = f"{d.first} and {d.second} cannot be told from noise: {_gap(d, metric)}"
    if d.comparisons * 2.0 ** (1 - d.pairs) > LEVEL:  # the smallest p that sign flips can give
        tested += "; so few pairs cannot show more"
    return f"{words} ({pairs}, {tested})."


def _gap(d: Difference, metric: str) -> str:
    if d.mean_difference is None:
        return f"an undefined mean {metric}"
    if math.isinf(d.mean_difference):
        return f"an infinite mean {metric}"
    return f"{gap_text(d.metric, d.mean_difference)} {'of ' * is_share(d.metric)}{metric}"
