"""Cells at several learning rates -> each init at its own best rate, and what each rate gave.

One rate for all flatters the init it happens to suit. The best is chosen by the mean of the
study's metric over finished seeds, a rate with more finished seeds before one with fewer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from initlab.analysis.scoring import score_of
from initlab.records.cell import Cell
from initlab.records.record import Flag, Real, Record, Text, Whole
from initlab.records.study import Study


class RateScore(Record):
    """What one initialization reached at one learning rate.

    Attributes:
        init: the initialization.
        learning_rate: the rate.
        finished: number of seeds that trained to the end.
        mean: mean of the study's metric over them; None if there are none or it is infinite.
        chosen: whether the initialization is shown at this rate.
    """

    init: Text
    learning_rate: Real
    finished: Whole
    mean: Real | None
    chosen: Flag


def choose_rates(study: Study, cells: Sequence[Cell]) -> tuple[list[Cell], list[RateScore]]:
    """Return the cells of every initialization at its best rate, and the scores of all rates.

    Args:
        study: its metric decides.
        cells: its cells at every rate.
    """
    chosen: list[Cell] = []
    table: list[RateScore] = []
    for init in study.inits:
        own = {
            rate: [c for c in cells if c.init == init and c.learning_rate == rate]
            for rate in study.rates
        }
        scored = {
            rate: mean_score([score_of(cell, study.metric) for cell in at_rate])
            for rate, at_rate in own.items()
        }
        higher = study.higher_is_better(study.metric)
        best = study.rates[best_rate(list(scored.values()), higher=higher)]
        chosen += own[best]
        table += [
            RateScore(
                init=init, learning_rate=rate, finished=finished, mean=mean, chosen=rate == best
            )
            for rate, (finished, mean) in scored.items()
        ]
    return chosen, table


def mean_score(scores: Sequence[float | None]) -> tuple[int, float | None]:
    """Return how many runs have a score, and the mean of these; None if it is not finite."""
    known = [score for score in scores if score is not None]
    mean = sum(known) / len(known) if known else math.nan
    return len(known), mean if math.isfinite(mean) else None


def best_rate(scored: Sequence[tuple[int, float | None]], *, higher: bool) -> int:
    """Return the place of the best of what :func:`mean_score` returned; the first of equals.

    Args:
        scored: one entry per rate.
        higher: whether a higher mean is better.
    """

    def rank(place: int) -> tuple[int, float]:
        count, mean = scored[place]
        return count, -math.inf if mean is None else mean if higher else -mean

    return max(range(len(scored)), key=rank)
