"""Images of whole numbers -> rows of float32 from 0 to 1, and rows -> images again."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.datasets.dataset import Dataset, InMemory, Samples, arrays

ROWS = 512  # at a time: half a megabyte of gathered pixels stays in the processor's cache


def scaled_rows(
    images: NDArray[Any], rows: NDArray[np.intp] | None, *, pixel_max: float
) -> NDArray[np.float32]:
    """Gather images and divide by the largest pixel value, without a second copy of the data.

    Args:
        images: shape (n, height, width), whole numbers.
        rows: which images, in this order; all if None.
        pixel_max: what becomes 1.

    Returns:
        Shape (number of rows, height · width). Division, not multiplication by 1/255: the bits
        are those of torchvision's ToTensor.
    """
    flat = images.reshape(len(images), math.prod(images.shape[1:]))
    count = len(flat) if rows is None else len(rows)
    result = np.empty((count, flat.shape[1]), dtype=np.float32)
    for first in range(0, count, ROWS):
        piece = slice(first, first + ROWS)
        chosen = flat[piece] if rows is None else flat[rows[piece]]
        np.divide(chosen, np.float32(pixel_max), out=result[piece], dtype=np.float32)
    return result


def image_part(
    images: NDArray[Any], labels: NDArray[Any], rows: NDArray[np.intp] | None, *, pixel_max: float
) -> InMemory:
    """Return images as :func:`scaled_rows` does, with their class numbers."""
    kept = labels if rows is None else labels[rows]
    return InMemory(scaled_rows(images, rows, pixel_max=pixel_max), kept.astype(np.int64))


def unflattened(data: Dataset) -> Dataset:
    """Return the same data with images of shape (n, height, width) in place of rows."""

    def shaped(part: Samples | None) -> InMemory:
        x, y = arrays(part)
        return InMemory(x.reshape(len(x), *data.image_shape), y)

    final = None if data.final is None else shaped(data.final)
    return replace(data, train=shaped(data.train), test=shaped(data.test), final=final)
