"""Parameters of a dense network -> which hidden units are copies of one another.

Units with equal incoming weights and bias compute the same; if their outgoing weights are equal
too, they get the same gradient and stay copies for ever: only then is the symmetry unbreakable.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from initlab.dense.network import DenseNetwork, Parameters

TOLERANCE = 1e-9  # relative to the layer's largest weight: far above rounding, far below learning


def distinct_units(network: DenseNetwork, parameters: Parameters) -> tuple[int, ...]:
    """Per hidden layer, the number of units that differ in incoming weights or bias."""
    return tuple(
        len(np.unique(_classes(_incoming(parameters, k), TOLERANCE)))
        for k in range(1, network.depth)
    )


@dataclass(frozen=True)
class TiedUnits:
    """Hidden units of one layer whose gradients are equal in exact arithmetic.

    Attributes:
        layer: number of the layer, from 1.
        first: for each unit, the first unit of its class (itself where it is alone).
    """

    layer: int
    first: NDArray[np.intp]


def tied_units(network: DenseNetwork, parameters: Parameters) -> list[TiedUnits]:
    """Layers in which some units are equal in incoming weights, bias and outgoing weights."""
    result = []
    for k in range(1, network.depth):
        both = np.hstack([_incoming(parameters, k), parameters[f"W{k + 1}"].T])
        first = _classes(both, 0.0)
        if len(np.unique(first)) < len(first):
            result.append(TiedUnits(k, first))
    return result


def _incoming(parameters: Parameters, layer: int) -> NDArray[np.floating]:
    return np.hstack([parameters[f"W{layer}"], parameters[f"b{layer}"]])


def _classes(rows: NDArray[np.floating], tolerance: float) -> NDArray[np.intp]:
    """For each row, the index of the first row that equals it (within the tolerance)."""
    first = np.arange(len(rows))
    if not np.isfinite(rows).all():
        return first  # a diverged layer has no classes to speak of
    scale = tolerance * np.abs(rows).max(initial=0.0)
    if scale == 0.0:
        _, index, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        return np.asarray(index[inverse.reshape(-1)], dtype=np.intp)
    for i in range(len(rows)):
        same = np.abs(rows[:i] - rows[i]).max(axis=1, initial=0.0) <= scale
        if same.any():
            first[i] = first[int(np.argmax(same))]
    return first
