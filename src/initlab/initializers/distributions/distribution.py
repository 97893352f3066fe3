"""What every distribution offers: exact moments, density, and a draw from a given generator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from initlab.randomness import RandomSource
from initlab.validation import finite_number

if TYPE_CHECKING:
    from jaxtyping import Float64

Array = NDArray[np.float64]


@runtime_checkable
class Distribution(Protocol):
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

    def density(self, x: ArrayLike) -> Float64[Array, "*x"] | None:
        """Return the density of an entry at ``x``, or None where atoms leave no density."""
        return None

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return a float64 array of ``shape``, drawn from ``generator`` alone."""


def spread(argument: str, value: Any, *, where: str) -> float:
    """Return a finite number > 0; 0 is refused with the name of the init that means it."""
    is_zero = isinstance(value, (int, float)) and not isinstance(value, bool) and value == 0
    hint = "For weights that are all 0, use the init zeros." if is_zero else ""
    return finite_number(argument, value, above=0, where=where, hint=hint)
