"""Units as rows of weights -> which are copies, and how many different ones there are, over time.

Two units are copies when their rows agree to a share of the layer's largest entry, far above
rounding and far below learning. NaN is equal to nothing: a layer with a number that is not finite
has no copies.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from initlab.networks.dense import DenseNetwork, Parameters

if TYPE_CHECKING:
    from jaxtyping import Float, Int

Array = NDArray[np.floating]
TOLERANCE, TOLERANCE_32 = 1e-9, 1e-6  # of the largest entry, in float64 and below


def distinct_units(network: DenseNetwork, parameters: Parameters) -> tuple[int, ...]:
    """Return, per hidden layer, the number of units that differ in incoming weights or bias."""
    one = {name: value[np.newaxis] for name, value in parameters.items()}  # a stack of one network
    return tuple(distinct_counts(network, one)[0])


def distinct_counts(network: DenseNetwork, stacked: Parameters) -> list[list[int]]:
    """Return, for each member of the stack, the number of distinct units of each hidden layer.

    The parameters have one leading axis, as a trajectory's snapshots have. Neighbors with equal
    counts share one list: a thousand small ones for every replicate would keep the garbage
    collector busy.
    """
    members = len(stacked["W1"])
    if not members:
        return []
    counts = np.empty((members, network.depth - 1), dtype=np.intp)
    for k in range(1, network.depth):
        rows = np.concatenate([stacked[f"W{k}"], stacked[f"b{k}"]], axis=-1)
        counts[:, k - 1] = distinct_rows(rows)
    changes = np.flatnonzero((counts[1:] != counts[:-1]).any(axis=1)) + 1
    result: list[list[int]] = []
    for first, end in pairwise([0, *changes.tolist(), members]):
        result += [counts[first].tolist()] * (end - first)
    return result


def tolerance_of(dtype: Any) -> float:
    """Return the share of a layer's largest entry to which copies agree in this dtype."""
    return TOLERANCE if np.dtype(dtype) == np.float64 else TOLERANCE_32


def distinct_rows(rows: Float[Array, "members units n"]) -> Int[NDArray[np.intp], " members"]:
    """Return the number of distinct units of each member; ``rows`` is (members, units, n)."""
    members, units, _ = rows.shape
    counts = np.full(members, units, dtype=np.intp)
    if units < 2:
        return counts
    share = tolerance_of(rows.dtype)
    with np.errstate(all="ignore"):
        largest = np.abs(rows).max(axis=(1, 2))
        finite = np.isfinite(largest)
        alike = finite & (np.abs(rows - rows[:, :1]).max(axis=(1, 2)) <= share * largest)
        counts[alike] = 1
        mixed = finite & ~alike
        mixed[mixed] = ~_clearly_apart(rows[mixed], share * largest[mixed])
    for member in np.flatnonzero(mixed):
        counts[member] = len(np.unique(first_equal(rows[member], share)))
    return counts


def first_equal(rows: Float[Array, "units n"], tolerance: float) -> Int[NDArray[np.intp], " units"]:
    """Return, for each row, the index of the first row of its class; ``rows`` is (units, n).

    A row belongs to the class of the first earlier row that it equals, to ``tolerance`` times the
    largest entry of all.
    """
    first = np.arange(len(rows))
    largest = np.abs(rows).max(initial=0.0)
    if not np.isfinite(largest):
        return first
    scale = tolerance * largest
    groups = [first.copy()]  # only rows of one group can be equal
    for group in groups:
        found = rows[group]
        if np.abs(found - found[0]).max(initial=0.0) <= scale:
            first[group] = group[0]
            continue
        column = found[:, np.ptp(found, axis=0).argmax()]
        order = np.argsort(column, kind="stable")
        cuts = np.flatnonzero(np.diff(column[order]) > scale) + 1
        if len(cuts):
            groups += [np.sort(group[one]) for one in np.split(order, cuts) if len(one) > 1]
            continue
        for k in range(1, len(group)):
            same = np.abs(found[:k] - found[k]).max(axis=1, initial=0.0) <= scale
            if same.any():
                first[group[k]] = first[group[int(same.argmax())]]
    return first


def _clearly_apart(rows: Array, tolerance: Array) -> NDArray[np.bool_]:
    """Whether the column with the widest range tells all rows of a member apart by itself."""
    widest = np.ptp(rows, axis=1).argmax(axis=-1)
    column = np.take_along_axis(rows, widest[:, np.newaxis, np.newaxis], axis=2)[..., 0]
    return np.asarray(np.diff(np.sort(column, axis=1)).min(axis=1) > tolerance)
