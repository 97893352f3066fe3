"""Study and cells -> histograms of every layer's weights, before and after training.

One row per init, of the seed with the median metric, whose initial weights are drawn again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from initlab.datasets import Dataset
from initlab.initialization.dense import draw_network
from initlab.initialization.dense_on_data import network_on_data
from initlab.initializers.drawing import moments
from initlab.numbers import shown
from initlab.records.cell import Cell
from initlab.records.study import Study
from initlab.report import style
from initlab.report.backend import load_matplotlib
from initlab.report.chosen import Shown, shown_runs, trained
from initlab.report.histogram import split_atoms

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_HEIGHT = 0.96  # inches
PANEL_WIDTH = 1.85  # inches that a fourth layer adds
NAME_FITS = 20  # characters of an init's name in one line beside its row
MOST_LAYERS = 4  # of a deeper network: the first ones and the last
FEWEST_BINS, MOST_BINS = 12, 60
TAIL = 0.0005  # share of the weights on either side that may lie outside the panel
MARGIN = 0.06  # of the range, left and right
TOP = 1.12  # of the highest bar, or of a spike of 100 %
BEFORE = "#C4C4C4"
SPIKE = "#8A8A8A"  # a thin spike must be darker than a surface to be seen

# shared values, their shares, and all other weights, as split_atoms returns them
Part = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def weight_figure(
    study: Study, cells: Sequence[Cell], data: Dataset | None = None, *,
    axes: Sequence[Axes] | Any = None,
) -> Figure:  # fmt: skip
    """Draw a row per init and a panel per layer: its weights before (grey) and after training.

    Each panel has its own scales, because inits differ a thousandfold. Values that many weights
    share are spikes, whose height is their share; the histogram of the others fills the panel.

    Args:
        study: names the inits, and draws them again.
        cells: the runs; those drawn need their ``parameters``.
        data: the study's, for inits that look at it.
        axes: an axes per init and layer drawn, row by row; a new figure without them.
    """
    names = drawn_layers(study)
    count = len(study.inits) * len(names)
    own = axes is None
    panels = _panels(study, names) if own else style.axes_list(axes, count, where="weights")
    rows = np.array(panels, dtype=object).reshape(len(study.inits), len(names))
    for one, row in zip(shown_runs(study, cells), rows, strict=True):
        _draw_init(list(row), one, study, names, data)
    for ax, name in zip(rows[0], names, strict=True):
        layer = int(name[1:])
        fan_in, fan_out = _widths(study)[layer - 1 : layer + 1]
        style.title(ax, f"{name}, {fan_out} × {fan_in}", pad=16)
    for ax in rows[-1]:
        ax.set_xlabel("weight")
    figure = style.figure_of(rows[0, 0])
    if own:
        _legend(figure)
    return figure


def drawn_layers(study: Study) -> list[str]:
    """Names of the weights that are drawn.

    Of a network with more than four layers these are the first, the last, and two between.
    """
    depth = len(_widths(study)) - 1
    places = np.linspace(1, depth, min(depth, MOST_LAYERS))
    return [f"W{round(place)}" for place in places]


def initial_parameters(
    study: Study, cell: Cell, data: Dataset | None = None
) -> Mapping[str, NDArray[np.floating]]:
    """Draw a run's parameters before training again, from its seed."""
    choices: dict[str, Any] = {
        "seed": cell.seed, "stream": study.stream, "bias_init": study.bias_init,
        "dtype": study.training.dtype,
    }  # fmt: skip
    if data is None:
        return draw_network(cell.init, _widths(study), **choices)
    assert study.problem.dense is not None
    points = data.x_train, data.y_train
    return network_on_data(cell.init, study.problem.dense, *points, **choices)


def _widths(study: Study) -> tuple[int, ...]:
    assert study.problem.dense is not None
    return study.problem.dense.layer_dims


def _panels(study: Study, names: Sequence[str]) -> list[Axes]:
    rows = len(study.inits)
    width = style.WIDTH + PANEL_WIDTH * max(0, len(names) - 3)
    figure = style.new_figure(width, 0.8 + ROW_HEIGHT * rows)
    return style.new_panels(rows * len(names), len(names), figure)


def _draw_init(
    row: Sequence[Axes], one: Shown, study: Study, names: Sequence[str], data: Dataset | None
) -> None:
    for ax in row:
        style.dress(ax, grid="none")
        ax.spines["left"].set_visible(False)
        ax.set_yticks([])
        ax.locator_params(axis="x", nbins=4)
    _heading(row[0], one)
    if one.cell is None:
        for ax in row:
            ax.set_xticks([])
            ax.spines["bottom"].set_visible(False)
        return
    start, (_, end) = initial_parameters(study, one.cell, data), trained(study, one.cell)
    for ax, name in zip(row, names, strict=True):
        _draw_layer(ax, one.colour, start[name], end[name])


def _heading(ax: Axes, one: Shown) -> None:
    """Write the init's name, and which of its runs is shown, at the left of its row."""
    for text, upwards, size, weight, ink in (
        (style.broken(one.name, NAME_FITS), "bottom", style.TEXT_SIZE, "bold", one.colour),
        (one.words, "top", style.SMALL_SIZE, "normal", style.QUIET),
    ):
        ax.annotate(
            style.label(text), (0.0, 0.5), xycoords="axes fraction", va=upwards, ha="right",
            xytext=(-10.0, 1.0 if upwards == "bottom" else -2.0), textcoords="offset points",
            fontsize=size, fontweight=weight, color=ink,
        )  # fmt: skip


def _draw_layer(
    ax: Axes, colour: str, start: NDArray[np.floating], end: NDArray[np.floating]
) -> None:
    before, after = (np.asarray(w, dtype=np.float64).ravel() for w in (start, end))
    first, last = split_atoms(before), split_atoms(after)
    style.note_above(
        ax, f"std {_spread_text(before)} → {_spread_text(after)}", 3.0, color=style.INK
    )
    low, high = shown_range(before, after)
    bins = int(np.clip(2 * np.cbrt(before.size), FEWEST_BINS, MOST_BINS))  # Rice's rule
    bars, bars_after = (
        np.histogram(rest, bins=bins, range=(low, high))[0] for *_, rest in (first, last)
    )
    edges = np.linspace(low, high, bins + 1)
    highest = max(int(bars.max()), int(bars_after.max()))
    if first[2].size:
        ax.stairs(bars / (highest or 1), edges, fill=True, color=BEFORE, gid="before")
    if last[2].size:
        ax.stairs(
            bars_after / (highest or 1), edges, color=colour, linewidth=1.1, gid="after", zorder=3
        )
    _draw_spikes(ax, first, SPIKE, width=4.5, above=2.0)
    _draw_spikes(ax, last, colour, width=1.6, above=4.0)
    largest = float(max([*first[1], *last[1]], default=1.0))
    ax.set_xlim(low, high)
    ax.set_ylim(0, TOP * (1.0 if highest else largest))


def shown_range(
    before: NDArray[np.floating], after: NDArray[np.floating]
) -> tuple[float, float]:  # fmt: skip
    """Return a range that holds all but the outermost weights of both, with some margin."""
    ends = [np.quantile(w, [TAIL, 1 - TAIL]) for w in (before, after)]
    low, high = (float(end) for end in (np.min(ends), np.max(ends)))
    pad = MARGIN * (high - low) if high > low else (abs(low) or 1.0)
    return low - pad, high + pad


def _draw_spikes(ax: Axes, part: Part, colour: str, *, width: float, above: float) -> None:
    for value, share in zip(part[0], part[1], strict=True):
        ax.plot(
            [value, value], [0, share], color=colour, linewidth=width, solid_capstyle="butt",
            gid="spike", zorder=above,
        )  # fmt: skip


def _spread_text(weights: NDArray[np.float64]) -> str:
    """Return the std, "0.289", or "0 (all 1)" of a constant."""
    if weights.min() == weights.max():  # rounding would leave a std of 1e-17
        return f"0 (all {shown(weights[0])})"
    return shown(moments(weights)[1], "#.3g")


def _legend(figure: Figure) -> None:
    load_matplotlib()
    from matplotlib.patches import Patch

    entries: list[Artist | Mapping[str, Any]] = [
        Patch(color=BEFORE, label="before training"),
        {"color": style.INK, "linewidth": 1.1, "label": "after training"},
    ]
    if any(line.get_gid() == "spike" for ax in figure.axes for line in ax.lines):
        words = "spike: share of weights with the same value"
        entries.append({"color": SPIKE, "linewidth": 4.5, "label": words})
    style.legend_below(figure, entries, 3)
