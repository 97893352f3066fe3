"""The normal law."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from initlab.initializers.laws.law import Array
from initlab.initializers.spread import spread
from initlab.randomness import RandomSource
from initlab.validation import finite_number


@dataclass(frozen=True)
class Normal:
    """Independent normal entries.

    Example:
        >>> law = Normal(mean=0.0, std=2.0)
        >>> round(float(law.density(0.0)), 6)
        0.199471
    """

    mean: float
    std: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean", finite_number("mean", self.mean, where="Normal"))
        object.__setattr__(self, "std", spread("std", self.std, where="Normal"))

    def density(self, x: ArrayLike) -> Array | None:
        """Return the density at ``x``, in 1 / units of ``x``."""
        z = (np.asarray(x, dtype=np.float64) - self.mean) / self.std
        density: Array = np.exp(-0.5 * z * z) / (self.std * math.sqrt(2 * math.pi))
        return density

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Array:
        """Return ``mean + std * z``: with mean 0 the bits of the course's ``randn(...) * std``."""
        z = generator.standard_normal(shape)
        with np.errstate(over="ignore"):  # draw() refuses what is not finite, by name
            return self.mean + self.std * np.asarray(z, dtype=np.float64)
