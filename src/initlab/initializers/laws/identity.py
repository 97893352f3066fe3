"""The identity matrix, padded with zeros where it is not square."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from initlab.initializers.laws.law import Array, matrices
from initlab.initializers.spread import spread
from initlab.randomness import RandomSource
from initlab.validation import whole_number


@dataclass(frozen=True)
class Identity:
    """``gain`` on the diagonal of an (out, in) matrix, 0 elsewhere; nothing is random.

    Example:
        >>> Identity(gain=1.0, out=2, into=4).mean
        0.25
    """

    gain: float
    out: int
    into: int

    def __post_init__(self) -> None:
        where = "Identity"
        object.__setattr__(self, "gain", spread("gain", self.gain, where=where))
        for argument in ("out", "into"):
            checked = whole_number(argument, getattr(self, argument), minimum=1, where=where)
            object.__setattr__(self, argument, checked)

    @property
    def mean(self) -> float:
        """Mean of an entry picked at random: the gain times the diagonal's share."""
        return self.gain * self._share

    @property
    def std(self) -> float:
        """Standard deviation of an entry picked at random."""
        return self.gain * math.sqrt(self._share * (1 - self._share))

    @property
    def _share(self) -> float:
        return 1 / max(self.out, self.into)

    def density(self, x: ArrayLike) -> Array | None:
        """Return None: two atoms have no density."""
        return None

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Array:
        """Return the matrix, or a stack of equal ones; the generator is left alone."""
        widths = matrices(shape, (self.out, self.into), where="Identity")
        weight = np.zeros(widths, dtype=np.float64)
        weight[...] = self.gain * np.eye(self.out, self.into)
        return weight
