"""Name of a nonlinearity -> its function and derivative on NumPy arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
LEAKY_SLOPE = 0.01  # torch's and Keras's usual slope of leaky_relu


@dataclass(frozen=True)
class Nonlinearity:
    """An elementwise function and its derivative.

    Attributes:
        value: preactivation z -> activation a, same shape and dtype.
        derivative: (z, a) -> f'(z); a = f(z) saves work where the derivative is known from it.
        largest_slope: maximum of f', where the function is bounded and so can saturate; else None.
    """

    value: Callable[[Array], Array]
    derivative: Callable[[Array, Array], Array]
    largest_slope: float | None = None


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)): exactly 0.5 at 0, exactly 1 above 36.8, 0 where exp overflows."""
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-z)))


def _gelu(z: Array) -> Array:
    return np.asarray(z * _normal_cdf(z), dtype=z.dtype)


def _gelu_derivative(z: Array, a: Array) -> Array:
    density = np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    return np.asarray(_normal_cdf(z) + z * density, dtype=z.dtype)


def _normal_cdf(z: Array) -> Array:
    from scipy.special import ndtr

    return np.asarray(ndtr(z))


def _silu_derivative(z: Array, a: Array) -> Array:
    s = sigmoid(z)
    return np.asarray(s * (1 + z * (1 - s)))


TABLE = {
    # ReLU's slope at 0 is 0, as in the documents and in torch.
    "relu": Nonlinearity(lambda z: np.maximum(z, 0), lambda z, a: (z > 0).astype(z.dtype)),
    "leaky_relu": Nonlinearity(
        lambda z: np.where(z > 0, z, z.dtype.type(LEAKY_SLOPE) * z),
        lambda z, a: np.where(z > 0, z.dtype.type(1), z.dtype.type(LEAKY_SLOPE)),
    ),
    "tanh": Nonlinearity(np.tanh, lambda z, a: 1 - a * a, largest_slope=1.0),
    "sigmoid": Nonlinearity(sigmoid, lambda z, a: a * (1 - a), largest_slope=0.25),
    "elu": Nonlinearity(
        lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
        lambda z, a: np.where(z > 0, z.dtype.type(1), a + 1),
    ),
    "gelu": Nonlinearity(_gelu, _gelu_derivative),
    "silu": Nonlinearity(lambda z: z * sigmoid(z), _silu_derivative),
    "softplus": Nonlinearity(
        lambda z: np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))), lambda z, a: sigmoid(z)
    ),
    "sin": Nonlinearity(np.sin, lambda z, a: np.cos(z)),
    "linear": Nonlinearity(lambda z: z, lambda z, a: np.ones_like(z)),
}


def nonlinearity(name: str) -> Nonlinearity:
    """Return the functions of one of :data:`initlab.networks.dense.NONLINEARITIES`."""
    return TABLE[name]
