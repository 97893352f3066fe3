"""Cells -> their scores in one metric, as the tests take them: better is larger, -inf is none."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from initlab.analysis.statistics import Floats
from initlab.errors import invalid_argument
from initlab.records.cell import FINISHED, Cell


def score_of(cell: Cell, metric: str, *, higher: bool) -> float | None:
    """Return a run's score; None if it did not finish or its score is no number.

    An infinite loss is a score, the worst; any other infinity is none.

    Args:
        cell: the run.
        metric: the score.
        higher: whether more of it is better.
    """
    value = cell.metrics.get(metric) if cell.outcome == FINISHED else None
    if value is None or math.isnan(value):
        return None
    infinite_loss = value == math.inf and not higher
    return value if math.isfinite(value) or infinite_loss else None


def goodness(
    cells: Iterable[Cell], metric: str, grid: Sequence[Sequence[object]], *, higher: bool
) -> Floats:
    """Return (initialization, seed, rate) scores, better-is-larger; -inf for a run without one.

    Args:
        cells: the runs.
        metric: the score.
        grid: the initializations, the seeds, and the rates; one rate alone matches every cell.
        higher: whether more of the score is better.

    Raises:
        ArgumentError: the metric is not a score of a finished cell.
    """
    inits, seeds, rates = ({value: k for k, value in enumerate(axis)} for axis in grid)
    sign = 1.0 if higher else -1.0
    found = np.full((len(inits), len(seeds), len(rates)), -math.inf)
    for cell in cells:
        if cell.outcome == FINISHED and metric not in cell.metrics:
            raise invalid_argument("metric", "one of " + ", ".join(cell.metrics), metric)
        value = score_of(cell, metric, higher=higher)
        if value is not None and cell.init in inits:
            rate = rates[cell.learning_rate] if len(rates) > 1 else 0
            found[inits[cell.init], seeds[cell.seed], rate] = sign * value
    return found
