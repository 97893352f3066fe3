"""Matrices with orthonormal rows or columns, uniform among all of them."""

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
class Orthogonal:
    """``gain`` times a Haar-distributed (out, in) matrix: every singular value is ``gain``.

    Rows are orthonormal where ``out <= into``, else columns.

    Example:
        >>> Orthogonal(gain=2.0, out=64, into=128).std
        0.17677669529663687
    """

    gain: float
    out: int
    into: int

    def __post_init__(self) -> None:
        where = "Orthogonal"
        object.__setattr__(self, "gain", spread("gain", self.gain, where=where))
        for argument in ("out", "into"):
            checked = whole_number(argument, getattr(self, argument), minimum=1, where=where)
            object.__setattr__(self, argument, checked)

    @property
    def mean(self) -> float:
        """Mean of an entry: 0, for a reflection is as likely."""
        return 0.0

    @property
    def std(self) -> float:
        """Standard deviation of an entry: a unit vector shared among the longer side."""
        return self.gain / math.sqrt(max(self.out, self.into))

    def density(self, x: ArrayLike) -> Array | None:
        """Return the density of one coordinate of a point uniform on a sphere, at ``x``.

        In n dimensions it is proportional to ``(1 - t**2) ** ((n - 3) / 2)``, t = x / gain;
        for n = 1 the entries are atoms and there is none.
        """
        n = max(self.out, self.into)
        if n == 1:
            return None
        t = np.asarray(x, dtype=np.float64) / self.gain
        logarithm = math.lgamma(n / 2) - math.lgamma((n - 1) / 2)
        peak = math.exp(logarithm) / (math.sqrt(math.pi) * self.gain)
        room = np.maximum(1 - t * t, 0.0)
        with np.errstate(divide="ignore"):  # n = 2: the density grows without bound at the edge
            return np.where(np.abs(t) <= 1, peak * room ** ((n - 3) / 2), 0.0)

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Array:
        """Return matrices from the QR decomposition of normal ones.

        The sign fix makes Q unique, hence uniform: LAPACK alone leaves the signs of R's diagonal
        to its algorithm (Mezzadri 2007, arXiv:math-ph/0609050).
        """
        stack = matrices(shape, (self.out, self.into), where="Orthogonal")[:-2]
        tall = (max(self.out, self.into), min(self.out, self.into))
        q, r = np.linalg.qr(generator.standard_normal((*stack, *tall)))
        q = q * np.copysign(1.0, np.diagonal(r, axis1=-2, axis2=-1))[..., None, :]
        weight = q if self.out >= self.into else np.swapaxes(q, -2, -1)
        with np.errstate(over="ignore"):  # draw() refuses what is not finite, by name
            return np.ascontiguousarray(self.gain * weight, dtype=np.float64)
