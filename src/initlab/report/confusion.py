"""Study, cells and data -> which class each trained network predicts for which, on held-out data.

One matrix per init, of the seed with the median metric. Blue: right, on the diagonal; red: wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from initlab.datasets import Dataset
from initlab.errors import invalid_argument
from initlab.networks.forward import layers
from initlab.networks.losses import BINARY, predicted
from initlab.records.cell import Cell
from initlab.records.study import Study
from initlab.report import style
from initlab.report.backend import load_matplotlib
from initlab.report.chosen import heading, shown_runs, trained
from initlab.report.images import short_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 3
HEADING = 0.62  # inches above a panel
NAMES = 0.78  # inches for the class names beside and below the panels
NAME_FITS = 21  # characters of an init's name in one line above a panel
LINE_FITS = 0.8  # size of a class name, as a share of its square
SMALLEST_NAME = 4.5  # points; smaller names are left out
NARROWEST = 5.0  # inches: the title's room
RIGHT, WRONG = "#08519C", "#A63603"
GAMMA = 0.6  # below 1: an error of 5 % is seen beside a class that is right in 95 %
LEAST_SHARE = 0.005  # what would be printed as 0 is left out
SMALLEST_NUMBER, LARGEST_NUMBER = 4.0, 9.0  # points
DIGIT_FITS = 0.46  # size of a number, as a share of its square


def confusion_figure(
    study: Study, cells: Sequence[Cell], data: Dataset, *, axes: Sequence[Axes] | Any = None
) -> Figure:
    """Draw a matrix per init: of each true class, the share that gets each prediction, in percent.

    Args:
        study: names the inits and the network.
        cells: the runs; those drawn need their ``parameters``.
        data: classes; the matrices are of its test or validation part.
        axes: one axes per init; a new figure without them.
    """
    if not data.classes or data.x_test[0].size != study.problem.features:
        expected = "labelled with classes and have as many features as the network has inputs"
        raise invalid_argument("data", expected, data.name, where="matrix")
    count = len(study.inits)
    own = axes is None
    panels = _panels(count) if own else style.axes_list(axes, count, where="matrix")
    columns = _columns(count) if own else 1
    for index, (one, ax) in enumerate(zip(shown_runs(study, cells), panels, strict=True)):
        _frame(ax, data)
        heading(ax, one, study.metric, NAME_FITS)
        if one.cell is not None:
            answered = answered_classes(study, one.cell, data.x_test)
            counts = confusion_counts(data.y_test, answered, len(data.classes))
            _draw_shares(ax, row_shares(counts))
        lowest = not own or index + columns >= count
        ax.tick_params(labelleft=index % columns == 0, labelbottom=lowest)
        ax.yaxis.label.set_visible(index % columns == 0)
        ax.xaxis.label.set_visible(lowest)
    figure = style.figure_of(panels[0])
    if own:
        part = f"{len(data.y_test):,} {data.held_out} {'images' if data.image_shape else 'samples'}"
        style.figure_title(figure, f"{part}: predictions in percent of each row")
    return figure


def confusion_counts(
    true: NDArray[np.integer], answered: NDArray[np.integer], classes: int
) -> NDArray[np.int64]:
    """Count the samples of each true class (row) that get each prediction (column).

    Example:
        >>> confusion_counts(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
        [[1, 1], [0, 1]]
    """
    pairs = true.astype(np.int64) * classes + answered
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def row_shares(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Divide each row by its sum; a class without samples gets NaN."""
    total = counts.sum(axis=1, keepdims=True)
    shares = np.full(counts.shape, np.nan)
    np.divide(counts, total, out=shares, where=total > 0)
    return shares


def answered_classes(study: Study, cell: Cell, x: NDArray[Any]) -> NDArray[np.int64]:
    """Return the class a trained network predicts for each row, without dropout, shape (n,).

    Ties are settled as in the scores, so the matrix has the accuracy that the tables give.
    """
    network, parameters = trained(study, cell)
    z = layers(network, parameters, x.reshape(len(x), -1)).z[-1]
    if study.problem.targets == BINARY:
        return (predicted(network, z)[:, 0] > 0.5).astype(np.int64)
    return np.asarray(z.argmax(axis=1), dtype=np.int64)


def _columns(count: int) -> int:
    return 2 if count == 4 else min(count, COLUMNS)  # 2 + 2, not 3 and a lone one


def _panels(count: int) -> list[Axes]:
    columns = _columns(count)
    rows = -(-count // columns)
    side = min((style.WIDTH - NAMES) / columns - 0.1, 3.9)
    width = max(columns * (side + 0.1) + NAMES, NARROWEST)
    height = rows * (side + HEADING) + NAMES * (1 if count % columns == 0 else 2) + 0.3
    figure = style.new_figure(width, height)
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.05, hspace=0.0, wspace=0.0)  # type: ignore[union-attr, call-arg]
    return style.new_panels(count, columns, figure)


def _frame(ax: Axes, data: Dataset) -> None:
    classes = len(data.classes)
    style.dress(ax, grid="none", box=True)
    ax.set(xlim=(-0.5, classes - 0.5), ylim=(classes - 0.5, -0.5), aspect="equal")
    size = min(style.SMALL_SIZE, LINE_FITS * _square(ax, classes))
    legible = size >= SMALLEST_NAME
    names = [style.label(short_name(name)) for name in data.classes] if legible else []
    upright = max(map(len, names), default=0) > 2
    ax.set_xticks(range(len(names)), names, rotation=90 if upright else 0)
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(length=0, pad=2, labelsize=size)
    unnamed = "" if legible else f" (one of {classes})"
    ax.set_ylabel("true class" + unnamed)
    ax.set_xlabel("predicted class" + unnamed)


def _draw_shares(ax: Axes, shares: NDArray[np.float64]) -> None:
    picture = _coloured(shares)
    ax.imshow(picture, interpolation="nearest", gid="shares")
    size = min(LARGEST_NUMBER, DIGIT_FITS * _square(ax, len(shares)))
    if size < SMALLEST_NUMBER:
        return
    dark = picture @ np.array([0.299, 0.587, 0.114]) < 0.55  # luma: white text on dark squares
    for row, column in zip(*np.nonzero(shares >= LEAST_SHARE), strict=True):
        ax.text(
            column, row, f"{100 * shares[row, column]:.0f}", ha="center", va="center_baseline",
            fontsize=size, color="white" if dark[row, column] else style.INK,
        ).set_in_layout(False)  # fmt: skip


def _coloured(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a colour per share, shape (classes, classes, 3); a row without samples is grey."""
    load_matplotlib()
    from matplotlib.colors import to_rgb

    right = np.eye(len(shares), dtype=bool)[..., np.newaxis]
    full = np.where(right, to_rgb(RIGHT), to_rgb(WRONG))
    colours = 1 + (np.nan_to_num(shares)[..., np.newaxis] ** GAMMA) * (full - 1)
    colours[np.isnan(shares)] = to_rgb(style.GRID)
    return np.asarray(colours)


def _square(ax: Axes, classes: int) -> float:
    """Side of one class's square, in points, about; the layout is not solved yet."""
    place, figure = ax.get_position(), style.figure_of(ax)
    width = place.width * figure.get_figwidth()
    return 72 * min(width, place.height * figure.get_figheight()) / classes
