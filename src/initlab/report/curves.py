"""Study and cells -> the training loss of every init in one axes.

One seed: one line per init. Several: the median of the finished runs and the band between their
quartiles, because a mean would follow the one worst run. Infinite losses are marked above the axes,
a run that diverged with × where it stopped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from initlab.analysis import chance_loss
from initlab.analysis.wording import metric_label, runs_text, shown_names, value_text
from initlab.records.cell import CANCELLED, DIVERGED, FINISHED, Cell
from initlab.records.study import Study
from initlab.report import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOG_ABOVE_RATIO = 8.0  # losses further apart than this are drawn on a log scale
LEAST_LOSS_SHOWN = 1e-12  # a loss of exactly 0 has no place on a log scale
LARGEST_LOSS_SHOWN = 1e200  # matplotlib makes ticks many decades above, and floats end at 1e308
PALEST = 0.25  # mark of a step where hardly any of the runs has an infinite loss
MOST_THIN_LINES = 40  # more make an SVG slow to open and say no more
TITLE_FITS = 72  # characters of a line of the title
MOST_WIDE_POINTS = 300  # more jitter so densely that a wide line is a smear
NAME_FITS = 26  # characters of an init's name in one line beside its curve
NOTE_WIDTH, NOTE_HEIGHT = 0.27, 0.06  # room of the text at the reference line, in axes
NOTE_LOOKS = 201  # places across the axes where it is asked which curves the text would meet
NOTE_GAP = 0.005  # a curve closer to the line lies on it, below the text
ROW = 0.055  # height of one row of marks above the axes, as a share of the axes


@dataclass(frozen=True)
class Curves:
    """The losses of one init.

    Attributes:
        steps: recorded steps, shape (points,).
        losses: of the runs drawn as one line, shape (runs, points); may be infinite, never NaN.
        stopped: runs that diverged.
        total: number of runs of this init.
        column: which column of the curves the losses are; it may be another score.
    """

    steps: NDArray[np.int64]
    losses: NDArray[np.float64]
    stopped: tuple[Cell, ...]
    total: int
    column: str = "train_loss"

    @property
    def middle(self) -> NDArray[np.float64]:
        """Median over the runs at every step; the curve itself for one run."""
        return np.asarray(np.median(self.losses, axis=0), dtype=np.float64)

    @property
    def quartiles(self) -> NDArray[np.float64]:
        """Lower and upper quartile, shape (2, points), each a value that occurred."""
        # no interpolation: halfway from a finite loss to inf is no number
        return np.quantile(self.losses, [0.25, 0.75], axis=0, method="inverted_cdf")


def loss_figure(
    study: Study,
    cells: Sequence[Cell],
    *,
    column: str = "train_loss",
    first: int | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw the training loss, or another recorded score, over the steps, one line per init.

    Args:
        study: names the inits, in the order of their colours.
        cells: the runs.
        column: which column of their curves.
        first: draw only the steps below this one; None draws all.
        ax: axes to draw in; a new figure without them.
    """
    if first is not None:
        cells = [_beginning(cell, first) for cell in cells]
        training = study.training.replace(steps=min(first, study.training.steps))
        study = study.replace(training=training)
    height = 3.6 + 0.14 * max(0, len(study.inits) - 8)
    ax = style.one_axes(ax, height=height)
    style.dress(ax)
    curves = [curves_of(init, cells, column) for init in study.inits]
    _set_scales(ax, study, curves, falls=not study.higher_is_better(column))
    ends = [_draw_init(ax, study, index, one) for index, one in enumerate(curves)]
    _reference_line(ax, study, curves)
    rows = _mark_infinite(ax, study, curves)
    _label_ends(ax, study, curves, ends)
    style.whole_ticks(ax.xaxis)
    ax.set_xlabel("step (update)")
    ax.set_ylabel(metric_label(column))
    several = len(study.seeds) > 1
    what = ": median, and a band between the quartiles" if several else ""
    score = metric_label(column)
    if first is not None:
        unit = "batches" if has_batch_losses(study) else "steps"
        score += f" of the first {study.training.steps} {unit}"
    done = sum(cell.outcome != CANCELLED for cell in cells)
    runs = runs_text(study.seeds, done, len(study.inits) * len(study.seeds))
    heading = f"{score}, {runs}{what}"
    if len(heading) > TITLE_FITS:  # broken at its colon first
        parts = heading.replace(": ", ":\n").split("\n")
        heading = "\n".join(fill(part, TITLE_FITS) for part in parts)
    style.title(ax, heading, pad=6 + 12 * rows)
    return style.figure_of(ax)


def has_batch_losses(study: Study) -> bool:
    """Whether a study's curve is the loss of every single batch."""
    return study.training.batch_size is not None and study.training.record_every == 1


def _beginning(cell: Cell, first: int) -> Cell:
    """Return a run as it was known after its first steps: what diverged later is not yet lost."""
    points = sum(step < first for step in cell.curve["step"])
    early = cell.replace(curve={name: values[:points] for name, values in cell.curve.items()})
    if cell.diverged_step is None or cell.diverged_step < first:
        return early
    return early.replace(outcome=FINISHED, diverged_step=None)


def curves_of(init: str, cells: Sequence[Cell], column: str = "train_loss") -> Curves:
    """Collect one column of one init's curves; runs that did not finish count only if none did."""
    own = [cell for cell in cells if cell.init == init]
    whole = [cell for cell in own if cell.outcome == FINISHED]
    if not whole:  # a cancelled run's part of a curve is better than none
        whole = [cell for cell in own if cell.outcome != DIVERGED]
    whole = [cell for cell in whole if len(cell.curve["step"]) > 0]
    points = min((len(cell.curve["step"]) for cell in whole), default=0)
    return Curves(
        steps=np.array(whole[0].curve["step"][:points] if whole else [], dtype=np.int64),
        losses=np.array([cell.curve[column][:points] for cell in whole], dtype=np.float64).reshape(
            len(whole), points
        ),
        stopped=tuple(cell for cell in own if cell.outcome == DIVERGED),
        total=len(own),
        column=column,
    )


def _set_scales(ax: Axes, study: Study, curves: Sequence[Curves], *, falls: bool) -> None:
    seen = [np.concatenate([one.middle, *one.quartiles]) for one in curves if one.losses.size]
    seen += [np.array(_before_stop(cell, one.column)[1]) for one in curves for cell in one.stopped]
    losses = np.concatenate(seen) if seen else np.zeros(0)
    losses = losses[np.isfinite(losses)]
    positive = losses[losses > 0]
    if losses.size and not falls:
        # scores that rise begin anywhere below; what they reach is worth the room
        low, high = min(float(np.quantile(losses, 0.02)), 0.0), float(losses.max())
        ax.set_ylim(max(low, -0.2), high + 0.05 * abs(high))
    elif positive.size and losses.min() >= 0 and positive.max() > LOG_ABOVE_RATIO * positive.min():
        ax.set_yscale("log", nonpositive="clip")
        low, high = max(float(positive.min()), LEAST_LOSS_SHOWN), float(positive.max())
        margin = (high / low) ** 0.06
        ax.set_ylim(low / margin, min(high * margin, LARGEST_LOSS_SHOWN))
        style.readable_log_ticks(ax.yaxis, low, high)
    elif losses.size:
        low, high = min(float(losses.min()), 0.0), float(losses.max())
        ax.set_ylim(low, low + (high - low or 1.0) * 1.08)
    ax.set_xlim(-0.01 * max(study.training.steps, 1), max(study.training.steps, 1))


def _draw_init(ax: Axes, study: Study, index: int, curves: Curves) -> tuple[float, float] | None:
    """Draw one init; return the last point of its line, where its name is written."""
    colour = style.init_colour(study.inits, index)
    dashes = style.init_dashes(study.inits, index)
    _draw_stopped(ax, curves, colour, dashes)
    if not curves.losses.size:
        return None
    if len(curves.losses) > 1:
        lower, upper = (_finite_or_gap(side) for side in curves.quartiles)
        ax.fill_between(curves.steps, lower, upper, color=colour, alpha=0.18, linewidth=0)
    middle = _finite_or_gap(curves.middle)
    width = 1.6 if middle.size <= MOST_WIDE_POINTS else 1.0
    ax.plot(curves.steps, middle, color=colour, linestyle=dashes, linewidth=width, zorder=3)
    shown = np.flatnonzero(np.isfinite(middle))
    if not shown.size:
        return None
    low, high = ax.get_ylim()  # a loss of 0 lies below every log axis
    return float(curves.steps[shown[-1]]), float(np.clip(middle[shown[-1]], low, high))


def _draw_stopped(ax: Axes, curves: Curves, colour: str, dashes: str) -> None:
    """Draw each run that diverged as a thin line, with × at its step."""
    low, high = ax.get_ylim()
    marks = []
    for k, cell in enumerate(curves.stopped):
        steps, losses = _before_stop(cell, curves.column)
        if k < MOST_THIN_LINES:
            ax.plot(steps, losses, color=colour, linestyle=dashes, linewidth=0.7, alpha=0.6)
        # at the top edge where nothing finite was recorded; far outside it would push the axes away
        last = losses[-1] if losses else high
        marks.append((float(cell.diverged_step or 0), min(max(last, low), high)))
    if marks:
        ax.plot(
            *zip(*marks, strict=True), linestyle="none", marker="x", color=colour, markersize=6,
            markeredgewidth=1.6, zorder=5, clip_on=False,
        )  # fmt: skip


def _before_stop(cell: Cell, column: str) -> tuple[list[int], list[float]]:
    pairs = zip(cell.curve["step"], cell.curve[column], strict=True)
    finite = [(int(step), loss) for step, loss in pairs if math.isfinite(loss)]
    return [step for step, _ in finite], [loss for _, loss in finite]


def _finite_or_gap(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(values), values, np.nan)


def _mark_infinite(ax: Axes, study: Study, curves: Sequence[Curves]) -> int:
    """Mark the steps with an infinite loss in a row above the axes per init; return the rows."""
    rows = 0
    for index, one in enumerate(curves):
        infinite = np.isinf(one.losses)
        if not infinite.any():
            continue
        share = infinite.mean(axis=0)
        seen = share > 0
        y = 1.0 + ROW * (rows + 0.6)
        colour = style.init_colour(study.inits, index)
        ax.scatter(
            one.steps[seen], np.full(int(seen.sum()), y), marker="^", s=22, color=colour,
            alpha=PALEST + (1 - PALEST) * share[seen], linewidths=0, clip_on=False,
            transform=ax.get_xaxis_transform(), label="inf", gid=f"inf-{index}",
        )  # fmt: skip
        ax.text(
            -0.012, y, "inf", transform=ax.transAxes, ha="right", va="center", color=colour,
            fontsize=style.SMALL_SIZE,
        )  # fmt: skip
        rows += 1
    return rows


def _reference_line(ax: Axes, study: Study, curves: Sequence[Curves]) -> None:
    """Draw the best constant prediction's score; where that is not known, the loss of guessing."""
    column, name = curves[0].column, style.BASE
    level = study.base_rates.get(column)
    if level is None and column.endswith("loss"):
        level, name = chance_loss(study), "random guessing"
    if level is None:
        return
    low, high = ax.get_ylim()
    if not low < level < high:
        return
    style.base_line(ax.axhline, level)
    text = f"{name} {value_text(column, level)}"
    right, above = _free_place(ax, level, curves)
    note = ax.annotate(
        text, (right, level), xycoords=ax.get_yaxis_transform(), xytext=(0, 3 if above else -3),
        textcoords="offset points", ha="right", va="bottom" if above else "top",
        color=style.QUIET, fontsize=style.SMALL_SIZE, zorder=4,
    )  # fmt: skip
    style.outline(note)  # where no place is free


def _free_place(ax: Axes, level: float, curves: Sequence[Curves]) -> tuple[float, bool]:
    """Return where the text at the reference line meets the curves least.

    Its right end as a share of the axes, and whether it stands above the line.
    """
    to_axes = ax.transData + ax.transAxes.inverted()
    x, (line,) = np.linspace(0, 1, NOTE_LOOKS), to_axes.transform([(0.0, level)])[:, 1]
    lines = []
    for one in curves:
        for side in (one.middle, *one.quartiles) if one.losses.size else ():
            at = np.column_stack([one.steps, np.where(np.isfinite(side), side, level)])
            lines.append(np.interp(x, *to_axes.transform(at).T) - line)  # also between two steps
    if not lines:
        return 0.99, True
    height = np.array(lines)

    def met(place: tuple[float, bool]) -> int:
        right, above = place
        beside = (x > right - NOTE_WIDTH) & (x < right)
        over = height if above else -height
        return int(np.sum(beside & (over > NOTE_GAP) & (over < NOTE_HEIGHT)))

    places = [(right, above) for right in (0.99, 0.75, 0.5, 0.3) for above in (True, False)]
    return min(places, key=met)  # the first of equals


def _label_ends(
    ax: Axes, study: Study, curves: Sequence[Curves], ends: Sequence[tuple[float, float] | None]
) -> None:
    """Write each init's name at the right, beside the end of its line, none over another."""
    figure = style.figure_of(ax)
    height = 72 * figure.get_figheight() * ax.get_position().height
    line = 1.4 * style.TEXT_SIZE / max(height, 1.0)
    names = [
        f"{style.broken(name, NAME_FITS)}{_outcome_text(one)}"
        for name, one in zip(shown_names(study.inits).values(), curves, strict=True)
    ]
    to_axes = ax.transData + ax.transAxes.inverted()
    wanted = [float(to_axes.transform(end)[1]) if end else 0.9 for end in ends]
    sizes = [line * (1 + name.count("\n")) for name in names]
    lowest = min(0.0, (1 - sum(sizes)) / 2)  # not beside the ticks, where all have room above them
    places = spread(wanted, sizes, lowest)
    for index, (name, end, place) in enumerate(zip(names, ends, places, strict=True)):
        colour = style.init_colour(study.inits, index)
        thread = {"arrowstyle": "-", "color": colour, "linewidth": 0.7, "relpos": (0.0, 0.5)}
        ax.annotate(
            style.label(name), end or (1.0, place), xytext=(1.03, place),
            xycoords="data" if end else "axes fraction", textcoords="axes fraction",
            va="center", ha="left", annotation_clip=False, color=colour,
            fontsize=style.TEXT_SIZE, fontweight="bold", linespacing=1.2,
            arrowprops=thread if end else None,
        )  # fmt: skip


def _outcome_text(curves: Curves) -> str:
    """Say on a second line how many runs diverged; × is their mark."""
    stopped = len(curves.stopped)
    if stopped and curves.total == 1:
        return f"\n× diverged at step {curves.stopped[0].diverged_step}"
    return f"\n× {stopped}/{curves.total} diverged" if stopped else ""


def spread(
    places: Sequence[float], sizes: Sequence[float], lowest: float = -math.inf
) -> list[float]:
    """Move the middles of labels apart until none touch; equal ones stand in their own order.

    Args:
        places: wanted middle of each label, upwards.
        sizes: height of each label.
        lowest: none reaches below it.

    Example:
        >>> [round(place, 2) for place in spread([0.5, 0.5, 0.9], [0.1, 0.1, 0.1])]
        [0.55, 0.45, 0.9]
    """
    order = sorted(range(len(places)), key=lambda i: (places[i], -i))
    blocks: list[tuple[float, list[int]]] = []  # labels that touch, and their common middle
    for i in order:
        middle, block = max(places[i], lowest + sizes[i] / 2), [i]
        while blocks:
            other, before = blocks[-1]
            if middle - other >= sum(sizes[k] for k in before + block) / 2 - 1e-12:
                break  # they do not touch
            blocks.pop()
            middle = (middle * len(block) + other * len(before)) / (len(block) + len(before))
            block = before + block
            middle = max(middle, lowest + sum(sizes[k] for k in block) / 2)
        blocks.append((middle, block))
    result = [0.0] * len(places)
    for middle, block in blocks:
        bottom = middle - sum(sizes[i] for i in block) / 2
        for i in block:
            result[i] = bottom + sizes[i] / 2
            bottom += sizes[i]
    return result
