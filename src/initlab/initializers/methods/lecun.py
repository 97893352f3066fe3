"""LeCun's starts: a unit's input keeps the variance of what enters it."""

from __future__ import annotations

from initlab.initializers.fan import Fan
from initlab.initializers.laws import Normal, TruncatedNormal, Uniform
from initlab.initializers.methods.variance_scaling import (
    FAN_SCALED,
    scaled_normal,
    scaled_truncated_normal,
    scaled_uniform,
)
from initlab.initializers.registry import register

SOURCE = "LeCun, Bottou, Orr, Müller (1998), Efficient BackProp, sec. 4.6, eq. 16"


@register(
    "lecun_normal",
    family=FAN_SCALED,
    formula="W ~ N(0, 1/fan_in)",
    source=SOURCE,
    note=(
        "Courses call sqrt(1/n) * randn 'Xavier'; it is this law. "
        "Keras' and JAX's lecun_normal is our lecun_truncated_normal."
    ),
)
def lecun_normal(fan: Fan) -> Normal:
    r"""Law of normal entries with std :math:`1 / \sqrt{\text{fan\_in}}`.

    Example:
        >>> lecun_normal(Fan(100, 256)).std
        0.1

    Source: LeCun, Bottou, Orr, Müller (1998), Efficient BackProp, sec. 4.6, eq. 16.
    """
    return scaled_normal(1.0, fan.fan_in)


@register(
    "lecun_uniform", family=FAN_SCALED, formula="W ~ U(±√(3/fan_in)), Var = 1/fan_in", source=SOURCE
)
def lecun_uniform(fan: Fan) -> Uniform:
    r"""Law of uniform entries on :math:`\pm\sqrt{3 / \text{fan\_in}}`.

    Example:
        >>> lecun_uniform(Fan(12, 256)).high
        0.5

    Source: LeCun, Bottou, Orr, Müller (1998), Efficient BackProp, sec. 4.6, eq. 16.
    """
    return scaled_uniform(1.0, fan.fan_in)


@register(
    "lecun_truncated_normal",
    family=FAN_SCALED,
    formula="normal cut at 2 parent stds, Var = 1/fan_in after the cut",
    source=SOURCE,
    note="What Keras and JAX call lecun_normal.",
)
def lecun_truncated_normal(fan: Fan) -> TruncatedNormal:
    r"""Law of truncated normal entries with std :math:`1 / \sqrt{\text{fan\_in}}` after the cut.

    Example:
        >>> lecun_truncated_normal(Fan(100, 256))
        TruncatedNormal(mean=0.0, std=0.1, cut=2.0)

    Source: LeCun, Bottou, Orr, Müller (1998), Efficient BackProp, sec. 4.6, eq. 16.
    """
    return scaled_truncated_normal(1.0, fan.fan_in)
