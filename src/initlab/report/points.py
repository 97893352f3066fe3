"""Dataset -> its training and test points side by side, with the classes in a legend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from initlab.datasets import Dataset
from initlab.errors import invalid_argument
from initlab.report import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_POINTS = 2000  # more hide each other and make an SVG slow to open
PADDING = 0.08  # of the data's range, on every side
MOST_STRETCH = 3.0  # ranges further apart than this get their own scale on each axis


def data_figure(data: Dataset, *, axes: Sequence[Axes] | None = None) -> Figure:
    """Draw the training points and the test points in two axes with the same limits.

    Args:
        data: two features and classes.
        axes: two axes to draw in; a new figure without them.
    """
    if not is_planar(data):
        raise invalid_argument(
            "data", "labelled points with two features", data.name, where="data figure"
        )
    if axes is None:
        panels = style.new_panels(2, 2, style.new_figure(style.WIDTH, 3.9))
    else:
        panels = style.axes_list(axes, 2, where="data figure")
    for ax, part in zip(panels, ("train", data.held_out), strict=True):
        x, y = data.part(part)
        frame(ax, data)
        draw_points(ax, data, x, y)
        style.title(ax, point_count_text(part, len(y)))
        ax.set_xlabel(style.label(feature_name(data, 0)))
    panels[0].set_ylabel(style.label(feature_name(data, 1)))
    panels[1].tick_params(labelleft=False)
    figure = style.figure_of(panels[0])
    if axes is None:
        handles, _ = panels[0].get_legend_handles_labels()
        style.legend_below(figure, handles, min(len(handles), 5))
    else:
        panels[1].legend(frameon=False, fontsize=style.SMALL_SIZE)
    return figure


def is_planar(data: Dataset) -> bool:
    """Whether the data can be drawn: two features, and classes."""
    return data.x_train.ndim == 2 and data.x_train.shape[1] == 2 and bool(data.classes)


def feature_name(data: Dataset, index: int) -> str:
    """Name of a feature, x1 and x2 where the data has none."""
    return data.features[index] if index < len(data.features) else f"x{index + 1}"


def point_count_text(part: str, count: int) -> str:
    """Return "training, 300 points" of "train", and how many are drawn if not all are."""
    part = "training" if part == "train" else part
    drawn = f" (first {MOST_POINTS:,} shown)" if count > MOST_POINTS else ""
    return f"{part}, {count:,} point{'s' if count != 1 else ''}{drawn}"


def limits(data: Dataset) -> tuple[tuple[float, float], tuple[float, float]]:
    """Lowest and highest value of both features over training and test, with some padding."""
    points = np.vstack([data.x_train, data.x_test])
    low, high = points.min(axis=0), points.max(axis=0)
    pad = np.where(high > low, PADDING * (high - low), 1.0)
    low, high = low - pad, high + pad
    return (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))


def frame(ax: Axes, data: Dataset) -> None:
    """Give axes the data's limits, one scale for both features where that fits, and a box."""
    style.dress(ax, grid="none", box=True)
    x_limits, y_limits = limits(data)
    ax.set_xlim(*x_limits)
    ax.set_ylim(*y_limits)
    width, height = x_limits[1] - x_limits[0], y_limits[1] - y_limits[0]
    comparable = max(width, height) <= MOST_STRETCH * min(width, height)
    ax.set_aspect("equal" if comparable else "auto")
    ax.locator_params(nbins=5)


def draw_points(
    ax: Axes,
    data: Dataset,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    *,
    wrong: NDArray[np.bool_] | None = None,
    size: float = 15.0,
) -> None:
    """Draw points, one artist per class; a wrong prediction gets a dark rim instead of a white one.

    Args:
        ax: axes with their limits set.
        data: names the classes.
        x: points, shape (n, 2).
        y: class numbers, shape (n,).
        wrong: which points the network gets wrong, shape (n,).
        size: area of a marker, in points squared.
    """
    x, y = x[:MOST_POINTS], y[:MOST_POINTS]
    bad = np.zeros(len(y), dtype=bool) if wrong is None else wrong[:MOST_POINTS]
    for k, name in enumerate(data.classes):
        rows = y == k
        ax.scatter(
            x[rows, 0], x[rows, 1], s=size, marker=style.class_marker(k),
            color=style.class_colour(k), label=style.label(name), zorder=3,
            edgecolors=np.where(bad[rows], "#000000", "#FFFFFF").tolist() or "none",
            linewidths=np.where(bad[rows], 0.9, 0.4).tolist() or 0.4,
        )  # fmt: skip
