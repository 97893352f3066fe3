"""Distributions whose entries are independent: one value everywhere, normal, uniform."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from initlab.errors import invalid_argument
from initlab.initializers.distributions.distribution import Array, Distribution, spread
from initlab.randomness import RandomSource
from initlab.validation import finite_number

if TYPE_CHECKING:
    from jaxtyping import Float64

FEWEST_STEPS = 32  # of float64 between the ends of a uniform distribution


@dataclass(frozen=True)
class Constant(Distribution):
    """Every entry is ``value``; a draw takes nothing from the generator.

    Example:
        >>> Constant(0.5).mean, Constant(0.5).std
        (0.5, 0.0)
    """

    value: float
    std = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", finite_number("value", self.value, where="Constant"))

    @property
    def mean(self) -> float:
        """Mean of an entry: the value."""
        return self.value

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return an array of ``shape`` filled with the value."""
        return np.full(shape, self.value, dtype=np.float64)


@dataclass(frozen=True)
class Normal:
    """Independent normal entries.

    Example:
        >>> distribution = Normal(mean=0.0, std=2.0)
        >>> round(float(distribution.density(0.0)), 6)
        0.199471
    """

    mean: float
    std: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean", finite_number("mean", self.mean, where="Normal"))
        object.__setattr__(self, "std", spread("std", self.std, where="Normal"))

    def density(self, x: ArrayLike) -> Float64[Array, "*x"] | None:
        """Return the density at ``x``, in 1 / units of ``x``."""
        z = (np.asarray(x, dtype=np.float64) - self.mean) / self.std
        density: Array = np.exp(-0.5 * z * z) / (self.std * math.sqrt(2 * math.pi))
        return density

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return ``mean + std * z``: with mean 0 the bits of the course's ``randn(...) * std``."""
        z = generator.standard_normal(shape)
        with np.errstate(over="ignore"):  # draw() refuses what is not finite, by name
            return self.mean + self.std * np.asarray(z, dtype=np.float64)


@dataclass(frozen=True)
class Uniform:
    """Independent entries, uniform from ``low`` to ``high``.

    Example:
        >>> Uniform(low=-3.0, high=3.0).std
        1.7320508075688774
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        low = finite_number("low", self.low, where="Uniform")
        high = finite_number("high", self.high, where="Uniform")
        if low >= high:
            equal = f"For weights that are all {low:g}, use constant(value={low:g})."
            hint = equal if low == high else ""
            raise invalid_argument("low", f"below high = {high:g}", low, where="Uniform", hint=hint)
        if not math.isfinite(high - low):
            raise invalid_argument("high", "within 1.7e308 of low", high, where="Uniform")
        if high - low < FEWEST_STEPS * math.ulp(max(abs(low), abs(high))):
            expected = (
                f"so far above low that at least {FEWEST_STEPS} float64 numbers lie between low "
                "and high"
            )
            raise invalid_argument("high", expected, high, where="Uniform")
        object.__setattr__(self, "low", low)
        object.__setattr__(self, "high", high)

    @property
    def mean(self) -> float:
        """Mean of an entry: the middle."""
        return self.low + (self.high - self.low) / 2

    @property
    def std(self) -> float:
        """Standard deviation of an entry: the width over the square root of 12."""
        return (self.high - self.low) / math.sqrt(12)

    def density(self, x: ArrayLike) -> Float64[Array, "*x"] | None:
        """Return the density at ``x``: one over the width between the bounds, 0 outside."""
        values = np.asarray(x, dtype=np.float64)
        inside = (values >= self.low) & (values <= self.high)
        return np.where(inside, 1 / (self.high - self.low), 0.0)

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return ``low + (high - low) * u`` with u uniform on [0, 1)."""
        u = np.asarray(generator.random(shape), dtype=np.float64)
        return self.low + (self.high - self.low) * u
