"""One value everywhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from initlab.initializers.laws.law import Array
from initlab.randomness import RandomSource
from initlab.validation import finite_number


@dataclass(frozen=True)
class Constant:
    """Every entry is ``value``; a draw takes nothing from the generator.

    Example:
        >>> Constant(0.5).mean, Constant(0.5).std
        (0.5, 0.0)
    """

    value: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", finite_number("value", self.value, where="Constant"))

    @property
    def mean(self) -> float:
        """Mean of an entry: the value."""
        return self.value

    @property
    def std(self) -> float:
        """Standard deviation of an entry: 0."""
        return 0.0

    def density(self, x: ArrayLike) -> Array | None:
        """Return None: an atom has no density."""
        return None

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Array:
        """Return an array of ``shape`` filled with the value."""
        return np.full(shape, self.value, dtype=np.float64)
