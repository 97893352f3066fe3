"""A column in its own units <-> the same column on [0, 1]."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scaling:
    """The range of a column, which ``scaled`` maps to [0, 1].

    Attributes:
        low: smallest value, which becomes 0.
        high: largest value, which becomes 1.

    Example:
        >>> scaling = Scaling(low=1.88, high=3.73)
        >>> float(scaling.scaled(2.89).round(9)), float(scaling.original(0.0))
        (0.545945946, 1.88)
    """

    low: float
    high: float

    @classmethod
    def of(cls, values: ArrayLike) -> Scaling:
        """Return the range of a column."""
        return cls(float(np.min(values)), float(np.max(values)))

    def scaled(self, values: ArrayLike) -> Array:
        """Return the values in units of the range; a constant column becomes 0."""
        span = self.high - self.low
        shifted = np.asarray(values, dtype=np.float64) - self.low
        return np.asarray(shifted / span if span > 0 else np.zeros_like(shifted))

    def original(self, values: ArrayLike) -> Array:
        """Return scaled values in the column's own units."""
        return np.asarray(np.asarray(values, dtype=np.float64) * (self.high - self.low) + self.low)
