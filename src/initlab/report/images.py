"""Dataset of images -> the first of its training images, each under its class's name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from initlab.datasets import Dataset
from initlab.errors import invalid_argument
from initlab.report import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COUNT = 20  # as in the documents: two rows of ten
PER_ROW = 10
LONGEST_NAME = 11  # letters above an image, "T-shirt/top"; a longer name is cut


def image_figure(data: Dataset, *, axes: Sequence[Axes] | None = None) -> Figure:
    """Draw the first 20 training images in grey, 0 black and 1 white, as the network sees them.

    Args:
        data: images with classes; rows may be flat or not.
        axes: as many axes as images, 20 or all there are; a new figure without them.
    """
    if not holds_images(data):
        raise invalid_argument("data", "images with classes", data.name, where="image figure")
    count = min(COUNT, len(data.y_train))
    if axes is None:
        figure = style.new_figure(style.WIDTH, 0.3 + 0.82 * -(-count // PER_ROW))
        panels = style.new_panels(count, PER_ROW, figure)
        words = f"{data.name}, {count} of {len(data.y_train):,} training images"
        style.figure_title(figure, words)
    else:
        panels = style.axes_list(axes, count, where="image figure")
    low, high = 0.0, max(1.0, float(data.x_train[:count].max()))
    for ax, pixels, number in zip(panels, data.x_train, data.y_train, strict=False):
        ax.imshow(pixels.reshape(data.image_shape), cmap="gray", vmin=low, vmax=high,
                  interpolation="nearest")  # fmt: skip
        ax.set_xticks([])
        ax.set_yticks([])
        for spine in ax.spines.values():
            spine.set_visible(False)
        name = style.label(short_name(data.classes[int(number)]))
        ax.set_title(name, fontsize=style.SMALL_SIZE, color=style.INK, pad=3.0)
    return style.figure_of(panels[0])


def holds_images(data: Dataset) -> bool:
    """Whether the data can be drawn: images, and classes."""
    return len(data.image_shape) == 2 and bool(data.classes)


def short_name(name: str) -> str:
    """Cut a class's name that is too long to stand at an image."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
