"""Points of one feature, weights and biases of a stack -> preactivations, in one pass.

numba compiles the loop when a dtype first meets it, and keeps the machine code.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from initlab.compiling import compiled

Array = NDArray[np.floating]


def scale_and_shift(x: Array, weight: Array, bias: Array) -> Array:
    """Return x weight + bias, shape (stack, n, width), with the bits of two NumPy operations.

    Args:
        x: one column, shape (n, 1).
        weight: shape (stack, 1, width).
        bias: shape (stack, 1, width).
    """
    z = np.empty((len(weight), len(x), weight.shape[-1]))
    _fill(np.ascontiguousarray(x[:, 0]), weight[:, 0, :].copy(), bias[:, 0, :].copy(), z)
    return z


@compiled
def _fill(x: Array, weight: Array, bias: Array, z: Array) -> None:
    for member in range(z.shape[0]):
        for unit in range(z.shape[2]):
            w, b = weight[member, unit], bias[member, unit]
            for sample in range(z.shape[1]):
                z[member, sample, unit] = x[sample] * w + b  # no fastmath: two roundings
