"""Rows of a layer's units, and of their gradients -> how many are alike, scaled alike, tied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from initlab.networks.distinct import first_equal, tolerance_of
from initlab.networks.symmetry import row_signs

Array = NDArray[np.floating]
GRADIENT_TOLERANCE = {8: 1e-9, 4: 1e-5}  # by bytes of a number; sums over a batch round more


@dataclass(frozen=True)
class Copies:
    """Units of one layer that are alike.

    Attributes:
        units: how many are compared.
        distinct: how many differ in incoming weights or bias.
        distinct_up_to_sign: how many differ after scaling and sign are taken out.
        classes: for each group of units, the first unit that each of them equals.
    """

    units: int
    distinct: int
    distinct_up_to_sign: int
    classes: tuple[NDArray[np.intp], ...]


def copies(groups: Sequence[Array]) -> Copies:
    """Count the units of a layer that are alike; ``groups`` are arrays of a row per unit."""
    classes = tuple(_classes(rows, tolerance_of(rows.dtype)) for rows in groups)
    up_to_sign = sum(_count(_classes(_scaled(rows), tolerance_of(rows.dtype))) for rows in groups)
    return Copies(sum(map(len, groups)), sum(map(_count, classes)), up_to_sign, classes)


def tied(classes: Sequence[NDArray[np.intp]], gradients: Sequence[Array]) -> int:
    """Count the units that equal another one in incoming weights and in their gradient."""
    found = 0
    for first, rows in zip(classes, gradients, strict=True):
        alike = _classes(rows, GRADIENT_TOLERANCE[rows.itemsize])
        _, sizes = np.unique(first * len(first) + alike, return_counts=True)
        found += int(sizes[sizes > 1].sum())
    return found


def _count(first: NDArray[np.intp]) -> int:
    return len(np.unique(first))


def _classes(rows: Array, tolerance: float) -> NDArray[np.intp]:
    """Return what :func:`first_equal` does; only rows that are close in one column are copied."""
    first = np.arange(len(rows))
    largest = max(rows.max(initial=0.0), -rows.min(initial=0.0))
    if not np.isfinite(largest) or len(rows) < 2 or not rows.shape[1]:
        return first
    scale = tolerance * largest
    column = rows[:, np.ptp(rows, axis=0).argmax()]
    order = np.argsort(column, kind="stable")
    cuts = np.flatnonzero(np.diff(column[order]) > scale) + 1
    for group in np.split(order, cuts):
        if len(group) > 1:
            group = np.sort(group)
            near = np.abs(rows[group]).max()
            share = scale / near if near else 0.0  # the scale is the layer's, not the group's
            first[group] = group[first_equal(rows[group], share)]
    return first


def _scaled(rows: Array) -> Array:
    """Return rows with entries up to 1 in size, the largest one positive."""
    with np.errstate(all="ignore"):
        size = np.abs(rows).max(axis=1, keepdims=True, initial=0.0)
        scaled: Array = rows / np.where(size > 0, size, 1)
    scaled *= row_signs(scaled, tolerance_of(rows.dtype))[:, np.newaxis].astype(rows.dtype)
    return scaled
