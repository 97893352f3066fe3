"""Cells at several learning rates -> each init at its own best rate, and what each rate gave.

One rate for all flatters the init it happens to suit. The best is chosen by the median of the
study's metric over all seeds, where a run without a score is worst: by what ranks inits too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from initlab.analysis.scoring import goodness, score_of
from initlab.analysis.statistics import Floats, median
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
        median: median over all seeds, a run without a score worst; None if it is not finite, and
            in studies stored before it was kept.
        chosen: whether the initialization is shown at this rate.
    """

    init: Text
    learning_rate: Real
    finished: Whole
    mean: Real | None
    median: Real | None = None
    chosen: Flag


def choose_rates(study: Study, cells: Sequence[Cell]) -> tuple[list[Cell], list[RateScore]]:
    """Return the cells of every initialization at its best rate, and the scores of all rates.

    Args:
        study: its metric decides.
        cells: its cells at every rate.
    """
    chosen: list[Cell] = []
    table: list[RateScore] = []
    higher = study.higher_is_better(study.metric)
    sign = 1.0 if higher else -1.0
    grid = study.inits, study.seeds, study.rates
    scores = goodness(cells, study.metric, grid, higher=higher)
    by_rate: dict[tuple[str, float | None], list[Cell]] = {}
    for cell in cells:
        by_rate.setdefault((cell.init, cell.learning_rate), []).append(cell)
    for init, own in zip(study.inits, scores, strict=True):
        best = best_rate(own)
        for place, rate in enumerate(study.rates):
            runs = by_rate.get((init, rate), [])
            found = (score_of(cell, study.metric, higher=higher) for cell in runs)
            known = [score for score in found if score is not None]
            mean = sum(known) / len(known) if known else math.nan
            center = sign * float(median(np.sort(own[:, place])))
            table.append(
                RateScore(
                    init=init,
                    learning_rate=rate,
                    finished=len(known),
                    mean=mean if math.isfinite(mean) else None,
                    median=center if math.isfinite(center) else None,
                    chosen=place == best,
                )
            )
            chosen += runs if place == best else []
    return chosen, table


def best_rate(scores: Floats) -> int:
    """Return the place of an initialization's best rate, the first of equals.

    The best median counts, and among equal ones the best mean over the runs that have a score.

    Args:
        scores: (seed, rate), better-is-larger; -inf for a run without one.
    """
    if scores.shape[1] == 1:
        return 0

    def rank(place: int) -> tuple[float, float]:
        column = np.sort(scores[:, place])
        known = column[np.isfinite(column)]
        return float(median(column)), float(known.mean()) if known.size else -math.inf

    return max(range(scores.shape[1]), key=rank)
