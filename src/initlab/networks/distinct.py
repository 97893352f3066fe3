"""Stacked parameters of a dense network -> how many different hidden units there are, over time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from initlab.networks.dense import DenseNetwork, Parameters
from initlab.networks.symmetry import TOLERANCE, Array


def distinct_units(network: DenseNetwork, parameters: Parameters) -> tuple[int, ...]:
    """Return, per hidden layer, the number of units that differ in incoming weights or bias."""
    one = {name: value[np.newaxis] for name, value in parameters.items()}  # a stack of one network
    return tuple(distinct_counts(network, one)[0])


def distinct_counts(network: DenseNetwork, stacked: Parameters) -> list[list[int]]:
    """Return, for each member of the stack, the number of distinct units of each hidden layer.

    The parameters have one leading axis, as a trajectory's snapshots have. Units are copies when
    their incoming weights and biases agree to 1e-9 of the layer's largest; in a layer that is not
    finite none are. Neighbors with equal counts share one list: a thousand small ones for every
    replicate would keep the garbage collector busy.
    """
    members = len(stacked["W1"])
    if not members:
        return []
    counts = np.empty((members, network.depth - 1), dtype=np.intp)
    for k in range(1, network.depth):
        rows = np.concatenate([stacked[f"W{k}"], stacked[f"b{k}"]], axis=-1)
        counts[:, k - 1] = _distinct(rows)
    changes = np.flatnonzero((counts[1:] != counts[:-1]).any(axis=1)) + 1
    result: list[list[int]] = []
    for first, end in pairwise([0, *changes.tolist(), members]):
        result += [counts[first].tolist()] * (end - first)
    return result


def _distinct(rows: Array) -> NDArray[np.intp]:
    """Number of rows that equal no earlier row, for each member; rows is (members, units, n)."""
    members, units, _ = rows.shape
    counts = np.full(members, units, dtype=np.intp)
    if units < 2:
        return counts
    with np.errstate(all="ignore"):
        largest = np.abs(rows).max(axis=(1, 2))
        tolerance = TOLERANCE * largest
        finite = np.isfinite(largest)
        alike = finite & (np.abs(rows - rows[:, :1]).max(axis=(1, 2)) <= tolerance)
        counts[alike] = 1
        mixed = finite & ~alike
        mixed[mixed] = ~_clearly_apart(rows[mixed], tolerance[mixed])
        counts[mixed] = _one_by_one(rows[mixed], tolerance[mixed])
    return counts


def _clearly_apart(rows: Array, tolerance: Array) -> NDArray[np.bool_]:
    """Whether the column with the widest range tells all rows of a member apart by itself."""
    widest = np.ptp(rows, axis=1).argmax(axis=-1)
    column = np.take_along_axis(rows, widest[:, np.newaxis, np.newaxis], axis=2)[..., 0]
    return np.asarray(np.diff(np.sort(column, axis=1)).min(axis=1) > tolerance)


def _one_by_one(rows: Array, tolerance: Array) -> NDArray[np.intp]:
    copies = np.zeros(rows.shape[:2], dtype=bool)
    for unit in range(1, rows.shape[1]):
        apart = np.abs(rows[:, :unit] - rows[:, unit : unit + 1]).max(axis=-1)
        copies[:, unit] = (apart <= tolerance[:, np.newaxis]).any(axis=1)
    return np.asarray((~copies).sum(axis=1))
