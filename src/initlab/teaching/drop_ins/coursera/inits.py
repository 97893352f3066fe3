"""Layer widths -> the three reference initializations of the course, at its seed."""

from __future__ import annotations

from collections.abc import Sequence

from initlab.teaching.drop_ins import inits
from initlab.teaching.drop_ins.inits import Array
from initlab.teaching.drop_ins.inits import (
    initialize_parameters_zeros as initialize_parameters_zeros,
)

__all__ = [
    "initialize_parameters_he",
    "initialize_parameters_random",
    "initialize_parameters_zeros",
]

SEED = 3  # as in every edition of the notebook


def initialize_parameters_random(layers_dims: Sequence[int]) -> dict[str, Array]:
    """Return normal weights of std 10 and zero biases; seeds NumPy's global generator with 3.

    Example:
        >>> initialize_parameters_random([3, 2, 1])["W2"].round(8).tolist()
        [[-0.82741481, -6.27000677]]
    """
    return inits.initialize_parameters_random(layers_dims, SEED)


def initialize_parameters_he(layers_dims: Sequence[int]) -> dict[str, Array]:
    """Return normal weights of std sqrt(2 / fan_in) and zero biases; seeds NumPy's generator.

    Example:
        >>> initialize_parameters_he([2, 4, 1])["W1"][0].round(8).tolist()
        [1.78862847, 0.43650985]
    """
    return inits.initialize_parameters_he(layers_dims, SEED)
