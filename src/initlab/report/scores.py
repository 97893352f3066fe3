"""Study and cells -> every seed's final score per start, with the middle and its interval.

The picture in which one lucky seed is seen to be one dot among many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from initlab.analysis.statistics import higher_is_better, summarize_scores
from initlab.analysis.wording import interval_text, is_share, metric_label, seeds_text, value_text
from initlab.records.cell import DIVERGED, FINISHED, Cell
from initlab.records.study import Study
from initlab.report import style
from initlab.report.backend import load_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME_FITS = 26  # characters of a start's name in one line
ROW_HEIGHT = 0.62  # inches
SWARM = 0.27  # half the height of a row's dots, in rows
DOT_GAP = 0.085  # between stacked dots, in rows
BINS = 80  # dots closer than the axis divided by this are stacked
INTERVAL_BELOW = 0.4  # of the dots, in rows
LOG_ABOVE_RATIO = 20.0
KEY = "dot: one seed · diamond: interquartile mean (IQM) · bar: its 95 % interval"


def score_figure(
    study: Study, cells: Sequence[Cell], *, metric: str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw one row per start: a dot per finished seed, the interquartile mean and its interval.

    Args:
        study: names the starts and the metric.
        cells: the runs.
        metric: another metric than the study's.
        ax: axes to draw in; a new figure without them.
    """
    metric = study.metric if metric is None else metric
    rows = [_finished(init, cells, metric) for init in study.inits]
    ax = style.one_axes(ax, height=1.3 + ROW_HEIGHT * len(rows))
    style.dress(ax, grid="x")
    _set_scales(ax, metric, [score for row in rows for score, _ in row], len(rows))
    for index, (init, row) in enumerate(zip(study.inits, rows, strict=True)):
        own = [cell for cell in cells if cell.init == init]
        _draw_row(ax, index, metric, row)
        _write_row(ax, index, metric, row, own)
    _chance_line(ax, study, metric)
    names = [style.label(style.broken(init, NAME_FITS)) for init in study.inits]
    ax.set_yticks(range(len(rows)), names)
    for index, tick in enumerate(ax.get_yticklabels()):
        tick.set_color(style.start_colour(index))
        tick.set_fontweight("bold")
        tick.set_fontsize(style.TEXT_SIZE)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(metric_label(metric) + " after the last step")
    if any(len(row) > 1 for row in rows):
        ax.annotate(
            KEY, (0.0, 0.0), xycoords="axes fraction", xytext=(0.0, -34.0),
            textcoords="offset points", va="top", fontsize=style.SMALL_SIZE, color=style.QUIET,
        )  # fmt: skip
    style.title(ax, f"{metric_label(metric)} of every seed, {seeds_text(study.seeds)}")
    return style.figure_of(ax)


def _finished(init: str, cells: Sequence[Cell], metric: str) -> list[tuple[float, int]]:
    """Return (score, seed) of the finished runs of a start, in the order of the scores."""
    found = [
        (float(score), cell.seed)
        for cell in cells
        if cell.init == init
        and cell.outcome == FINISHED
        and (score := cell.metrics.get(metric)) is not None
        and not math.isnan(score)
    ]
    return sorted(found)


def _set_scales(ax: Axes, metric: str, scores: Sequence[float], rows: int) -> None:
    ax.set_ylim(rows - 0.35, -0.5)  # the first start on top
    finite = [score for score in scores if math.isfinite(score)]
    if is_share(metric):
        load_matplotlib()
        from matplotlib.ticker import FuncFormatter, MaxNLocator

        low = min(finite, default=0.0)
        margin = 0.04 * (1 - low or 1.0)
        ax.set_xlim(low - margin, 1 + margin)
        ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.4g} %"))
    elif finite and min(finite) > 0 and max(finite) > LOG_ABOVE_RATIO * min(finite):
        ax.set_xscale("log")
        style.readable_log_ticks(ax.xaxis, min(finite), max(finite))
        ax.set_xlim(min(finite) / 1.15, max(finite) * 1.15)
    elif finite:
        low, high = min(finite), max(finite)
        margin = 0.04 * (high - low or 1.0)
        ax.set_xlim(low - margin, high + margin)


def _draw_row(ax: Axes, index: int, metric: str, row: Sequence[tuple[float, int]]) -> None:
    colour = style.start_colour(index)
    scores = np.array([score for score, _ in row], dtype=np.float64)
    finite = scores[np.isfinite(scores)]
    ax.scatter(
        finite, index + _stacked(ax, finite), s=16, color=colour, alpha=0.6, linewidths=0, zorder=3
    )
    if len(finite) < len(scores):
        ax.plot(
            [1.0], [index], transform=ax.get_yaxis_transform(), marker=">", color=colour,
            markersize=6, clip_on=False, linestyle="none",
        )  # fmt: skip
    summary = summarize_scores(scores)
    if summary is None or len(row) < 2:
        return
    y = index + INTERVAL_BELOW
    if summary.ci95 is not None and math.isfinite(summary.ci95[0]):
        ends = [summary.ci95[0], min(summary.ci95[1], ax.get_xlim()[1])]  # inf ends at the edge
        ax.plot(ends, [y, y], color=style.INK, linewidth=2.0, solid_capstyle="butt")
    if math.isfinite(summary.iqm):
        ax.plot([summary.iqm], [y], marker="D", markersize=4.5, color=style.INK, linestyle="none")


def _stacked(ax: Axes, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return an offset per score, so that equal ones stand above each other; nothing is random."""
    offsets = np.zeros(len(scores))
    if not len(scores):
        return offsets
    place = ax.transAxes.inverted().transform(
        ax.transData.transform(np.column_stack([scores, np.zeros(len(scores))]))
    )[:, 0]
    bins = np.round(place * BINS).astype(np.int64)
    for one in np.unique(bins):
        members = np.flatnonzero(bins == one)
        gap = min(DOT_GAP, 2 * SWARM / max(len(members) - 1, 1))
        offsets[members] = gap * (np.arange(len(members)) - (len(members) - 1) / 2)
    return offsets


def _write_row(
    ax: Axes, index: int, metric: str, row: Sequence[tuple[float, int]], own: Sequence[Cell]
) -> None:
    """Write the numbers of a start at the right of its row."""
    stopped = sum(cell.outcome == DIVERGED for cell in own)
    lines = _number_lines(metric, row) + ([f"{stopped}/{len(own)} diverged"] if stopped else [])
    ax.text(
        1.03, index + 0.05, "\n".join(lines), transform=ax.get_yaxis_transform(), va="center",
        ha="left", fontsize=style.SMALL_SIZE, color=style.INK, linespacing=1.35,
    )  # fmt: skip


def _number_lines(metric: str, row: Sequence[tuple[float, int]]) -> list[str]:
    scores = summarize_scores([score for score, _ in row])
    if scores is None:
        return []
    if len(row) == 1:
        return [f"{value_text(metric, row[0][0])} (seed {row[0][1]} only)"]
    middle = f"IQM {value_text(metric, scores.iqm)}"
    middle += f" ({interval_text(metric, scores.ci95)})" if scores.ci95 else ""
    if row[0][0] == row[-1][0]:
        return [middle, f"the same for all {len(row)} seeds"]
    (worst, seed), (best, _) = (row[0], row[-1]) if higher_is_better(metric) else (row[-1], row[0])
    ends = f"worst {value_text(metric, worst)} (seed {seed}), best {value_text(metric, best)}"
    return [middle, ends]


def _chance_line(ax: Axes, study: Study, metric: str) -> None:
    if not is_share(metric) or study.problem.classes is None:
        return
    (low, high), chance = ax.get_xlim(), 1 / study.problem.classes
    if low < chance < high:
        ax.axvline(chance, color=style.QUIET, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
