"""Arrays -> the same arrays, changed in one pass where NumPy would need several.

numba compiles a loop when a dtype first meets it and keeps the machine code beside this file, or
in its own cache folder if this one cannot be written. It notices edits in this file only, so
nothing here calls anything from another. Scalars come in the arrays' own dtype: one float64 among
float32 would widen the whole loop.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.compiling import compiled

Array = NDArray[np.floating]


@compiled
def add_bias_and_rectify(z: Array, bias: Array) -> None:
    """ReLU of z + bias; NaN stays NaN. z is (n, units), bias (units,)."""
    zero = z.dtype.type(0)
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            value = z[i, j] + bias[j]
            z[i, j] = zero if value <= zero else value


@compiled
def multiply_by_relu_slope(d: Array, a: Array, scale: np.floating) -> None:
    """Multiply d by ``scale`` where the activation a is positive, by 0 elsewhere."""
    zero = d.dtype.type(0)
    for i in range(d.shape[0]):
        for j in range(d.shape[1]):
            d[i, j] *= scale if a[i, j] > zero else zero


@compiled
def drop(values: Array, random: NDArray[np.uint16], threshold: np.uint16, scale: Any) -> None:
    """Multiply by 0 where the random number is below the threshold, by ``scale`` elsewhere."""
    zero = values.dtype.type(0)
    columns = values.shape[1]
    for i in range(values.shape[0]):
        for j in range(columns):
            values[i, j] *= scale if random[i * columns + j] >= threshold else zero


@compiled
def softmax_cross_entropy(z: Array, target: NDArray[np.intp]) -> float:
    """Turn logits z (n, C) into softmax minus the target's one-hot row; return the sum of losses.

    The caller answers for targets from 0 to C - 1.
    """
    total = 0.0
    for i in range(z.shape[0]):
        top = z[i, 0]
        for c in range(1, z.shape[1]):
            top = max(top, z[i, c])
        picked = z[i, target[i]] - top
        exponentials = z.dtype.type(0)
        for c in range(z.shape[1]):
            z[i, c] = math.exp(z[i, c] - top)
            exponentials += z[i, c]
        for c in range(z.shape[1]):
            z[i, c] /= exponentials
        z[i, target[i]] -= z.dtype.type(1)
        total += math.log(exponentials) - picked
    return total


@compiled
def all_finite(values: Array) -> bool:
    """Whether no entry is infinite or NaN."""
    bad = 0  # counted, not summed as floats: whole numbers may be added in any order, so in lanes
    for p in range(values.size):
        bad += (values[p] - values[p]) != values.dtype.type(0)
    return bad == 0


@compiled
def descend(theta: Array, gradient: Array, share: Any, rate: Any) -> bool:
    """Gradient descent along ``share`` times the gradient; whether theta stays finite."""
    bad = 0
    for p in range(theta.size):
        theta[p] -= rate * (gradient[p] * share)
        bad += (theta[p] - theta[p]) != theta.dtype.type(0)
    return bad == 0


@compiled
def descend_with_momentum(
    theta: Array, gradient: Array, first: Array, share: Any, rate: Any, momentum: Any
) -> bool:
    """The same with momentum, as torch's SGD has it."""
    bad = 0
    for p in range(theta.size):
        first[p] = momentum * first[p] + gradient[p] * share
        theta[p] -= rate * first[p]
        bad += (theta[p] - theta[p]) != theta.dtype.type(0)
    return bad == 0


@compiled
def adam(
    theta: Array,
    gradient: Array,
    first: Array,
    second: Array,
    share: Any,
    rate: Any,  # learning rate / (1 - beta1**t)
    inverse_root: Any,  # 1 / sqrt(1 - beta2**t)
    beta1: Any,
    rest1: Any,  # 1 - beta1
    beta2: Any,
    rest2: Any,  # 1 - beta2
    epsilon: Any,
) -> bool:
    """The same by Adam (Kingma & Ba 2015, algorithm 1)."""
    bad = 0
    for p in range(theta.size):
        g = gradient[p] * share
        first[p] = beta1 * first[p] + rest1 * g
        second[p] = beta2 * second[p] + rest2 * (g * g)
        theta[p] -= rate * first[p] / (math.sqrt(second[p]) * inverse_root + epsilon)
        bad += (theta[p] - theta[p]) != theta.dtype.type(0)
    return bad == 0
