"""A whole (out, in) matrix in which nothing is random: cosines, sinusoids, Hadamard's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from initlab.errors import ShapeError, invalid_argument
from initlab.initializers.distributions.distribution import Array, Distribution, spread
from initlab.initializers.distributions.matrices import check_sides, stack_of
from initlab.randomness import RandomSource

if TYPE_CHECKING:
    from jaxtyping import Float64


@dataclass(frozen=True)
class Cosines(Distribution):
    """``gain`` times rows (or columns, the fewer) of the orthonormal cosine transform, DCT-II.

    Example:
        >>> round(Cosines(gain=1.0, out=2, into=4).std, 6)
        0.433013
    """

    gain: float
    out: int
    into: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "gain", spread("gain", self.gain, where="Cosines"))
        check_sides(self)

    @property
    def mean(self) -> float:
        """Mean of an entry: only the constant row or column has a sum."""
        longer, shorter = max(self.out, self.into), min(self.out, self.into)
        return self.gain / (shorter * math.sqrt(longer))

    @property
    def std(self) -> float:
        """Standard deviation of an entry picked at random."""
        longer, shorter = max(self.out, self.into), min(self.out, self.into)
        return self.gain * math.sqrt((1 - 1 / shorter**2) / longer)

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return the matrix, or a stack of equal ones; the generator is left alone."""
        widths = stack_of(self, shape)
        longer, shorter = max(self.out, self.into), min(self.out, self.into)
        k, j = np.arange(shorter)[:, None], np.arange(longer)
        rows = np.cos(math.pi * (2 * j + 1) * k / (2 * longer)) * math.sqrt(2 / longer)
        rows[0] = 1 / math.sqrt(longer)
        weight = self.gain * (rows if self.out <= self.into else rows.T)
        return np.broadcast_to(weight, widths).copy()


@dataclass(frozen=True)
class Sinusoids(Distribution):
    """Unit i is a wave, ``a sin(i (2 pi j / in + 2 pi / out))`` over its inputs j, i from 1.

    Attributes:
        spread_of: standard deviation over all entries, which gives a.
        out: units.
        into: inputs of a unit.

    Example:
        >>> Sinusoids(spread_of=0.5, out=8, into=16).std
        0.5
    """

    spread_of: float
    out: int
    into: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "spread_of", spread("std", self.spread_of, where="Sinusoids"))
        check_sides(self)
        if not self._unit_moments()[1] > 1e-12:
            sides = (self.out, self.into)
            expected = "a shape (out, in) for which sine waves give weights that are not all equal"
            raise invalid_argument("shape", expected, sides, where="Sinusoids", kind=ShapeError)

    @property
    def std(self) -> float:
        """Standard deviation over the entries."""
        return self.spread_of

    @property
    def mean(self) -> float:
        """Mean of the entries: 0 but where a wave has the frequency of the grid."""
        mean, variance = self._unit_moments()
        return self.spread_of * mean / math.sqrt(variance)

    def _unit_moments(self) -> tuple[float, float]:
        """Return mean and variance of the waves of amplitude 1."""
        i = np.arange(1, self.out + 1)
        sums = np.where(i % self.into == 0, np.sin(2 * math.pi * i / self.out), 0.0)
        aliased = np.where(2 * i % self.into == 0, np.cos(4 * math.pi * i / self.out), 0.0)
        mean = float(sums.mean())
        return mean, float((1 - aliased).mean()) / 2 - mean**2

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return the matrix, or a stack of equal ones; the generator is left alone."""
        widths = stack_of(self, shape)
        i = np.arange(1, self.out + 1)[:, None]
        # whole turns are left out before the sine sees them
        turns = i * np.arange(self.into) % self.into / self.into + i % self.out / self.out
        waves = np.sin(2 * math.pi * turns)
        weight = self.spread_of / math.sqrt(self._unit_moments()[1]) * waves
        return np.broadcast_to(weight, widths).copy()


@dataclass(frozen=True)
class HadamardIdentity(Distribution):
    """The identity, padded with 0; of a matrix with more rows, columns of a Hadamard matrix.

    Attributes:
        out: units.
        into: inputs of a unit.

    Example:
        >>> HadamardIdentity(out=4, into=2).draw((4, 2), np.random.default_rng())[:, 1].tolist()
        [0.5, -0.5, 0.5, -0.5]
    """

    out: int
    into: int

    def __post_init__(self) -> None:
        check_sides(self)

    @property
    def _order(self) -> int:
        return 1 << (self.out - 1).bit_length()

    @property
    def mean(self) -> float:
        """Mean of an entry picked at random."""
        if self.out <= self.into:
            return 1 / self.into
        return self._mean_sign / math.sqrt(self._order)

    @property
    def std(self) -> float:
        """Standard deviation of an entry picked at random."""
        if self.out <= self.into:
            return math.sqrt(1 / self.into * (1 - 1 / self.into))
        return math.sqrt((1 - self._mean_sign**2) / self._order)

    @property
    def _mean_sign(self) -> float:
        return _hadamard_sum(self.out, self.into, self._order) / (self.out * self.into)

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return the matrix, or a stack of equal ones; the generator is left alone."""
        widths = stack_of(self, shape)
        weight = np.eye(self.out, self.into)
        if self.out > self.into:
            common = np.arange(self.out)[:, None] & np.arange(self.into)
            weight = (1 - 2.0 * (np.bitwise_count(common) % 2)) / math.sqrt(self._order)
        return np.broadcast_to(weight, widths).copy()


def _hadamard_sum(rows: int, columns: int, order: int) -> int:
    """Return the sum of the first rows and columns of the Hadamard matrix of this order."""
    if rows <= 0 or columns <= 0:
        return 0
    if rows >= order:  # of whole columns all but the first sum to 0
        return order
    if columns >= order:
        return order
    half = order // 2
    upper, left = min(rows, half), min(columns, half)
    return (
        _hadamard_sum(upper, left, half)
        + _hadamard_sum(upper, columns - half, half)
        + _hadamard_sum(rows - half, left, half)
        - _hadamard_sum(rows - half, columns - half, half)
    )
