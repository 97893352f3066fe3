"""The law behind every fan-scaled start: variance = scale / fan, in one of three shapes."""

from __future__ import annotations

import math
from collections.abc import Callable

from initlab.errors import refusal
from initlab.initializers.fan import Fan
from initlab.initializers.laws import Normal, TruncatedNormal, Uniform
from initlab.initializers.laws.law import spread
from initlab.initializers.registry import register
from initlab.validation import one_of

FAN_SCALED = "fan-scaled"
EXTREME = 1e100  # a gain or scale beyond, or below its inverse, is a mistake
CUT = 2.0  # parent stds; where TensorFlow, Keras and JAX cut


@register(
    "variance_scaling",
    family=FAN_SCALED,
    formula="Var = scale / fan",
    source="TensorFlow, VarianceScaling",
    note="TensorFlow's default distribution is truncated; ours is normal.",
)
def variance_scaling(
    fan: Fan, *, scale: float = 1.0, mode: str = "fan_in", distribution: str = "normal"
) -> Normal | Uniform | TruncatedNormal:
    r"""Law of entries with mean 0 and variance :math:`\text{scale} / \text{fan}`.

    Args:
        fan: fan-in and fan-out of the weight, in connections.
        scale: variance of a unit's whole input, dimensionless, finite, > 0.
        mode: fan_in, fan_out or fan_avg.
        distribution: normal, uniform or truncated_normal (at 2 parent stds, std corrected).

    Example:
        >>> variance_scaling(Fan(8, 4), scale=2.0)
        Normal(mean=0.0, std=0.5)

    Source: TensorFlow, VarianceScaling.
    """
    where = "variance_scaling"
    checked = moderate("scale", scale, where=where)
    keras = isinstance(distribution, str) and distribution == "untruncated_normal"
    hint = "Keras' 'untruncated_normal' is 'normal' here." if keras else ""
    one_of("distribution", distribution, tuple(DISTRIBUTIONS), where=where, hint=hint)
    return DISTRIBUTIONS[distribution](checked, fan.of(mode, where=where))


def moderate(argument: str, value: float, *, where: str) -> float:
    """Return a gain or scale > 0 whose square and ratio to a fan stay within float64."""
    number = spread(argument, value, where=where)
    if not 1 / EXTREME <= number <= EXTREME:
        expected = f"a finite number >= {1 / EXTREME:g} and <= {EXTREME:g}"
        raise refusal(argument, expected, value, where=where)
    return number


def scaled_normal(scale: float, fan: float) -> Normal:
    """Return N(0, scale / fan); the std is rounded once, with the bits of sqrt(2 / n)."""
    return Normal(mean=0.0, std=math.sqrt(scale / fan))


def scaled_uniform(scale: float, fan: float) -> Uniform:
    """Return the uniform law on ± sqrt(3 scale / fan), whose variance is scale / fan."""
    bound = math.sqrt(3 * scale / fan)
    return Uniform(low=-bound, high=bound)


def scaled_truncated_normal(scale: float, fan: float) -> TruncatedNormal:
    """Return the normal law cut at 2 parent stds whose variance is scale / fan after the cut."""
    return TruncatedNormal(mean=0.0, std=math.sqrt(scale / fan), cut=CUT)


DISTRIBUTIONS: dict[str, Callable[[float, float], Normal | Uniform | TruncatedNormal]] = {
    "normal": scaled_normal,
    "uniform": scaled_uniform,
    "truncated_normal": scaled_truncated_normal,
}
