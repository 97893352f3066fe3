"""A whole (out, in) matrix: the identity, orthonormal rows or columns, sparse columns."""

from __future__ import annotations

import math
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from initlab.errors import ShapeError, invalid_argument
from initlab.initializers.distributions.distribution import Array, Distribution, spread
from initlab.randomness import RandomSource
from initlab.threads import single_threaded_blas
from initlab.validation import finite_number, whole_number

if TYPE_CHECKING:
    from jaxtyping import Float64

SHARED = 32  # columns from which LAPACK may share the work among threads, and round otherwise
TOGETHER = 16  # rows or columns that are copied at a time
LARGE = 256  # columns from which LAPACK's own call pays: NumPy's copies and transposes first


@dataclass(frozen=True)
class Identity(Distribution):
    """``gain`` on the diagonal of an (out, in) matrix, 0 elsewhere; nothing is random.

    Example:
        >>> Identity(gain=1.0, out=2, into=4).mean
        0.25
    """

    gain: float
    out: int
    into: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "gain", spread("gain", self.gain, where="Identity"))
        check_sides(self)

    @property
    def mean(self) -> float:
        """Mean of an entry picked at random: gain times the share of entries on the diagonal."""
        return self.gain * self._share

    @property
    def std(self) -> float:
        """Standard deviation of an entry picked at random."""
        return self.gain * math.sqrt(self._share * (1 - self._share))

    @property
    def _share(self) -> float:
        return 1 / max(self.out, self.into)

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return the matrix, or a stack of equal ones; the generator is left alone."""
        widths = stack_of(self, shape)
        weight = np.zeros(widths, dtype=np.float64)
        weight[...] = self.gain * np.eye(self.out, self.into)
        return weight


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
    mean = 0.0  # a reflection is as likely

    def __post_init__(self) -> None:
        object.__setattr__(self, "gain", spread("gain", self.gain, where="Orthogonal"))
        check_sides(self)

    @property
    def std(self) -> float:
        """Standard deviation of an entry: a unit vector shared among the longer side."""
        return self.gain / math.sqrt(max(self.out, self.into))

    def density(self, x: ArrayLike) -> Float64[Array, "*x"] | None:
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

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return matrices from the QR decomposition of normal ones.

        The sign fix makes Q unique, hence uniform: LAPACK alone leaves the signs of R's diagonal
        to its algorithm (Mezzadri 2007, arXiv:math-ph/0609050).
        """
        stack = stack_of(self, shape)[:-2]
        tall = (max(self.out, self.into), min(self.out, self.into))
        normal = np.asarray(generator.standard_normal((*stack, *tall)))
        q, signs = _qr(normal) if stack or tall[1] < LARGE else _large_qr(normal)
        with np.errstate(over="ignore"):  # draw() refuses what is not finite, by name
            q = np.multiply(q, (self.gain * signs)[..., None, :], out=q)
        weight = q if self.out >= self.into else np.swapaxes(q, -2, -1)
        return np.ascontiguousarray(weight) if stack else _reordered(weight, "C")


@dataclass(frozen=True)
class Sparse(Distribution):
    """An (out, in) matrix with ``ceil(sparsity * out)`` zeros in each column, the rest normal.

    Attributes:
        sparsity: share of zeros among one input's outgoing weights, 0 <= sparsity < 1.
        nonzero_std: standard deviation of the entries that are kept.
        out: output units.
        into: inputs.
        allow_dead: whether a unit may be left without any input.

    Example:
        >>> distribution = Sparse(sparsity=0.75, nonzero_std=0.01, out=8, into=100)
        >>> distribution.zeros_per_column, distribution.std
        (6, 0.005)
    """

    sparsity: float
    nonzero_std: float
    out: int
    into: int
    allow_dead: bool = False
    mean = 0.0

    def __post_init__(self) -> None:
        where = "Sparse"
        sparsity = finite_number("sparsity", self.sparsity, minimum=0, below=1, where=where)
        object.__setattr__(self, "sparsity", sparsity)
        object.__setattr__(self, "nonzero_std", spread("std", self.nonzero_std, where=where))
        check_sides(self)
        if not isinstance(self.allow_dead, bool):
            raise invalid_argument("allow_dead", "True or False", self.allow_dead, where=where)

    @property
    def zeros_per_column(self) -> int:
        """Zeros among the outgoing weights of each input, rounded up as torch does."""
        return math.ceil(self.sparsity * self.out)

    @property
    def std(self) -> float:
        """Standard deviation of an entry picked at random, zeros counted."""
        return self.nonzero_std * math.sqrt(1 - self.zeros_per_column / self.out)

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return the matrix, or a stack of independent ones.

        Raises:
            ArgumentError: a unit has no input left, and ``allow_dead`` is False.
        """
        widths = stack_of(self, shape)
        weight = self.nonzero_std * np.asarray(generator.standard_normal(widths))
        ranking = np.argsort(generator.random(widths), axis=-2, kind="stable")
        np.put_along_axis(weight, ranking[..., : self.zeros_per_column, :], 0.0, axis=-2)
        dead = int(np.count_nonzero(~weight.any(axis=-1)))
        if dead and not self.allow_dead:
            units = dead + int(np.count_nonzero(weight.any(axis=-1)))
            raise invalid_argument(
                "sparsity",
                "small enough that every unit keeps an input",
                self.sparsity,
                where=f"sparse, weight {widths}, units without an input: {dead} of {units}",
                hint="With allow_dead=True, units without inputs are allowed.",
            )
        return weight


def _qr(matrix: Array) -> tuple[Array, Array]:
    """Return Q of tall matrices, and the signs of R's diagonal."""
    with single_threaded_blas() if matrix.shape[-1] >= SHARED else nullcontext():
        q, r = np.linalg.qr(matrix)
    return q, np.copysign(1.0, np.diagonal(r, axis1=-2, axis2=-1))


def _large_qr(matrix: Array) -> tuple[Array, Array]:
    """Return the same of one large matrix."""
    from scipy.linalg import lapack  # late: scipy takes a while to load

    room = 64 * matrix.shape[1]  # LAPACK's block size times the columns
    columns = _reordered(matrix, "F")
    with single_threaded_blas():
        factors, reflectors, _, _ = lapack.dgeqrf(columns, lwork=room, overwrite_a=1)
        signs = np.copysign(1.0, np.diagonal(factors))
        q, _, _ = lapack.dorgqr(factors, reflectors, lwork=room, overwrite_a=1)
    return q, signs


def _reordered(matrix: Array, order: Literal["C", "F"]) -> Array:
    """Return a matrix whose rows ("C") or columns ("F") lie together in memory.

    A few at a time: those of 1,536 or 4,096 numbers all begin in the same lines of the cache, and
    one copy of all of them takes four times as long.
    """
    if matrix.flags.f_contiguous if order == "F" else matrix.flags.c_contiguous:
        return matrix
    result = np.empty(matrix.shape, order=order)
    taken, written = (matrix, result) if order == "F" else (matrix.T, result.T)
    for k in range(0, len(taken), TOGETHER):
        written[k : k + TOGETHER] = taken[k : k + TOGETHER]
    return result


def check_sides(distribution: Any) -> None:
    """Keep both sides of the distribution's matrix as integers >= 1."""
    for side in ("out", "into"):
        width = whole_number(
            side, getattr(distribution, side), minimum=1, where=type(distribution).__name__
        )
        object.__setattr__(distribution, side, width)


def stack_of(distribution: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return ``shape`` if it is the distribution's (out, in) matrix or a stack of such."""
    matrix = (distribution.out, distribution.into)
    if tuple(shape)[-2:] != matrix:
        hint = (
            "This distribution draws a whole (out, in) matrix; initlab.draw reshapes the "
            "matrix for weights with more axes, such as kernels."
        )
        sides = ", ".join(map(str, matrix))
        expected = f"({sides}), or (..., {sides}) for a stack of matrices"
        raise invalid_argument("shape", expected, tuple(shape),
                               where=type(distribution).__name__, hint=hint,
                               kind=ShapeError)  # fmt: skip
    return tuple(int(width) for width in shape)
