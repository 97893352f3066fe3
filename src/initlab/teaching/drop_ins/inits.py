"""Layer widths, a seed -> the courses' three initializations, by NumPy's global generator."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from initlab.initialization import parameter_shapes

Array = NDArray[np.float64]
LARGE_RULE = "The weights must be randn numbers multiplied by 10."
HE_RULE = (
    "The weights must be randn numbers multiplied by sqrt(2 / n), where n is the width of the "
    "previous layer."
)


def large_std(fan_in: int) -> float:
    """Return 10: the documents' "large random values"."""
    return 10.0


def he_std(fan_in: int) -> float:
    """Return sqrt(2 / fan_in): He et al. 2015, eq. 10."""
    return math.sqrt(2.0 / fan_in)


def initialize_parameters_zeros(layers_dims: Sequence[int]) -> dict[str, Array]:
    """Return W1, b1, W2, b2, ...: all zero. W is (out, in), b is (out, 1)."""
    return {name: np.zeros(shape) for name, shape in parameter_shapes(list(layers_dims)).items()}


def initialize_parameters_random(layers_dims: Sequence[int], seed: int) -> dict[str, Array]:
    """Return normal weights of std 10 and zero biases; seeds NumPy's global generator."""
    return _drawn(layers_dims, seed, large_std)


def initialize_parameters_he(layers_dims: Sequence[int], seed: int) -> dict[str, Array]:
    """Return normal weights of std sqrt(2 / fan_in) and zero biases; seeds NumPy's generator."""
    return _drawn(layers_dims, seed, he_std)


def _drawn(layers_dims: Sequence[int], seed: int, std: Callable[[int], float]) -> dict[str, Array]:
    shapes = parameter_shapes(list(layers_dims))
    np.random.seed(seed)  # noqa: NPY002 - the courses' cells after this one rely on it
    return {
        name: np.random.randn(*shape) * std(shape[1])  # noqa: NPY002
        if name.startswith("W")
        else np.zeros(shape)
        for name, shape in shapes.items()
    }
