"""Layer widths and a seed -> the courses' three starts, drawn from NumPy's global generator."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from initlab.initializers import parameter_shapes

Array = NDArray[np.float64]
LARGE = 10.0  # the documents' "large random values"
LARGE_RULE = "They must be randn numbers multiplied by 10."
HE_RULE = "They must be randn numbers multiplied by sqrt(2 / n), n = width of the layer before."


def zero_parameters(layers_dims: Sequence[int]) -> dict[str, Array]:
    """Return weights and biases that are all zero."""
    return {name: np.zeros(shape) for name, shape in parameter_shapes(list(layers_dims)).items()}


def random_parameters(layers_dims: Sequence[int], seed: int) -> dict[str, Array]:
    """Return normal weights of std 10 and zero biases."""
    return _drawn(layers_dims, seed, lambda fan_in: LARGE)


def he_parameters(layers_dims: Sequence[int], seed: int) -> dict[str, Array]:
    """Return normal weights of std sqrt(2 / fan_in) and zero biases: He et al. 2015, eq. 10."""
    return _drawn(layers_dims, seed, lambda fan_in: float(np.sqrt(2.0 / fan_in)))


def _drawn(layers_dims: Sequence[int], seed: int, std: Callable[[int], float]) -> dict[str, Array]:
    shapes = parameter_shapes(list(layers_dims))
    np.random.seed(seed)  # noqa: NPY002 - the courses' cells after this one rely on it
    return {
        name: np.random.randn(*shape) * std(shape[1])  # noqa: NPY002
        if name.startswith("W")
        else np.zeros(shape)
        for name, shape in shapes.items()
    }
