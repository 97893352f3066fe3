"""The law of a matrix some of whose entries are given, such as one that a reader typed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from initlab.initializers.laws.law import Array, Law
from initlab.randomness import RandomSource

if TYPE_CHECKING:
    from jaxtyping import Float64


@dataclass(frozen=True)
class WithEntries(Law):
    """A matrix of another law, in which some entries are numbers.

    Attributes:
        law: of the other entries.
        shape: of the matrix.
        entries: ((row, column), number) of those that are given.

    Example:
        >>> from initlab.initializers.laws import Constant
        >>> WithEntries(Constant(1.0), (2, 2), (((0, 1), 5.0),)).mean
        2.0
    """

    law: Law
    shape: tuple[int, int]
    entries: tuple[tuple[tuple[int, int], float], ...]

    @property
    def mean(self) -> float:
        """Mean of an entry picked at random, the given ones counted."""
        return self._mean_of(self.law.mean, 1)

    @property
    def std(self) -> float:
        """Standard deviation of an entry picked at random, the given ones counted."""
        square = self._mean_of(self.law.std**2 + self.law.mean**2, 2)
        return math.sqrt(max(square - self.mean**2, 0.0))

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return a draw of the other law, with the given entries in their places."""
        drawn = self.law.draw(shape, generator)
        for place, value in self.entries:
            drawn[place] = value
        return drawn

    def _mean_of(self, drawn: float, power: int) -> float:
        size = math.prod(self.shape)
        given = math.fsum(value**power for _, value in self.entries)
        return (given + (size - len(self.entries)) * drawn) / size
