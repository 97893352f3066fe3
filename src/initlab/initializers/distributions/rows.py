"""Rows of weights whose entries depend on each other: of a given length, sum or count."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from initlab.errors import ShapeError, invalid_argument
from initlab.initializers.distributions.distribution import Array, Distribution, spread
from initlab.initializers.distributions.independent import Normal
from initlab.initializers.distributions.matrices import check_sides, stack_of
from initlab.randomness import RandomSource
from initlab.validation import whole_number

if TYPE_CHECKING:
    from jaxtyping import Float64


@dataclass(frozen=True)
class UniformDirection(Distribution):
    """Rows of one length, in the direction of a point uniform in a cube around 0.

    Attributes:
        length: Euclidean length of every row.
        into: inputs of a unit.

    Example:
        >>> UniformDirection(length=3.0, into=9).std
        1.0
    """

    length: float
    into: int
    mean = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", spread("length", self.length, where="UniformDirection"))
        into = whole_number("into", self.into, minimum=1, where="UniformDirection")
        object.__setattr__(self, "into", into)

    @property
    def std(self) -> float:
        """Standard deviation of an entry: the length shared among the inputs."""
        return self.length / math.sqrt(self.into)

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return rows of uniform numbers, each brought to its length."""
        rows = 1 - 2 * np.asarray(generator.random(shape), dtype=np.float64)  # never all 0
        return np.asarray(self.length * rows / np.linalg.norm(rows, axis=-1, keepdims=True))


@dataclass(frozen=True)
class ZeroSum:
    """Normal entries less the mean of their row, so that every row sums to 0.

    Attributes:
        std: standard deviation of an entry, after the mean is gone.
        into: inputs of a unit, 2 at least.

    Example:
        >>> ZeroSum(std=0.5, into=4).std
        0.5
    """

    std: float
    into: int
    mean: ClassVar[float] = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "std", spread("std", self.std, where="ZeroSum"))
        if whole_number("into", self.into, minimum=1, where="ZeroSum") < 2:
            expected = (
                "2 or more, because the weights of a unit sum to 0 and a single weight would be 0"
            )
            raise invalid_argument("fan_in", expected, self.into, where="ZeroSum", kind=ShapeError)

    def density(self, x: ArrayLike) -> Float64[Array, "*x"] | None:
        """Return the density at ``x``: an entry alone is normal."""
        return Normal(0.0, self.std).density(x)

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return centred rows, widened by what centring takes away."""
        z = np.asarray(generator.standard_normal(shape), dtype=np.float64)
        z = z - z.mean(axis=-1, keepdims=True)
        return np.asarray(self.std / math.sqrt(1 - 1 / self.into) * z)


@dataclass(frozen=True)
class FewInputs(Distribution):
    """An (out, in) matrix in which every unit has ``inputs`` normal weights, the rest 0.

    Attributes:
        inputs: weights of a unit that are not 0; all where it has fewer.
        nonzero_std: standard deviation of those.
        out: units.
        into: inputs of a unit.

    Example:
        >>> FewInputs(inputs=4, nonzero_std=1.0, out=8, into=16).std
        0.5
    """

    inputs: int
    nonzero_std: float
    out: int
    into: int
    mean = 0.0

    def __post_init__(self) -> None:
        where = "FewInputs"
        object.__setattr__(self, "nonzero_std", spread("std", self.nonzero_std, where=where))
        inputs = whole_number("inputs", self.inputs, minimum=1, where=where)
        object.__setattr__(self, "inputs", inputs)
        check_sides(self)

    @property
    def std(self) -> float:
        """Standard deviation of an entry picked at random, zeros counted."""
        return self.nonzero_std * math.sqrt(min(self.inputs, self.into) / self.into)

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return the matrix, or a stack of independent ones."""
        widths = stack_of(self, shape)
        weight = self.nonzero_std * np.asarray(generator.standard_normal(widths))
        ranking = np.argsort(generator.random(widths), axis=-1, kind="stable")
        np.put_along_axis(weight, ranking[..., self.inputs :], 0.0, axis=-1)
        return weight
