"""Study, cells and one-dimensional data -> what each start's network fitted, over the points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from initlab.analysis.wording import metric_label, value_text
from initlab.datasets import Dataset
from initlab.errors import refusal
from initlab.networks.forward import predict
from initlab.records.cell import Cell
from initlab.records.study import Study
from initlab.report import style
from initlab.report.boundaries import median_cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GRID_POINTS = 400
MOST_OTHERS = 50  # thin lines behind the median run's
COLUMNS = 3
NAME_FITS = 20  # characters of a start's name in one line above a panel
POINT_COLOUR = "#9A9A9A"


def is_curve(data: Dataset) -> bool:
    """Whether the data has one feature and no classes."""
    return data.x_train.shape[1] == 1 and not data.classes


def fit_figure(
    study: Study, cells: Sequence[Cell], data: Dataset, *, axes: Sequence[Axes] | Any = None
) -> Figure:
    """Draw a panel per start: the points, every seed's fit thin, the median seed's fit bold.

    Args:
        study: names the starts and the network.
        cells: the runs; those drawn need their ``parameters``.
        data: one feature and a target; drawn in its own units where it knows them.
        axes: one axes per start; a new figure without them.
    """
    if not is_curve(data) or study.problem.features != 1:
        raise refusal("data", "points of one feature without classes", data.name, where="fits")
    count = len(study.inits)
    panels = _panels(count) if axes is None else style.axes_list(axes, count, where="fits")
    for index, (init, ax) in enumerate(zip(study.inits, panels, strict=True)):
        style.dress(ax)
        _draw_points(ax, data)
        own = [cell for cell in cells if cell.init == init]
        _draw_fits(ax, index, study, own, data)
        if index % COLUMNS == 0 or axes is not None:
            ax.set_ylabel("y")
        ax.set_xlabel(style.label(data.features[0] if data.features else "x"))
    return style.figure_of(panels[0])


def _panels(count: int) -> list[Axes]:
    columns = min(count, COLUMNS)
    rows = -(-count // columns)
    figure = style.new_figure(style.WIDTH, 2.75 * rows)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    panels = list(grid.flat)
    for unused in panels[count:]:
        unused.set_visible(False)
    return panels[:count]


def _draw_points(ax: Axes, data: Dataset) -> None:
    x, y = _original(data, data.x_train[:, 0], data.y_train)
    ax.scatter(x, y, s=3, color=POINT_COLOUR, alpha=0.45, linewidths=0, rasterized=True)


def _draw_fits(ax: Axes, index: int, study: Study, cells: Sequence[Cell], data: Dataset) -> None:
    network = study.problem.dense
    assert network is not None
    grid = np.linspace(data.x_train.min(), data.x_train.max(), GRID_POINTS)
    chosen = median_cell(cells, study.metric)
    name = style.label(style.broken(study.inits[index], NAME_FITS))
    colour = style.start_colour(index)
    if chosen is None:
        style.title(ax, f"{name}\nno run finished", colour=colour)
        return
    fitted = [cell for cell in cells if cell.parameters is not None and cell is not chosen]
    for cell in fitted[:MOST_OTHERS]:
        assert cell.parameters is not None
        fit = predict(network, cell.parameters, grid[:, np.newaxis])[:, 0]
        ax.plot(*_original(data, grid, fit), color=colour, linewidth=0.5, alpha=0.35)
    assert chosen.parameters is not None
    fit = predict(network, chosen.parameters, grid[:, np.newaxis])[:, 0]
    ax.plot(*_original(data, grid, fit), color=colour, linewidth=2.2)
    score = f"{metric_label(study.metric)} {value_text(study.metric, chosen.metrics[study.metric])}"
    which = f"seed {chosen.seed}" + (f", the median of {len(cells)}" if len(cells) > 1 else "")
    style.title(ax, name, pad=28, colour=colour)
    ax.text(
        0, 1.03, f"{score}\n{which}", transform=ax.transAxes, fontsize=style.SMALL_SIZE,
        color=style.QUIET, va="bottom",
    )  # fmt: skip


def _original(
    data: Dataset, x: NDArray[np.floating], y: NDArray[np.floating]
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    x_own = x if data.x_scaling is None else data.x_scaling.original(x)
    y_own = y if data.y_scaling is None else data.y_scaling.original(y)
    return x_own, y_own
