"""The normal distribution cut symmetrically, in units of its parent's std."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from initlab.errors import invalid_argument
from initlab.initializers.distributions.distribution import Array, spread
from initlab.randomness import RandomSource
from initlab.validation import finite_number

if TYPE_CHECKING:
    from jaxtyping import Float64

SMALLEST_MASS = 1e-6  # a window that holds less is a mistake, not a distribution
SERIES_UP_TO = 3.0  # below, the closed form loses digits to a subtraction; above, it does not
WIDEST_CUT = 40.0  # erf is 1 and the density 0 in float64
BLOCK = 1 << 15  # numbers at a time: they stay in the processor's cache
SMALLEST_PROBABILITY = 2.0**-54  # half the grid of the uniform draws: keeps ndtri finite


@dataclass(frozen=True)
class TruncatedNormal:
    """Independent entries: a normal distribution, its parent, kept only within ``cut`` parent stds.

    Attributes:
        mean: mean of an entry, and the middle of the window.
        std: standard deviation of an entry AFTER the cut.
        cut: half the window, in units of the parent's std.

    Example:
        >>> distribution = TruncatedNormal(mean=0.0, std=1.0, cut=2.0)
        >>> round(distribution.parent_std, 9)
        1.136847234
    """

    mean: float
    std: float
    cut: float

    def __post_init__(self) -> None:
        where = "TruncatedNormal"
        object.__setattr__(self, "mean", finite_number("mean", self.mean, where=where))
        object.__setattr__(self, "std", spread("std", self.std, where=where))
        object.__setattr__(self, "cut", checked_cut(self.cut, where=where))
        if not math.isfinite(self.parent_std):
            raise invalid_argument(
                "std",
                "so small that the std of the normal distribution before the cut is finite",
                self.std,
                where=where,
            )

    @property
    def parent_std(self) -> float:
        """Standard deviation of the normal distribution before the cut."""
        return self.std / std_after_cut(self.cut)

    def density(self, x: ArrayLike) -> Float64[Array, "*x"] | None:
        """Return the density at ``x``: the parent's over the mass it keeps, 0 outside."""
        z = (np.asarray(x, dtype=np.float64) - self.mean) / self.parent_std
        scale = self.parent_std * math.sqrt(2 * math.pi) * _mass(self.cut)
        return np.where(np.abs(z) <= self.cut, np.exp(-0.5 * z * z) / scale, 0.0)

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Float64[Array, "*shape"]:
        """Return draws by the inverse of the cumulative distribution: one uniform per entry."""
        from scipy.special import ndtri  # late: scipy costs more than the rest of the import

        drawn = np.array(generator.random(shape), dtype=np.float64, copy=None)
        numbers = drawn.reshape(-1)
        tail, parent_std = math.erfc(self.cut / math.sqrt(2)) / 2, self.parent_std
        for start in range(0, numbers.size, BLOCK):
            z = numbers[start : start + BLOCK]
            np.multiply(z, 1 - 2 * tail, out=z)
            np.add(z, tail, out=z)
            if tail < SMALLEST_PROBABILITY:
                np.clip(z, SMALLEST_PROBABILITY, 1 - 2 * SMALLEST_PROBABILITY, out=z)
            ndtri(z, out=z)
            np.clip(z, -self.cut, self.cut, out=z)
            with np.errstate(over="ignore"):  # draw() refuses what is not finite, by name
                np.multiply(z, parent_std, out=z)
            np.add(z, self.mean, out=z)
        return drawn


def std_after_cut(cut: float) -> float:
    r"""Return the std of N(0, 1) kept within ±``cut``: 0.8796 for 2.

    The variance is :math:`1 - 2 c \varphi(c) / \operatorname{erf}(c / \sqrt 2)`. With
    :math:`S = \sum_k c^{2k} / (2k + 1)!!` it is :math:`(S - 1) / S`, which keeps its digits
    where the window is narrow.

    Example:
        >>> std_after_cut(2.0)
        0.879625661034239...
    """
    if cut > WIDEST_CUT:  # float64 has no mass beyond
        return 1.0
    square = cut * cut
    if cut > SERIES_UP_TO:
        edge = math.exp(-square / 2) / math.sqrt(2 * math.pi)
        return math.sqrt(1 - 2 * cut * edge / _mass(cut))
    term, rest, k = 1.0, 0.0, 0
    while term > rest * 1e-18:
        k += 1
        term *= square / (2 * k + 1)
        rest += term
    return math.sqrt(rest / (1 + rest))


def checked_cut(cut: float, *, where: str) -> float:
    """Return half a window that keeps at least a millionth of the normal distribution."""
    number = finite_number("cut", cut, above=0, where=where)
    if _mass(number) < SMALLEST_MASS:
        raise invalid_argument(
            "cut", "large enough to keep at least 1e-6 of the normal distribution", cut, where=where
        )
    return number


def _mass(cut: float) -> float:
    return math.erf(cut / math.sqrt(2))
