"""Cells of a study -> one summary per initialization, in the order of the table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from initlab.analysis.budget import fits_training, still_improving
from initlab.analysis.explanation import explain
from initlab.analysis.failing import BaseRate, failing_runs
from initlab.analysis.init_summary import InitSummary, Units
from initlab.analysis.layers import diagnosed
from initlab.analysis.samples import sample_error
from initlab.analysis.scoring import score_of
from initlab.analysis.statistics import Scores, Spread, summarize_scores
from initlab.records.cell import DIVERGED, FINISHED, Cell, UnitHealth
from initlab.records.study import Study


def summarize(
    study: Study, cells: Iterable[Cell], base: BaseRate | None = None
) -> list[InitSummary]:
    """Return one summary per initialization of the study, in its order.

    Scores are those of finished seeds, but for the median, where one without a score ranks worst;
    diverged ones are counted apart. Seeds without a cell, and cancelled cells, count as cancelled.
    Measurements of the initial networks are over all cells.

    Args:
        study: the settings.
        cells: its results.
        base: which runs beat the best constant prediction; None where that is not known.
    """
    kept = list(cells)
    found = dict.fromkeys(name for cell in kept for name in cell.metrics)
    names = list(found or study.problem.metrics)  # a study stopped at once has no cell
    rows = (
        _summed(study, init, [c for c in kept if c.init == init], names, base or BaseRate())
        for init in study.inits
    )
    return [replace(row, why=explain(study, row)) for row in rows]


def _summed(
    study: Study, init: str, cells: list[Cell], names: list[str], base: BaseRate
) -> InitSummary:
    finished = [cell for cell in cells if cell.outcome == FINISHED]
    diverged = [cell for cell in cells if cell.outcome == DIVERGED]
    reached = [c.steps_to_threshold for c in finished if c.steps_to_threshold is not None]
    parameters = dict.fromkeys(name for cell in cells for name in cell.gradient_norms)
    metrics = {
        name: metric_scores(finished + diverged, name, higher=study.higher_is_better(name))
        for name in names
    }
    score = metrics.get(study.metric)
    return InitSummary(
        init=init,
        finished=len(finished),
        diverged=len(diverged),
        cancelled=len(study.seeds) - len(finished) - len(diverged),
        metrics=metrics,
        reached_threshold=len(reached),
        median_steps=float(np.median(reached)) if reached else None,
        initial_loss=Spread.over(cell.initial_loss for cell in cells),
        gradient_norms={
            name: Spread.over(cell.gradient_norms.get(name) for cell in cells)
            for name in parameters
        },
        start=_units([cell.start for cell in cells]),
        end=_units([cell.end for cell in finished if cell.end is not None]),
        diverged_step=Spread.over(c.diverged_step for c in diverged),
        first_nonfinite=dict(Counter(c.first_nonfinite for c in diverged if c.first_nonfinite)),
        failing=failing_runs(study, cells, base),
        improving=still_improving(study, cells),
        sample_error=None if score is None else sample_error(study, finished, score.median),
        fits=fits_training(study, cells),
        diagnosed=diagnosed(cells),
    )


def metric_scores(runs: Sequence[Cell], name: str, *, higher: bool) -> Scores | None:
    """Return what the runs of one initialization reached in one metric; None without any score.

    Args:
        runs: those that were run to their end; one without a score ranks worst in the median.
        name: the metric.
        higher: whether more of it is better.
    """
    found = (score_of(cell, name, higher=higher) for cell in runs)
    values = [score for score in found if score is not None]
    worst = -math.inf if higher else math.inf
    return summarize_scores(values, missing=[worst] * (len(runs) - len(values)))


def _units(networks: Sequence[UnitHealth]) -> Units | None:
    if not networks:
        return None
    layers = range(len(networks[0].hidden_units))
    return Units(
        dead_share=tuple(_known(n.dead_share[k] for n in networks) for k in layers),
        saturated_share={
            name: _known(n.saturated_share[name] for n in networks)
            for name in networks[0].saturated_share
        },
        distinct_units=tuple(_known(n.distinct_units[k] for n in networks) for k in layers),
        hidden_units=networks[0].hidden_units,
    )


def _known(values: Iterable[float]) -> Spread:
    spread = Spread.over(values)
    assert spread is not None, "shares and counts of units are never NaN"
    return spread
