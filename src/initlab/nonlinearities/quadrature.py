"""An elementwise function and sigma -> its expectations over normal preactivations, and its kinks.

Panels of Gauss-Lobatto nodes are halved until an integral and its halves agree. Panels that
hold a kink or a step end 2e-10 wide; all others converge at once. Nodes at the ends matter: without
them a kink beyond the last node of a panel is not seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from initlab.errors import InitlabError, invalid_argument
from initlab.nonlinearities.elementwise import Array, Elementwise

REACH = 38.0  # stds: beyond, the normal density is 0 in float64
PANEL = 0.5  # stds
OFFSET = 0.1931471805599453  # 0 is an edge, as most kinks are there; no other one likely is
SCALES = 2.0 ** np.arange(-4, 40) + OFFSET / 32  # of x itself: f may vary there, sigma or no
NARROW, NARROWEST = PANEL * 2.0**-24, PANEL * 2.0**-31  # only a kink makes panels so narrow
TOLERANCE = 1e-13  # of the whole integral, per panel; less where panels are narrower than this:
WIDE = 1e-4  # a kink there is not passed over because the two sums agree by chance
MOST_PANELS = 20_000  # at one width; more means noise
TAIL, TAIL_SHARE = 36.0, 1e-8  # what counts as not decaying
STEEP_SHARE = 1e-7  # of the whole in a panel beside a kink: the slope is infinite there
FLAT = 1e-15  # of E f**2: what rounding makes of a slope of 0
STEP = 1e-5  # of the root mean square, across the narrowest panel: a step, not a kink
INSIDE = 1 - 1e-12  # the outermost nodes: a kink on an edge belongs to neither panel


@dataclass(frozen=True)
class Moments:
    """Expectations of f(x), x ~ N(0, sigma**2).

    Attributes:
        mean: E f(x).
        square: E f(x)**2.
        slope_square: E f'(x)**2; f' counts where it exists, as backpropagation takes it.
            inf where it grows too fast towards a point, as of sqrt(abs(x)).
        growth: E f(x)**2 (z**2 - 1) / 2, z = x / sigma: how E f**2 changes with ln sigma**2.
        kinks: the x at which f may have a kink or a step, 0 always, as far as they matter.
        steps: those of them at which f jumps.
    """

    mean: float
    square: float
    slope_square: float
    growth: float
    kinks: tuple[float, ...]
    steps: tuple[float, ...]


def moments(function: Elementwise, sigma: float, *, where: str = "") -> Moments:
    """Return the expectations, to about 1e-12 of each.

    Raises:
        ArgumentError: f is NaN or infinite at a finite input, E f(x)**2 is infinite, or f is too
            rough to be integrated.

    Example:
        >>> from initlab.nonlinearities.elementwise import elementwise
        >>> round(moments(elementwise("relu"), 2.0).square, 12)
        2.0
    """
    positive = np.arange(PANEL, REACH, PANEL) - OFFSET
    fine_scales = SCALES[sigma * positive[0] > SCALES] / sigma
    positive = np.concatenate([[0.0], fine_scales, positive, [REACH]])
    edges = np.concatenate([-positive[:0:-1], positive])
    left, right = edges[:-1], edges[1:]
    _check_pole_at_0(function, where)
    coarse, _, _ = _integrals(function, sigma, left, right, where)
    whole = np.abs(coarse).sum(axis=1)
    outer = np.abs(left + right) / 2 > TAIL
    if (np.abs(coarse[:, outer]).sum(axis=1) > TAIL_SHARE * whole).any():
        raise infinite("f(z)**2", function, sigma, where)
    total, places, jumps = np.zeros(4), [], []
    steep = 0.0
    while left.size:
        if left.size > MOST_PANELS:
            expected = "piecewise smooth, so that means of its outputs are precise to 1e-8"
            hint = "A function that rounds to float32 is not smooth enough."
            raise invalid_argument("nonlinearity", expected, function.name, where=where, hint=hint)
        middle = (left + right) / 2
        halves = np.stack([left, middle]), np.stack([middle, right])
        fine, noise, jump = _integrals(function, sigma, *halves, where)
        pair = fine.sum(axis=1)
        share = TOLERANCE * np.minimum(1, (right - left) / WIDE)
        allowed = np.maximum(whole[:, None] * share, noise.sum(axis=1))
        smooth = (np.abs(pair - coarse) <= allowed).all(axis=0)
        total += pair[:, smooth].sum(axis=1)
        rough = ~smooth & (right - left > NARROWEST)
        ended = ~smooth & ~rough
        # there the slope of the half without the kink counts for both
        slopes = fine[2][:, ended].min(axis=0)
        total[[0, 1, 3]] += pair[[0, 1, 3]][:, ended].sum(axis=1)
        total[2] += 2 * slopes.sum()
        steep = max(steep, float(slopes.max(initial=0.0)))
        kinked = ~rough & (right - left <= NARROW)
        places += middle[kinked].tolist()
        jumps += jump[:, kinked].max(axis=0).tolist()
        left, right = (half[:, rough].ravel() for half in halves)
        coarse = fine[:, :, rough].reshape(4, -1)
    mean, square, slope_square, growth = map(float, total)
    if steep > STEEP_SHARE * whole[2]:
        slope_square = math.inf
    elif slope_square * sigma**2 < FLAT * square:
        slope_square = 0.0
    places, jumps = [*places, 0.0], [*jumps, _jump_at_0(function, sigma, where)]
    least = STEP * math.sqrt(square)
    groups = _groups(np.array(places))
    kinks = tuple(sigma * places[group.max()] for group in groups)  # the last lies nearest
    steps = tuple(
        kink for kink, group in zip(kinks, groups, strict=True)
        if max(jumps[k] for k in group) > least
    )  # fmt: skip
    return Moments(mean, square, slope_square, growth, kinks, steps)


def _groups(places: Array) -> list[NDArray[np.int64]]:
    """Return the indices of places, in a group for every kink that they surround."""
    order = np.argsort(places, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(places[order]) > 4 * NARROW) + 1)


def _check_pole_at_0(function: Elementwise, where: str) -> None:
    """Refuse f that is infinite at 0, where no node lies; NaN may be a gap, as of sin(x)/x."""
    with np.errstate(all="ignore"):
        pole = np.isinf(function.value(np.zeros(2))).any()
    if pole:
        finite_values(function, np.zeros(2), where)


def _jump_at_0(function: Elementwise, sigma: float, where: str) -> float:
    """Return how far f moves across 0, the one edge of panels where a kink is not looked for."""
    sides = sigma * NARROWEST * np.array([-0.5, 0.5])
    return float(np.ptp(finite_values(function, sides, where)))


def normal_density(z: Array) -> Array:
    """Return the density of N(0, 1) at z."""
    return np.asarray(np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi))


def finite_values(function: Elementwise, x: Array, where: str) -> Array:
    """Return f(x), refused where it is not finite."""
    with np.errstate(all="ignore"):
        values = function.value(x)
    bad = ~np.isfinite(values)
    if bad.any():
        place = x[bad][np.abs(x[bad]).argmin()]
        found = values[bad][np.abs(x[bad]).argmin()]
        hint = f"The function is {found:g} at {place:.6g}."
        raise invalid_argument("nonlinearity", "finite at finite inputs", function.name,
                               where=where, hint=hint)  # fmt: skip
    return values


def _integrals(
    function: Elementwise, sigma: float, left: Array, right: Array, where: str
) -> tuple[Array, Array, Array]:
    """Return the four integrals of each panel, the rounding in them, and how far f moves."""
    half = (right - left)[..., None] / 2
    z = (left + right)[..., None] / 2 + half * NODES
    f = finite_values(function, sigma * z, where)
    if function.derivative is None:
        slope = f @ DIFFERENTIATION.T / (half * sigma)
        rounding = np.abs(f).max(axis=-1, keepdims=True) * DIGITS / (half * sigma)
    else:
        with np.errstate(all="ignore"):
            slope = function.derivative(sigma * z)
        rounding = np.zeros_like(half)
    mass = WEIGHTS * half * normal_density(z)
    with np.errstate(over="ignore", invalid="ignore"):
        square = f * f * mass
        parts = np.stack([f * mass, square, slope * slope * mass, square * (z * z - 1) / 2])
        integrals = parts.sum(axis=-1)
    if not np.isfinite(integrals).all():
        raise infinite("f(z)**2", function, sigma, where)
    noise = np.zeros_like(integrals)
    noise[2] = ((2 * np.abs(slope) * rounding + rounding**2) * mass).sum(axis=-1)
    return integrals, noise, np.ptp(f, axis=-1)


def infinite(what: str, function: Elementwise, sigma: float, where: str) -> InitlabError:
    """Build the sentence about an expectation that is infinite."""
    expected = f"a function f for which E {what} is finite, where z ~ N(0, {sigma * sigma:g})"
    return invalid_argument("nonlinearity", expected, function.name, where=where)


def _lobatto(count: int) -> tuple[Array, Array]:
    """Return the nodes and weights on [-1, 1] of the best rule that has both ends."""
    highest = np.polynomial.legendre.Legendre.basis(count - 1)
    # all roots are real; NumPy 2.5 says so in complex numbers
    inner, curvature = np.real(highest.deriv().roots()), highest.deriv(2)
    inner = inner - highest.deriv()(inner) / curvature(inner)  # Newton, once more
    nodes: Array = np.concatenate([[-1.0], inner, [1.0]])
    weights: Array = 2 / (count * (count - 1) * highest(nodes) ** 2)
    nodes[[0, -1]] *= INSIDE
    return nodes, weights


def _differentiation(nodes: Array) -> Array:
    """Return the matrix that takes a polynomial's values at the nodes to its derivative there."""
    difference = nodes[:, None] - nodes[None, :]
    np.fill_diagonal(difference, 1.0)
    barycentric = 1 / difference.prod(axis=1)
    matrix: Array = barycentric[None, :] / barycentric[:, None] / difference
    np.fill_diagonal(matrix, 0.0)
    np.fill_diagonal(matrix, -matrix.sum(axis=1))
    return matrix


NODES, WEIGHTS = _lobatto(20)
DIFFERENTIATION = _differentiation(NODES)
DIGITS = 4 * np.finfo(np.float64).eps * float(np.abs(DIFFERENTIATION).sum(axis=1).max())
