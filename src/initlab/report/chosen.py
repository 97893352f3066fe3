"""Runs of one start -> the one that a figure shows, and the words for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from initlab.analysis.wording import metric_label, value_text
from initlab.networks import DenseNetwork
from initlab.records.cell import DIVERGED, FINISHED, Cell
from initlab.records.study import Study


def median_cell(cells: Sequence[Cell], metric: str) -> Cell | None:
    """Return the finished run in the middle by the metric (the lower of two), or None.

    Equal scores are put in the order of their seeds, so the choice does not depend on the order of
    the cells.
    """
    scored = sorted(
        (score, cell.seed, position)
        for position, cell in enumerate(cells)
        if cell.outcome == FINISHED
        and cell.parameters is not None
        and (score := cell.metrics.get(metric)) is not None
    )
    return cells[scored[(len(scored) - 1) // 2][2]] if scored else None


def which_run(cell: Cell, cells: Sequence[Cell]) -> str:
    """Return "seed 3", and of how many finished runs it is the median."""
    finished = sum(other.outcome == FINISHED for other in cells)
    return f"seed {cell.seed}" + (f", the median of {finished}" if finished > 1 else "")


def absence(cells: Sequence[Cell]) -> str:
    """Say why nothing can be drawn of a start's runs."""
    stopped = [cell for cell in cells if cell.outcome == DIVERGED]
    if len(stopped) == len(cells) == 1:
        one = stopped[0]
        return f"diverged at step {one.diverged_step},\nfirst not finite: {one.first_nonfinite}"
    return f"{len(stopped)}/{len(cells)} diverged" if stopped else "no finished run"


def score_text(metric: str, cell: Cell) -> str:
    """Return the name of a metric and its value after the last step."""
    return f"{metric_label(metric)} {value_text(metric, cell.metrics.get(metric))}"


def trained(study: Study, cell: Cell) -> tuple[DenseNetwork, Mapping[str, NDArray[Any]]]:
    """Return the network of a run that is drawn, and its trained parameters."""
    assert study.problem.dense is not None
    assert cell.parameters is not None
    return study.problem.dense, cell.parameters
