"""Glorot's starts: a compromise between keeping activations and keeping gradients."""

from __future__ import annotations

from initlab.initializers.fan import Fan
from initlab.initializers.laws import Normal, TruncatedNormal, Uniform
from initlab.initializers.methods.variance_scaling import (
    FAN_SCALED,
    moderate,
    scaled_normal,
    scaled_truncated_normal,
    scaled_uniform,
)
from initlab.initializers.registry import register

SOURCE = "Glorot & Bengio (2010), Understanding the difficulty of training deep networks"


@register(
    "glorot_normal",
    family=FAN_SCALED,
    formula="W ~ N(0, 2 gain²/(fan_in + fan_out))",
    source=f"{SOURCE}, eq. 12",
    aliases=("xavier_normal",),
    note=(
        "Courses call sqrt(1/n) * randn 'Xavier'; that is our lecun_normal. "
        "Keras' and JAX's glorot_normal is our glorot_truncated_normal."
    ),
)
def glorot_normal(fan: Fan, *, gain: float = 1.0) -> Normal:
    r"""Law of normal entries with variance :math:`\text{gain}^2 / \text{fan\_avg}`.

    Args:
        fan: fan-in and fan-out of the weight, in connections.
        gain: multiplies the std, dimensionless, finite, > 0.

    Example:
        >>> glorot_normal(Fan(6, 2)).std
        0.5

    Source: Glorot & Bengio (2010), eq. 12.
    """
    return scaled_normal(_scale(gain, "glorot_normal"), fan.of("fan_avg"))


@register(
    "glorot_uniform",
    family=FAN_SCALED,
    formula="W ~ U(±gain √(6/(fan_in + fan_out)))",
    source=f"{SOURCE}, eq. 16",
    aliases=("xavier_uniform",),
)
def glorot_uniform(fan: Fan, *, gain: float = 1.0) -> Uniform:
    r"""Law of uniform entries on :math:`\pm\text{gain}\sqrt{6/(\text{fan\_in}+\text{fan\_out})}`.

    The arguments are those of ``glorot_normal``.

    Example:
        >>> glorot_uniform(Fan(16, 8)).high
        0.5

    Source: Glorot & Bengio (2010), eq. 16.
    """
    return scaled_uniform(_scale(gain, "glorot_uniform"), fan.of("fan_avg"))


@register(
    "glorot_truncated_normal",
    family=FAN_SCALED,
    formula="normal cut at 2 parent stds, Var = 2 gain²/(fan_in + fan_out) after the cut",
    source=f"{SOURCE}, eq. 12",
    aliases=("xavier_truncated_normal",),
    note="What Keras and JAX call glorot_normal.",
)
def glorot_truncated_normal(fan: Fan, *, gain: float = 1.0) -> TruncatedNormal:
    r"""Law of truncated normal entries with the variance of ``glorot_normal`` after the cut.

    The arguments are those of ``glorot_normal``.

    Example:
        >>> glorot_truncated_normal(Fan(6, 2))
        TruncatedNormal(mean=0.0, std=0.5, cut=2.0)

    Source: Glorot & Bengio (2010), eq. 12.
    """
    return scaled_truncated_normal(_scale(gain, "glorot_truncated_normal"), fan.of("fan_avg"))


def _scale(gain: float, where: str) -> float:
    checked = moderate("gain", gain, where=where)
    return checked * checked
