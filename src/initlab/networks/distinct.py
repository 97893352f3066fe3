"""Stacked parameters of a dense network -> how many different hidden units there are, over time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from initlab.networks.dense import DenseNetwork, Parameters
from initlab.networks.symmetry import TOLERANCE


def distinct_counts(network: DenseNetwork, stacked: Parameters) -> list[list[int]]:
    """Return, for each member of the stack, the number of distinct units of each hidden layer.

    Units are copies when their incoming weights and biases agree to 1e-9 of the layer's largest.

    Args:
        network: the network.
        stacked: parameters with one leading axis, such as a trajectory's snapshots.
    """
    columns = []
    for k in range(1, network.depth):
        rows = np.concatenate([stacked[f"W{k}"], stacked[f"b{k}"]], axis=-1)
        columns.append(_distinct(rows))
    return np.array(columns, dtype=int).T.tolist() if columns else [[] for _ in stacked["W1"]]


def _distinct(rows: NDArray[np.floating]) -> NDArray[np.intp]:
    """Number of rows that equal no earlier row, for each member; rows is (members, units, n)."""
    tolerance = TOLERANCE * np.abs(rows).max(axis=(1, 2), initial=0.0)
    copies = np.zeros(rows.shape[:2], dtype=bool)
    for unit in range(1, rows.shape[1]):
        apart = np.abs(rows[:, :unit] - rows[:, unit : unit + 1]).max(axis=-1)
        copies[:, unit] = (apart <= tolerance[:, np.newaxis]).any(axis=1)
    return np.asarray((~copies).sum(axis=1))
