"""The normal distribution cut at two absolute bounds, as torch's ``trunc_normal_`` does."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from initlab.errors import invalid_argument
from initlab.initializers.distributions.distribution import Array, spread
from initlab.initializers.distributions.truncated_normal import SMALLEST_MASS, SMALLEST_PROBABILITY
from initlab.randomness import RandomSource
from initlab.validation import finite_number

if TYPE_CHECKING:
    from jaxtyping import Float64

PANELS = 64  # of the window, for its moments
FARTHEST = 39.0  # parent stds: the normal density is 0 beyond, in float64


@dataclass(frozen=True)
class BoundedNormal:
    """Independent entries: a normal distribution, its parent, kept only from ``low`` to ``high``.

    Attributes:
        parent_mean: mean of the parent.
        parent_std: standard deviation of the parent; that of the entries is ``std``.
        low: lower bound.
        high: upper bound.
        mean: mean of an entry, after the cut.
        std: standard deviation of an entry, after the cut.

    Example:
        >>> distribution = BoundedNormal(parent_mean=0.0, parent_std=1.0, low=0.0, high=2.0)
        >>> round(distribution.mean, 9), round(distribution.std, 9)
        (0.722789752, 0.50131455)
    """

    parent_mean: float
    parent_std: float
    low: float
    high: float
    mean: float = field(init=False, repr=False, compare=False)
    std: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        where = "BoundedNormal"
        centre = finite_number("mean", self.parent_mean, where=where)
        scale = spread("std", self.parent_std, where=where)
        low = finite_number("low", self.low, where=where)
        high = finite_number("high", self.high, where=where)
        if low >= high:
            raise invalid_argument("low", f"below high = {high:g}", low, where=where)
        values = {"parent_mean": centre, "parent_std": scale, "low": low, "high": high}
        for name, value in values.items():
            object.__setattr__(self, name, value)
        mass = self._mass
        if not mass >= SMALLEST_MASS:
            window = f"low={low:g}, high={high:g}"
            raise invalid_argument(
                "low",
                "a bound such that at least 1e-6 of the normal distribution lies between low "
                "and high",
                window,
                got=window,
                where=where,
            )
        mean, std = self._moments()
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "std", std)

    @property
    def _window(self) -> tuple[float, float]:
        """Both bounds in parent stds."""
        ends = ((end - self.parent_mean) / self.parent_std for end in (self.low, self.high))
        first, last = (min(max(end, -FARTHEST), FARTHEST) for end in ends)
        return first, last

    @property
    def _mass(self) -> float:
        first, last = self._window
        if first > 0:  # the tails as tails: their difference from 1 has no digits
            first, last = -last, -first
        return (math.erfc(-last / math.sqrt(2)) - math.erfc(-first / math.sqrt(2))) / 2

    def _moments(self) -> tuple[float, float]:
        # the closed form subtracts numbers that agree where the window is narrow or far out
        first, last = self._window
        nodes, weights = np.polynomial.legendre.leggauss(20)
        edges = np.linspace(first, last, PANELS + 1)
        half = (last - first) / (2 * PANELS)
        z = (edges[:-1] + half)[:, None] + half * nodes
        nearest = min(max(0.0, first), last)
        share = weights * np.exp((nearest * nearest - z * z) / 2)
        share /= share.sum()
        mean = float((share * (z - nearest)).sum()) + nearest
        std = math.sqrt(float((share * (z - mean) ** 2).sum()))
        return self.parent_mean + self.parent_std * mean, self.parent_std * std

    def density(self, x: ArrayLike) -> Float64[Array, "*x"] | None:
        """Return the density at ``x``: the parent's over the mass it keeps, 0 outside."""
        values = np.asarray(x, dtype=np.float64)
        z = (values - self.parent_mean) / self.parent_std
        scale = self.parent_std * math.sqrt(2 * math.pi) * self._mass
        inside = (values >= self.low) & (values <= self.high)
        return np.where(inside, np.exp(-0.5 * z * z) / scale, 0.0)

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return draws by the inverse of the cumulative distribution: one uniform per entry."""
        from scipy.special import ndtr, ndtri  # late: scipy costs more than the rest

        u = np.maximum(generator.random(shape), SMALLEST_PROBABILITY)  # 0 is infinitely far out
        first, last = self._window
        if mirrored := first > 0:  # the probabilities of an upper tail have no digits
            first, last, u = -last, -first, 1 - u
        lowest = ndtr(first)
        p = np.minimum(lowest + (ndtr(last) - lowest) * u, 1 - 2 * SMALLEST_PROBABILITY)
        z = -ndtri(p) if mirrored else ndtri(p)
        return np.clip(self.parent_mean + self.parent_std * z, self.low, self.high)
