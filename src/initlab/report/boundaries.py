"""Study, cells and data -> what each trained network predicts in the plane, over train and test.

One column per init. With several seeds the run shown is the median one by the study's metric, and
its seed is named: the best one would flatter every init.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from initlab.datasets import Dataset
from initlab.errors import invalid_argument
from initlab.networks.forward import predict
from initlab.records.cell import Cell
from initlab.records.study import Study
from initlab.report import style
from initlab.report.backend import load_matplotlib
from initlab.report.chosen import (
    NOTE_FITS,
    Shown,
    heading,
    note_inside,
    score_text,
    shown_runs,
    trained,
)
from initlab.report.points import (
    draw_points,
    feature_name,
    frame,
    is_planar,
    limits,
    point_count_text,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GRID_POINTS = 200  # per axis: a pixel each at the size of a panel
COLUMNS = 3  # more inits go to another pair of rows; headings need the width
LEGEND_COLUMNS = 4  # in a figure of full width
NAME_FITS = 19  # characters of an init's name in one line above a panel
SOFTNESS = 0.45  # how far the field goes from white to the class's colour


def boundary_figure(
    study: Study, cells: Sequence[Cell], data: Dataset, *, axes: Sequence[Axes] | Any = None
) -> Figure:
    """Draw train and test of every init: probability, boundary, points, wrong ones dark-rimmed.

    Args:
        study: names the inits and the network.
        cells: the runs; those drawn need their ``parameters``.
        data: two features and classes.
        axes: two axes per init, all train axes first; a new figure without them.
    """
    if not is_planar(data) or study.problem.features != 2:
        raise invalid_argument(
            "data", "labelled points with two features", data.name, where="boundaries"
        )
    count = len(study.inits)
    own = axes is None
    panels = _grid_of_axes(count) if own else style.axes_list(axes, 2 * count, where="boundaries")
    for index, one in enumerate(shown_runs(study, cells)):
        _draw_init([panels[index], panels[count + index]], study, data, one)
    figure = style.figure_of(panels[0])
    for index in range(count):
        first = index % COLUMNS == 0 if own else index == 0
        for part, ax in zip(
            ("train", data.held_out), (panels[index], panels[count + index]), strict=True
        ):
            ax.tick_params(labelleft=first)
            if first:
                words = point_count_text(part, len(data.part(part)[1]))
                ax.set_ylabel(f"{words}\n{style.label(feature_name(data, 1))}")
        panels[index].tick_params(labelbottom=False)
        panels[count + index].set_xlabel(style.label(feature_name(data, 0)))
    if own:
        _legend(figure, data)
    return figure


def answer(probability: NDArray[np.floating]) -> NDArray[np.intp]:
    """Class of each point from probabilities whose first axis is the class; a tie takes the first.

    For two classes: 1 where the output is > 0.5, the documents' rule.
    """
    return np.asarray(np.argmax(probability, axis=0))


def class_probabilities(
    study: Study, cell: Cell, x: NDArray[np.float64]
) -> NDArray[np.floating]:  # fmt: skip
    """Return the probability of each class at each point, shape (classes, n)."""
    output = predict(*trained(study, cell), x).T
    return np.vstack([1 - output, output]) if len(output) == 1 else output


def answers(study: Study, cell: Cell, data: Dataset) -> NDArray[np.float64]:
    """Return the probability of each class over a grid that covers the data.

    Its shape is (classes, GRID_POINTS, GRID_POINTS), the second feature before the first.
    """
    x1, x2 = (np.linspace(low, high, GRID_POINTS) for low, high in limits(data))
    grid = np.stack(np.meshgrid(x1, x2), axis=-1).reshape(-1, 2)
    probability = class_probabilities(study, cell, grid).astype(np.float64)
    return probability.reshape(-1, GRID_POINTS, GRID_POINTS)


def colours(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the colour of each point of the grid, white where no class is preferred."""
    load_matplotlib()
    from matplotlib.colors import to_rgb

    classes = len(probability)
    blind = 1 / classes
    certainty = np.clip((probability - blind) / (1 - blind), 0.0, 1.0)
    away = np.array([to_rgb(style.class_colour(k)) for k in range(classes)]) - 1.0
    return np.asarray(1.0 + SOFTNESS * np.tensordot(certainty, away, axes=(0, 0)))


def _grid_of_axes(count: int) -> list[Axes]:
    """Return the train axes of all inits, then their test axes, in bands of ``COLUMNS``."""
    columns, bands = min(count, COLUMNS), -(-count // COLUMNS)
    panel = style.WIDTH / max(columns, 3)
    figure = style.new_figure(panel * max(columns, 2) + 0.2, (2 * panel + 1.1) * bands + 0.1)
    grid = figure.subplots(2 * bands, columns, squeeze=False)
    place = [(2 * (index // columns), index % columns) for index in range(count)]
    for index in range(count, bands * columns):
        for row in (0, 1):
            grid[2 * (index // columns) + row, index % columns].remove()
    return [grid[row + part, column] for part in (0, 1) for row, column in place]


def _draw_init(pair: Sequence[Axes], study: Study, data: Dataset, one: Shown) -> None:
    for ax in pair:
        frame(ax, data)
    heading(pair[0], one, "train_accuracy", NAME_FITS)
    if one.cell is None:
        note_inside(pair[1], one.words)
        return
    field = answers(study, one.cell, data)
    for part, ax in zip(("train", data.held_out), pair, strict=True):
        x, y = data.part(part)
        wrong = answer(class_probabilities(study, one.cell, x)) != y
        _draw_answers(ax, field)
        draw_points(ax, data, x, y, wrong=wrong, size=11.0)
    above = [score_text(f"{data.held_out}_accuracy", one.cell)]
    chosen = np.unique(answer(field))
    if len(chosen) == 1:  # above the points, not over them
        above += wrap(f"predicted everywhere: {data.classes[chosen[0]]}", NOTE_FITS)
    style.note_above(pair[1], "\n".join(above), 3.0)


def _draw_answers(ax: Axes, probability: NDArray[np.float64]) -> None:
    ax.imshow(
        colours(probability), extent=(*ax.get_xlim(), *ax.get_ylim()), origin="lower",
        interpolation="bilinear", aspect=ax.get_aspect(), zorder=0,
    )  # fmt: skip
    x1, x2 = (np.linspace(*ends, GRID_POINTS) for ends in (ax.get_xlim(), ax.get_ylim()))
    for k in range(1 if len(probability) == 2 else 0, len(probability)):
        lead = probability[k] - np.delete(probability, k, axis=0).max(axis=0)
        if lead.min() < 0 < lead.max():  # else no contour; matplotlib before 3.11 warns
            ax.contour(x1, x2, lead, levels=[0.0], colors=style.INK, linewidths=1.2)


def _legend(figure: Figure, data: Dataset) -> None:
    point: dict[str, Any] = {"linestyle": "none", "markersize": 5}
    boundary = "output = 0.5" if len(data.classes) == 2 else "boundary between predicted classes"
    entries = [
        *({**point, "marker": style.class_marker(k), "color": style.class_colour(k),
           "label": style.label(name)} for k, name in enumerate(data.classes)),
        {**point, "marker": "o", "color": "white", "markeredgecolor": "black",
         "label": "dark rim: wrong prediction"},
        {"color": style.INK, "linewidth": 1.2, "label": boundary},
    ]  # fmt: skip
    whole = figure.get_figwidth() > style.WIDTH - 1
    columns = min(len(entries), LEGEND_COLUMNS if whole else LEGEND_COLUMNS // 2)
    style.legend_below(figure, entries, columns)
