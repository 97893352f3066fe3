"""What every law offers: its exact moments, its density, and a draw from a given generator."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from initlab.randomness import RandomSource

Array = NDArray[np.float64]


@runtime_checkable
class Law(Protocol):
    """The distribution of a weight's entries, known before any of them is drawn.

    ``mean`` and ``std`` are those of an entry picked at random from the weight, over all draws,
    after any truncation.
    """

    @property
    def mean(self) -> float:
        """Mean of an entry."""

    @property
    def std(self) -> float:
        """Standard deviation of an entry; 0 for a constant."""

    def density(self, x: ArrayLike) -> Array | None:
        """Return the density of an entry at ``x``, or None where atoms leave no density."""
        return None

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Array:
        """Return a float64 array of ``shape``, drawn from ``generator`` alone."""
