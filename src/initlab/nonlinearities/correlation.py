"""An elementwise function and sigma -> E f(u1) f(u2) of two correlated normal preactivations."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from initlab.nonlinearities.elementwise import Array, Elementwise
from initlab.nonlinearities.quadrature import finite_values, normal_density

REACH, PANELS = 9.0, 36  # stds; the density beyond is 1e-18
NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)
TOLERANCE, NARROWEST = 1e-12, 2.0**-24
ROUNDING = 1e-14  # in the integrals over y
AT_ONCE = 1024  # rows of the inner integral

Integrand = Callable[[Array, Array, Array], Array]


@dataclass(frozen=True)
class Correlated:
    r"""Integrals over u1 and u2, normal with std ``sigma`` and correlation c < 1.

    With independent x and y, :math:`u = \sigma(a x \pm b y)`, :math:`a^2 = (1+c)/2`,
    :math:`b^2 = (1-c)/2`. For each x the integral over y is cut at the kinks of f; what is left
    of it is smooth in x, and halved where it is not smooth enough.

    Attributes:
        function: f.
        sigma: std of u1 and u2.
        kinks: where f has kinks.
        where: context of messages.
    """

    function: Elementwise
    sigma: float
    kinks: tuple[float, ...]
    where: str = ""

    def product(self, c: float) -> float:
        """Return E f(u1) f(u2)."""
        return self._integral(c, lambda x, product, by_y: product, TOLERANCE)

    def slope(self, c: float) -> float:
        """Return its derivative by c: of a smooth f, sigma**2 E f'(u1) f'(u2) (Price 1958)."""

        def heat(x: Array, product: Array, by_y: Array) -> Array:
            # both variances, (1 + c)/2 and (1 - c)/2, change with c, each as heat spreads
            return (product * (x * x - 1) / (1 + c) - by_y / (1 - c)) / 2

        return self._integral(c, heat, max(TOLERANCE, ROUNDING / (1 - c)))

    def _integral(self, c: float, integrand: Integrand, tolerance: float) -> float:
        # where lines of kinks, u1 = k and u2 = l, cross: there the inner integral is not smooth
        sums = np.add.outer(self.kinks, self.kinks) / (2 * self.sigma * math.sqrt((1 + c) / 2))
        crossings = sums[np.abs(sums) < REACH]
        edges = np.unique(np.concatenate([np.linspace(-REACH, REACH, PANELS + 1), crossings]))
        left, right = edges[:-1], edges[1:]
        coarse = self._outer(c, integrand, left, right)
        whole, total = np.abs(coarse).sum(), 0.0
        while left.size:
            middle = (left + right) / 2
            halves = np.stack([left, middle]), np.stack([middle, right])
            fine = self._outer(c, integrand, *halves)
            pair = fine.sum(axis=0)
            rough = (np.abs(pair - coarse) > tolerance * whole) & (right - left > NARROWEST)
            total += float(pair[~rough].sum())
            left, right = (half[:, rough].ravel() for half in halves)
            coarse = fine[:, rough].ravel()
        return total

    def _outer(self, c: float, integrand: Integrand, left: Array, right: Array) -> Array:
        half = (right - left)[..., None] / 2
        x = (left + right)[..., None] / 2 + half * NODES
        product, by_y = self._inner(c, x.ravel()).reshape(2, *x.shape)
        mass = WEIGHTS * half * normal_density(x)
        return np.asarray((integrand(x, product, by_y) * mass).sum(axis=-1))

    def _inner(self, c: float, x: Array) -> Array:
        """Return the integrals over y of f f, and of f f (y**2 - 1), for each x."""
        a, b = math.sqrt((1 + c) / 2), math.sqrt((1 - c) / 2)
        parts = [self._rows(a, b, x[k : k + AT_ONCE]) for k in range(0, x.size, AT_ONCE)]
        return np.concatenate(parts, axis=1)

    def _rows(self, a: float, b: float, x: Array) -> Array:
        base = np.linspace(-REACH, REACH, PANELS + 1)
        places = np.array(self.kinks) / self.sigma
        cuts = [np.broadcast_to(base, (x.size, base.size))]
        if places.size:
            crossing = (places - a * x[:, None]) / b
            cuts += [np.clip(crossing, -REACH, REACH), np.clip(-crossing, -REACH, REACH)]
        edges = np.sort(np.concatenate(cuts, axis=1), axis=1)
        half = (edges[:, 1:] - edges[:, :-1])[..., None] / 2
        y = (edges[:, 1:] + edges[:, :-1])[..., None] / 2 + half * NODES
        along, across = self.sigma * a * x[:, None, None], self.sigma * b * y
        f = finite_values(self.function, along + across, self.where)
        f = f * finite_values(self.function, along - across, self.where)
        f = f * (WEIGHTS * half * normal_density(y))
        integrals: Array = np.stack([f.sum(axis=(1, 2)), (f * (y * y - 1)).sum(axis=(1, 2))])
        return integrals
