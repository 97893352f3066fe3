"""Study, cells and one-dimensional data -> what each init's network fitted, over the points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from initlab.datasets import Dataset
from initlab.errors import invalid_argument
from initlab.networks.forward import predict
from initlab.records.cell import FINISHED, Cell
from initlab.records.study import Study
from initlab.report import style
from initlab.report.chosen import Shown, heading, shown_runs, trained

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GRID_POINTS = 400
MOST_OTHERS = 50  # thin lines behind the median run's
COLUMNS = 3
NAME_FITS = 20  # characters of an init's name in one line above a panel
POINT_COLOUR = "#9A9A9A"


def is_curve(data: Dataset) -> bool:
    """Whether the data has one feature and no classes."""
    return data.x_train.shape[1] == 1 and not data.classes


def fit_figure(
    study: Study, cells: Sequence[Cell], data: Dataset, *, axes: Sequence[Axes] | Any = None
) -> Figure:
    """Draw a panel per init: the points, finished seeds' fits thin, the median seed's bold.

    Args:
        study: names the inits and the network.
        cells: the runs; those drawn need their ``parameters``.
        data: one feature and a target; drawn in its own units where it knows them.
        axes: one axes per init; a new figure without them.
    """
    if not is_curve(data) or study.problem.features != 1:
        raise invalid_argument(
            "data", "points with one feature and a numeric target", data.name, where="fits"
        )
    count = len(study.inits)
    if axes is None:
        columns = min(count, COLUMNS)
        figure = style.new_figure(style.WIDTH, 2.75 * -(-count // columns))
        panels = style.new_panels(count, columns, figure, sharex=True, sharey=True)
    else:
        panels = style.axes_list(axes, count, where="fits")
    for index, (one, ax) in enumerate(zip(shown_runs(study, cells), panels, strict=True)):
        style.dress(ax)
        _draw_points(ax, data)
        heading(ax, one, study.metric, NAME_FITS)
        if one.cell is not None:
            _draw_fits(ax, study, one, one.cell, data)
        if index % COLUMNS == 0 or axes is not None:
            ax.set_ylabel("y")
        ax.set_xlabel(style.label(data.features[0] if data.features else "x"))
    return style.figure_of(panels[0])


def _draw_points(ax: Axes, data: Dataset) -> None:
    x, y = _original(data, data.x_train[:, 0], data.y_train)
    ax.scatter(x, y, s=3, color=POINT_COLOUR, alpha=0.45, linewidths=0, rasterized=True)


def _draw_fits(ax: Axes, study: Study, one: Shown, chosen: Cell, data: Dataset) -> None:
    grid = np.linspace(data.x_train.min(), data.x_train.max(), GRID_POINTS)

    def draw(cell: Cell, **look: Any) -> None:
        fit = predict(*trained(study, cell), grid[:, np.newaxis])[:, 0]
        ax.plot(*_original(data, grid, fit), color=one.colour, **look)

    fitted = [
        cell for cell in one.runs
        if cell.outcome == FINISHED and cell.parameters is not None and cell is not chosen
    ]  # fmt: skip
    for cell in fitted[:MOST_OTHERS]:
        draw(cell, linewidth=0.5, alpha=0.35)
    draw(chosen, linewidth=2.2)


def _original(
    data: Dataset, x: NDArray[np.floating], y: NDArray[np.floating]
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    x_own = x if data.x_scaling is None else data.x_scaling.original(x)
    y_own = y if data.y_scaling is None else data.y_scaling.original(y)
    return x_own, y_own
