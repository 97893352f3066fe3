"""The distribution of a matrix some of whose entries are given, such as one that a reader typed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from initlab.initializers.distributions.distribution import Array, Distribution
from initlab.randomness import RandomSource

if TYPE_CHECKING:
    from jaxtyping import Float64


@dataclass(frozen=True)
class WithEntries(Distribution):
    """A matrix of another distribution, in which some entries are numbers.

    Attributes:
        distribution: of the other entries.
        shape: of the matrix.
        entries: ((row, column), number) of those that are given.

    Example:
        >>> from initlab.initializers.distributions import Constant
        >>> WithEntries(Constant(1.0), (2, 2), (((0, 1), 5.0),)).mean
        2.0
    """

    distribution: Distribution
    shape: tuple[int, int]
    entries: tuple[tuple[tuple[int, int], float], ...]

    @property
    def mean(self) -> float:
        """Mean of an entry picked at random, the given ones counted."""
        size = math.prod(self.shape)
        return self.distribution.mean + math.fsum(
            (one - self.distribution.mean) / size for _, one in self.entries
        )

    @property
    def std(self) -> float:
        """Standard deviation of an entry picked at random, the given ones counted."""
        size, mean = math.prod(self.shape), self.mean
        drawn = math.sqrt(size - len(self.entries))
        away = (one - mean for _, one in self.entries)
        # hypot: squares would overflow, and their differences lose a small std
        return math.hypot(
            drawn * self.distribution.std, drawn * (self.distribution.mean - mean), *away
        ) / math.sqrt(size)

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return a draw of the other distribution, with the given entries in their places."""
        drawn = self.distribution.draw(shape, generator)
        for place, value in self.entries:
            drawn[place] = value
        return drawn
