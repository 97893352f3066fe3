"""Study and cells -> every seed's final score per init, with the median and its interval.

The picture in which one lucky seed is seen to be one dot among many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from initlab.analysis.scoring import score_of
from initlab.analysis.statistics import Scores
from initlab.analysis.summary import metric_scores
from initlab.analysis.wording import (
    interval_text,
    is_share,
    metric_label,
    runs_text,
    shown_names,
    value_text,
)
from initlab.numbers import shown
from initlab.records.cell import CANCELLED, DIVERGED, FINISHED, Cell
from initlab.records.study import Study
from initlab.report import style
from initlab.report.backend import load_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME_FITS = 26  # characters of a name in one line
ROW_HEIGHT = 0.62  # inches
SWARM = 0.27  # half the height of a row's dots, in rows
DOT_GAP = 0.085  # between stacked dots, in rows
BINS = 80  # dots closer than the axis divided by this are stacked
INTERVAL_BELOW = 0.4  # of the dots, in rows
LOG_ABOVE_RATIO = 20.0
LEFT = 0.2  # share of the axes at an edge where a text is set from that edge
KEY = "dot: one run · diamond: median · bar: 95 % interval of the median (6 runs or more)"


def score_figure(
    study: Study, cells: Sequence[Cell], *, metric: str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw one row per init: a dot per finished seed, the median of all and its interval.

    Args:
        study: names the inits and the metric.
        cells: the runs.
        metric: another metric than the study's.
        ax: axes to draw in; a new figure without them.
    """
    metric = study.metric if metric is None else metric
    higher = study.higher_is_better(metric)
    ended = [cell for cell in cells if cell.outcome in (FINISHED, DIVERGED)]
    runs = [[cell for cell in ended if cell.init == init] for init in study.inits]
    rows = [_scored(own, metric, higher=higher) for own in runs]
    ax = style.one_axes(ax, height=1.3 + ROW_HEIGHT * len(rows))
    style.dress(ax, grid="x")
    _set_scales(ax, metric, [score for row in rows for score, _ in row], len(rows))
    for index, (own, row) in enumerate(zip(runs, rows, strict=True)):
        scores = metric_scores(own, metric, higher=higher)
        colour = style.init_colour(study.inits, index)
        _draw_row(ax, index, row, scores if len(own) > 1 else None, colour)
        _write_row(ax, index, metric, row if higher else row[::-1], own, scores)
    _base_line(ax, study, metric)
    names = shown_names(study.inits).values()
    ax.set_yticks(range(len(rows)), [style.label(style.broken(one, NAME_FITS)) for one in names])
    for index, tick in enumerate(ax.get_yticklabels()):
        tick.set_color(style.init_colour(study.inits, index))
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
    done = sum(cell.outcome != CANCELLED for cell in cells)
    counted = runs_text(study.seeds, done, len(study.inits) * len(study.seeds))
    style.title(
        ax,
        f"{metric_label(metric)} of every run, {counted}",
        pad=18 if metric in study.base_rates else 6,
    )
    return style.figure_of(ax)


def _scored(runs: Sequence[Cell], metric: str, *, higher: bool) -> list[tuple[float, int]]:
    """Return (score, seed) of the runs that have a score, in the order of the scores."""
    found = ((score_of(cell, metric, higher=higher), cell.seed) for cell in runs)
    return sorted((score, seed) for score, seed in found if score is not None)


def _set_scales(ax: Axes, metric: str, scores: Sequence[float], rows: int) -> None:
    ax.set_ylim(rows - 0.35, -0.5)  # the first init on top
    finite = [score for score in scores if math.isfinite(score)]
    if is_share(metric):
        load_matplotlib()
        from matplotlib.ticker import FuncFormatter, MaxNLocator

        low = min(finite, default=0.0)
        margin = 0.04 * (1 - low or 1.0)
        ax.set_xlim(low - margin, 1 + margin)
        ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        ax.xaxis.set_major_formatter(
            FuncFormatter(lambda share, _: f"{shown(100 * share, '.4g')} %")
        )
    elif finite and min(finite) > 0 and max(finite) > LOG_ABOVE_RATIO * min(finite):
        ax.set_xscale("log")
        style.readable_log_ticks(ax.xaxis, min(finite), max(finite))
        ax.set_xlim(min(finite) / 1.15, max(finite) * 1.15)
    elif finite:
        low, high = min(finite), max(finite)
        margin = 0.04 * (high - low or 1.0)
        ax.set_xlim(low - margin, high + margin)


def _draw_row(
    ax: Axes, index: int, row: Sequence[tuple[float, int]], summary: Scores | None, colour: str
) -> None:
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
    if summary is None or not math.isfinite(summary.median):
        return
    y = index + INTERVAL_BELOW
    if summary.median_ci95 is not None:
        ends = np.clip(summary.median_ci95, *ax.get_xlim())  # inf ends at the edge
        ax.plot(ends, [y, y], color=style.INK, linewidth=2.0, solid_capstyle="butt")
    ax.plot([summary.median], [y], marker="D", markersize=4.5, color=style.INK, linestyle="none")


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
    ax: Axes, index: int, metric: str, row: Sequence[tuple[float, int]], runs: Sequence[Cell],
    scores: Scores | None,
) -> None:  # fmt: skip
    """Write the numbers of an init at the right of its row."""
    lines = [] if scores is None else _number_lines(metric, row, scores)
    diverged = sum(cell.outcome == DIVERGED for cell in runs)
    for count, how in (
        (diverged, "diverged"),
        (len(runs) - diverged - len(row), "without a score"),
    ):
        if count:
            lines.append(f"{count}/{len(runs)} {how}")
    ax.text(
        1.03, index + 0.05, "\n".join(lines), transform=ax.get_yaxis_transform(), va="center",
        ha="left", fontsize=style.SMALL_SIZE, color=style.INK, linespacing=1.35,
    )  # fmt: skip


def _number_lines(metric: str, row: Sequence[tuple[float, int]], scores: Scores) -> list[str]:
    if len(row) == 1:
        return [f"{value_text(metric, row[0][0])} (seed {row[0][1]} only)"]
    middle = []
    if math.isfinite(scores.median):
        middle = [f"median {value_text(metric, scores.median)}"]
        interval = scores.median_ci95
        if interval and np.isfinite(interval).all() and interval[0] < interval[1]:
            middle[0] += f" ({interval_text(metric, interval)})"
    if row[0][0] == row[-1][0]:
        return [*middle, f"all {len(row)} scores are equal"]
    (worst, seed), (best, _) = row[0], row[-1]
    ends = f"worst {value_text(metric, worst)} (seed {seed}), best {value_text(metric, best)}"
    return [*middle, ends]


def _base_line(ax: Axes, study: Study, metric: str) -> None:
    """Mark the best constant prediction's score, at the edge where it lies outside the axes."""
    base = study.base_rates.get(metric)
    if base is None:
        return
    low, high = ax.get_xlim()
    text, place = f"{style.BASE} {value_text(metric, base)}", min(max(base, low), high)
    if low < base < high:
        style.base_line(ax.axvline, base)
    else:
        text = f"← {text}" if base <= low else f"{text} →"
    share = float(ax.transAxes.inverted().transform(ax.transData.transform((place, 0)))[0])
    side = "left" if share < LEFT else "right" if share > 1 - LEFT else "center"
    ax.annotate(
        text, (place, 1.0), xycoords=ax.get_xaxis_transform(), xytext=(0, 4),
        textcoords="offset points", ha=side, color=style.QUIET, fontsize=style.SMALL_SIZE,
    )  # fmt: skip
