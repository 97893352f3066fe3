"""Stacks of small layers and errors -> the bits of several NumPy operations, in one pass.

NumPy reads and writes memory once for every operation. Here numba compiles one loop, when a dtype
first meets it, and keeps the machine code. No sum is reordered and nothing is fused: each number
is rounded as often as NumPy rounds it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from initlab.compiling import compiled

Array = NDArray[np.floating]


def scale_and_shift(x: Array, weight: Array, bias: Array) -> Array:
    """Return x weight + bias, shape (stack, n, width).

    Args:
        x: one column, shape (n, 1).
        weight: shape (stack, 1, width).
        bias: shape (stack, 1, width).
    """
    z = np.empty((len(weight), len(x), weight.shape[-1]))
    _fill(np.ascontiguousarray(x[:, 0]), weight[:, 0, :].copy(), bias[:, 0, :].copy(), z)
    return z


def half_squares(z: Array, y: Array) -> Array:
    """Return ½ (z - y)², shape (stack, n).

    Args:
        z: float64, shape (stack, n).
        y: float64, shape (n,).
    """
    result = np.empty(z.shape)
    _half_squares(z, y, result)
    return result


@compiled
def _fill(x: Array, weight: Array, bias: Array, z: Array) -> None:
    for member in range(z.shape[0]):
        for unit in range(z.shape[2]):
            w, b = weight[member, unit], bias[member, unit]
            for sample in range(z.shape[1]):
                z[member, sample, unit] = x[sample] * w + b  # no fastmath: two roundings


@compiled
def _half_squares(z: Array, y: Array, result: Array) -> None:
    for member in range(z.shape[0]):
        for sample in range(z.shape[1]):
            error = z[member, sample] - y[sample]
            result[member, sample] = error * error * 0.5
