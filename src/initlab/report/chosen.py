"""Runs of one init -> the one that a figure shows, and the words at its panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from initlab.analysis.wording import metric_label, shown_names, value_text
from initlab.networks import DenseNetwork
from initlab.records.cell import DIVERGED, FINISHED, Cell
from initlab.records.study import Study
from initlab.report import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NOTE_FITS = 40  # characters of a line inside a panel


@dataclass(frozen=True)
class Shown:
    """What a panel shows of one init.

    Attributes:
        name: of the init.
        colour: of it.
        runs: all its runs.
        cell: the run that is shown; None where none can be.
        words: which run it is, or why there is none.
    """

    name: str
    colour: str
    runs: Sequence[Cell]
    cell: Cell | None
    words: str


def shown_runs(study: Study, cells: Sequence[Cell]) -> list[Shown]:
    """Return what is shown of every init, in the order of the study."""
    found = []
    for index, (init, name) in enumerate(shown_names(study.inits).items()):
        runs = [cell for cell in cells if cell.init == init]
        cell = median_cell(runs, study.metric)
        words = absence(runs) if cell is None else which_run(cell, runs)
        found.append(Shown(name, style.init_colour(study.inits, index), runs, cell, words))
    return found


def heading(ax: Axes, one: Shown, score: str, fits: int) -> None:
    """Write an init's name, the score and the run above its panel, or inside why it is empty.

    Args:
        ax: the panel.
        one: what it shows.
        score: name of the metric.
        fits: characters of the name in one line.
    """
    name = style.broken(one.name, fits)
    if one.cell is None:
        style.title(ax, name, colour=one.colour)
        note_inside(ax, one.words)
    else:
        style.title(ax, name, pad=24.0, colour=one.colour)
        style.note_above(ax, f"{score_text(score, one.cell)}\n{one.words}", 3.0)


def note_inside(ax: Axes, text: str) -> None:
    """Write a text in the middle of a panel."""
    lines = [fill(line, NOTE_FITS) for line in text.split("\n")]
    ax.text(
        0.5, 0.5, style.label("\n".join(lines)), transform=ax.transAxes, va="center", ha="center",
        fontsize=style.SMALL_SIZE, color=style.INK, zorder=4,
        bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1.5},
    )  # fmt: skip


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
    return f"seed {cell.seed}" + (f", the median of {finished} runs" if finished > 1 else "")


def absence(cells: Sequence[Cell]) -> str:
    """Say why nothing can be drawn of an init's runs."""
    stopped = [cell for cell in cells if cell.outcome == DIVERGED]
    if len(stopped) == len(cells) == 1:
        one = stopped[0]
        return (
            f"diverged at step {one.diverged_step}:\n{one.first_nonfinite} became NaN or infinite"
        )
    return f"{len(stopped)} of {len(cells)} runs diverged" if stopped else "no finished run"


def score_text(metric: str, cell: Cell) -> str:
    """Return the name of a metric and its value after the last step."""
    return f"{metric_label(metric)} {value_text(metric, cell.metrics.get(metric))}"


def trained(study: Study, cell: Cell) -> tuple[DenseNetwork, Mapping[str, NDArray[Any]]]:
    """Return the network of a run that is drawn, and its trained parameters."""
    assert study.problem.dense is not None
    assert cell.parameters is not None
    return study.problem.dense, cell.parameters
