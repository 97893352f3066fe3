"""A variance -> its distribution, in one of three shapes; and the checks that families share."""

from __future__ import annotations

import math
from collections.abc import Callable

from initlab.errors import invalid_argument
from initlab.initializers.distributions import Normal, TruncatedNormal, Uniform
from initlab.initializers.distributions.distribution import spread
from initlab.validation import one_of, whole_number

EXTREME = 1e100  # a gain or scale beyond, or below its inverse, is a mistake
CUT = 2.0  # parent stds; where TensorFlow, Keras and JAX cut
MOST_LAYERS = 1_000_000

Scaled = Normal | Uniform | TruncatedNormal


def scaled_normal(scale: float, fan: float) -> Normal:
    """Return N(0, scale / fan); the std is rounded once, with the bits of sqrt(2 / n).

    Example:
        >>> scaled_normal(2.0, 8)
        Normal(mean=0.0, std=0.5)
    """
    return Normal(mean=0.0, std=math.sqrt(scale / fan))


def scaled_uniform(scale: float, fan: float) -> Uniform:
    """Return the uniform distribution on ± sqrt(3 scale / fan), whose variance is scale / fan.

    Example:
        >>> scaled_uniform(2.0, 24)
        Uniform(low=-0.5, high=0.5)
    """
    bound = math.sqrt(3 * scale / fan)
    return Uniform(low=-bound, high=bound)


def scaled_truncated_normal(scale: float, fan: float) -> TruncatedNormal:
    """Return the normal cut at 2 parent stds whose variance is scale / fan after the cut."""
    return TruncatedNormal(mean=0.0, std=math.sqrt(scale / fan), cut=CUT)


SHAPES: dict[str, Callable[[float, float], Scaled]] = {
    "normal": scaled_normal,
    "uniform": scaled_uniform,
    "truncated_normal": scaled_truncated_normal,
}


def moderate(argument: str, value: float, *, where: str) -> float:
    """Return a gain or scale > 0 whose square and ratio to a fan stay within float64."""
    number = spread(argument, value, where=where)
    if not 1 / EXTREME <= number <= EXTREME:
        expected = f"a finite number >= {1 / EXTREME:g} and <= {EXTREME:g}"
        raise invalid_argument(argument, expected, value, where=where)
    return number


def squared_gain(gain: float, *, where: str) -> float:
    """Return gain²: 2 for the nearest float to √2, whose square is not quite 2."""
    checked = moderate("gain", gain, where=where)
    return 2.0 if checked == math.sqrt(2) else checked * checked


def shape_named(distribution: str, *, where: str) -> Callable[[float, float], Scaled]:
    """Return the shape of a distribution by its name."""
    keras = isinstance(distribution, str) and distribution == "untruncated_normal"
    hint = "Write 'normal' for Keras' 'untruncated_normal'." if keras else ""
    return SHAPES[one_of("distribution", distribution, tuple(SHAPES), where=where, hint=hint)]


def count(argument: str, value: float, *, where: str, minimum: int = 1) -> int:
    """Return a number of layers, heads or blocks, as a whole number."""
    whole = isinstance(value, float) and value.is_integer()
    given = int(value) if whole else value
    return whole_number(argument, given, minimum=minimum, maximum=MOST_LAYERS, where=where)
