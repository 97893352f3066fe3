"""Distributions made of others: at a kernel's centre, mirrored, in blocks, packed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from initlab.errors import ShapeError, invalid_argument
from initlab.initializers.distributions.distribution import Array, Distribution
from initlab.randomness import RandomSource
from initlab.validation import whole_number

if TYPE_CHECKING:
    from jaxtyping import Float64


@dataclass(frozen=True)
class CentreTap(Distribution):
    """A kernel that is 0 but at one position, where a matrix of another distribution stands.

    Attributes:
        tap: distribution of the matrix.
        positions: positions of the kernel.
        centre: the one that is not 0, in C order.

    Example:
        >>> from initlab.initializers.distributions import Normal
        >>> CentreTap(tap=Normal(0.0, 3.0), positions=9, centre=4).std
        1.0
    """

    tap: Distribution
    positions: int
    centre: int

    def __post_init__(self) -> None:
        where = "CentreTap"
        positions = whole_number("positions", self.positions, minimum=1, where=where)
        whole_number("centre", self.centre, minimum=0, maximum=positions - 1, where=where)

    @property
    def mean(self) -> float:
        """Mean of an entry picked at random, zeros counted."""
        return self.tap.mean / self.positions

    @property
    def std(self) -> float:
        """Standard deviation of an entry picked at random, zeros counted."""
        between = self.tap.mean**2 * (1 - 1 / self.positions)
        return math.sqrt((self.tap.std**2 + between) / self.positions)

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return the (out, in x positions) matrix, or a stack of such."""
        *stack, columns = shape
        if columns % self.positions:
            expected = (
                f"(..., out, in * {self.positions}), for a kernel of {self.positions} positions"
            )
            raise invalid_argument(
                "shape", expected, tuple(shape), where="CentreTap", kind=ShapeError
            )
        weight = np.zeros((*stack, columns // self.positions, self.positions))
        weight[..., self.centre] = self.tap.draw(weight.shape[:-1], generator)
        return weight.reshape(shape)


@dataclass(frozen=True)
class Mirrored(Distribution):
    """A matrix ``[[W, -W], [-W, W]]``, or its first row ``[W, -W]``.

    Attributes:
        quarter: distribution of W, of mean 0.
        rows: 2 for both rows, 1 for the first.

    Example:
        >>> from initlab.initializers.distributions import Normal
        >>> Mirrored(quarter=Normal(0.0, 3.0), rows=2).std
        3.0
    """

    quarter: Distribution
    rows: int
    mean = 0.0

    def __post_init__(self) -> None:
        whole_number("rows", self.rows, minimum=1, maximum=2, where="Mirrored")

    @property
    def std(self) -> float:
        """Standard deviation of an entry: that of W."""
        return math.hypot(self.quarter.std, self.quarter.mean)

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return the matrix, or a stack of independent ones."""
        *stack, out, into = shape
        if out % self.rows or into % 2:
            expected = "one with an even number of inputs"
            expected += " and an even number of outputs" if self.rows == 2 else ""
            raise invalid_argument(
                "shape", expected, tuple(shape), where="Mirrored", kind=ShapeError
            )
        w = self.quarter.draw((*stack, out // self.rows, into // 2), generator)
        first = np.concatenate([w, -w], axis=-1)
        return first if self.rows == 1 else np.concatenate([first, -first], axis=-2)


@dataclass(frozen=True)
class Blocks(Distribution):
    """A matrix whose rows are cut into equal blocks, drawn independently from one distribution.

    Attributes:
        block: distribution of a block.
        count: number of blocks.

    Example:
        >>> from initlab.initializers.distributions import Orthogonal
        >>> Blocks(block=Orthogonal(gain=1.0, out=4, into=4), count=3).std
        0.5
    """

    block: Distribution
    count: int

    def __post_init__(self) -> None:
        whole_number("count", self.count, minimum=1, where="Blocks")

    @property
    def mean(self) -> float:
        """Mean of an entry: that of a block's."""
        return self.block.mean

    @property
    def std(self) -> float:
        """Standard deviation of an entry: that of a block's."""
        return self.block.std

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return the matrix, or a stack of such."""
        *stack, out, into = shape
        if out % self.count:
            expected = f"one whose number of rows is a multiple of {self.count}"
            raise invalid_argument("shape", expected, tuple(shape), where="Blocks", kind=ShapeError)
        blocks = self.block.draw((*stack, self.count, out // self.count, into), generator)
        return blocks.reshape(shape)


@dataclass(frozen=True)
class Packed(Distribution):
    """Matrices that are packed into one weight, each with a distribution of its own.

    Attributes:
        distributions: of the matrices, in order.

    Example:
        >>> from initlab.initializers.distributions import Normal
        >>> Packed(distributions=(Normal(0.0, 1.0), Normal(0.0, 7.0))).std
        5.0
    """

    distributions: tuple[Distribution, ...]

    @property
    def mean(self) -> float:
        """Mean of an entry of any of them."""
        return sum(one.mean for one in self.distributions) / len(self.distributions)

    @property
    def std(self) -> float:
        """Standard deviation of an entry of any of them."""
        square = sum(one.std**2 + one.mean**2 for one in self.distributions) / len(
            self.distributions
        )
        return math.sqrt(square - self.mean**2)

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return the stack of matrices; one of several times as many begins again."""
        *stack, count, out, into = shape if len(shape) > 2 else (1, *shape)
        several = len(self.distributions)
        if count % several:
            expected = f"(..., n, out, in) in which n is a multiple of {several}"
            raise invalid_argument("shape", expected, tuple(shape), where="Packed", kind=ShapeError)
        one = (*stack, out, into)
        drawn = [
            self.distributions[k % len(self.distributions)].draw(one, generator)
            for k in range(count)
        ]
        return np.stack(drawn, axis=-3)
