"""Rows of a layer's units, and of their gradients -> how many are alike, scaled alike, tied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from initlab.diagnosis.signal import AT_ONCE
from initlab.networks.distinct import first_equal, tolerance_of
from initlab.networks.symmetry import row_signs

Array = NDArray[np.floating]
EVEN = 0.01  # of a layer's largest entry: a row whose largest is below is small
MIXED = np.array([0.41, 0.29, 0.17, 0.13])  # no two columns count alike; their sum is 1
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
    classes, up_to_sign = [], 0
    for rows in groups:
        tolerance = tolerance_of(rows.dtype)
        if rows.size <= AT_ONCE and _plainly_apart(rows, tolerance):
            classes.append(np.arange(len(rows)))
            up_to_sign += len(rows)
        else:
            classes.append(_classes(rows, tolerance))
            up_to_sign += _count(_classes(rows, tolerance, _scales(rows)))
    return Copies(sum(map(len, groups)), sum(map(_count, classes)), up_to_sign, tuple(classes))


@np.errstate(all="ignore")
def _plainly_apart(rows: Array, tolerance: float) -> bool:
    """Whether the first columns tell all rows apart by themselves, sign and scale taken out.

    They do of almost all small layers that are drawn. Rows that are equal to the tolerance, a share
    of the layer's largest entry, differ over their own largest ones by at most 2 / EVEN times that.
    """
    if len(rows) < 2 or not rows.shape[1]:
        return True
    sizes = np.abs(rows)
    each = sizes.max(axis=1)
    largest = each.max()
    if not each.min() > EVEN * largest or not np.isfinite(largest):
        return False
    shares = MIXED[: rows.shape[1]]
    mixed = sizes[:, : len(shares)] @ shares / each
    mixed.sort()
    return bool((mixed[1:] - mixed[:-1]).min() > 2 / EVEN * tolerance)


def tied(classes: Sequence[NDArray[np.intp]], gradients: Sequence[Array]) -> int:
    """Count the units that equal another one in incoming weights and in their gradient."""
    found = 0
    for first, rows in zip(classes, gradients, strict=True):
        alike = _classes(rows, GRADIENT_TOLERANCE[rows.itemsize])
        _, sizes = np.unique(first * len(first) + alike, return_counts=True)
        found += int(sizes[sizes > 1].sum())
    return found


def _count(first: NDArray[np.intp]) -> int:
    return int(np.count_nonzero(first == np.arange(len(first))))


@np.errstate(all="ignore")
def _classes(rows: Array, tolerance: float, scales: Array | None = None) -> NDArray[np.intp]:
    """Return what :func:`first_equal` does of rows over their scales.

    Of a large layer only rows that are close in one column are copied.
    """
    first = np.arange(len(rows))
    if len(rows) < 2 or not rows.shape[1]:
        return first
    if (rows == rows[0]).all() and np.isfinite(rows[0]).all():  # the quickest look
        return np.zeros_like(first)
    over = np.ones((len(rows), 1), rows.dtype) if scales is None else scales
    low, high = rows[0] / over[0], rows[0] / over[0]
    for part, own in _blocks(rows, over):
        scaled = part / own
        np.minimum(low, scaled.min(axis=0), out=low)
        np.maximum(high, scaled.max(axis=0), out=high)
    largest = max(high.max(), -low.min())
    if not np.isfinite(largest):
        return first
    limit = tolerance * largest
    column = rows[:, (high - low).argmax()] / over[:, 0]
    order = np.argsort(column, kind="stable")
    cuts = np.flatnonzero(np.diff(column[order]) > limit) + 1
    edges = np.concatenate([[0], cuts, [len(order)]])
    for k in np.flatnonzero(np.diff(edges) > 1):
        group = np.sort(order[edges[k] : edges[k + 1]])
        found = rows[group] / over[group]
        near = np.abs(found).max()
        share = limit / near if near else 0.0  # of the layer's largest, not of the group's
        first[group] = group[first_equal(found, share)]
    return first


def _scales(rows: Array) -> Array:
    """Return, for each row, its largest entry with its sign: over it, it is scaled and turned."""
    found = [np.ones((0, 1), rows.dtype)]
    with np.errstate(all="ignore"):
        for part, _ in _blocks(rows, rows):
            size = np.abs(part).max(axis=1, keepdims=True, initial=0.0)
            size = np.where(size > 0, size, 1)
            signs = row_signs(part / size, tolerance_of(rows.dtype))[:, np.newaxis]
            found.append((size * signs).astype(rows.dtype))
    return np.concatenate(found)


def _blocks(rows: Array, others: Array) -> Iterator[tuple[Array, Array]]:
    step = max(1, AT_ONCE // max(1, rows.shape[1]))
    for k in range(0, len(rows), step):
        yield rows[k : k + step], others[k : k + step]
