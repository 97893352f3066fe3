"""Normal entries, of which a fixed number per input is zero."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from initlab.errors import refusal
from initlab.initializers.laws.law import Array, matrices
from initlab.initializers.spread import spread
from initlab.randomness import RandomSource
from initlab.validation import finite_number, whole_number


@dataclass(frozen=True)
class Sparse:
    """An (out, in) matrix with ``ceil(sparsity * out)`` zeros in each column, the rest normal.

    Attributes:
        sparsity: share of zeros among one input's outgoing weights, 0 <= sparsity < 1.
        nonzero_std: standard deviation of the entries that are kept.
        out: output units.
        into: inputs.
        allow_dead: whether a unit may be left without any input.

    Example:
        >>> law = Sparse(sparsity=0.75, nonzero_std=0.01, out=8, into=100)
        >>> law.zeros_per_column, law.std
        (6, 0.005)
    """

    sparsity: float
    nonzero_std: float
    out: int
    into: int
    allow_dead: bool = False

    def __post_init__(self) -> None:
        where = "Sparse"
        sparsity = finite_number("sparsity", self.sparsity, minimum=0, below=1, where=where)
        object.__setattr__(self, "sparsity", sparsity)
        object.__setattr__(self, "nonzero_std", spread("std", self.nonzero_std, where=where))
        for argument in ("out", "into"):
            checked = whole_number(argument, getattr(self, argument), minimum=1, where=where)
            object.__setattr__(self, argument, checked)
        if not isinstance(self.allow_dead, bool):
            raise refusal("allow_dead", "True or False", self.allow_dead, where=where)

    @property
    def zeros_per_column(self) -> int:
        """Zeros among the outgoing weights of each input, rounded up as torch does."""
        return math.ceil(self.sparsity * self.out)

    @property
    def mean(self) -> float:
        """Mean of an entry: 0."""
        return 0.0

    @property
    def std(self) -> float:
        """Standard deviation of an entry picked at random, zeros counted."""
        return self.nonzero_std * math.sqrt(1 - self.zeros_per_column / self.out)

    def density(self, x: ArrayLike) -> Array | None:
        """Return None: the atom at 0 has no density."""
        return None

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Array:
        """Return the matrix, or a stack of independent ones.

        Raises:
            ArgumentError: a unit has no input left, and ``allow_dead`` is False.
        """
        widths = matrices(shape, (self.out, self.into), where="Sparse")
        weight = self.nonzero_std * np.asarray(generator.standard_normal(widths))
        ranking = np.argsort(generator.random(widths), axis=-2, kind="stable")
        np.put_along_axis(weight, ranking[..., : self.zeros_per_column, :], 0.0, axis=-2)
        dead = int(np.count_nonzero(~weight.any(axis=-1)))
        if dead and not self.allow_dead:
            units = dead + int(np.count_nonzero(weight.any(axis=-1)))
            raise refusal(
                "sparsity",
                "small enough to leave every unit an input",
                self.sparsity,
                where=f"sparse, weight {widths}: {dead} of {units} units have none",
                hint="allow_dead=True keeps such units.",
            )
        return weight
