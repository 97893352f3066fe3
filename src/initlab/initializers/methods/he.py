"""He's starts: the variance that a (leaky) ReLU halves is put back."""

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
from initlab.validation import finite_number

SOURCE = "He, Zhang, Ren, Sun (2015), arXiv:1502.01852, eq. 10, 14, 15"
STEEPEST = 1e6  # a slope beyond is a mistake, and its square would soon leave float64


@register(
    "he_normal",
    family=FAN_SCALED,
    formula="W ~ N(0, 2/((1 + negative_slope²) fan))",
    source=SOURCE,
    aliases=("kaiming_normal",),
    note=(
        "The gain is √2 whatever the network's nonlinearity. Keras' and JAX's he_normal is our "
        "he_truncated_normal. torch's kaiming_normal_ takes a=0 but leaky_relu by default."
    ),
)
def he_normal(fan: Fan, *, mode: str = "fan_in", negative_slope: float = 0.0) -> Normal:
    r"""Law of normal entries with variance :math:`2 / ((1 + a^2)\,\text{fan})`.

    Args:
        fan: fan-in and fan-out of the weight, in connections.
        mode: fan_in keeps the activations' variance, fan_out the gradients'; fan_avg is between.
        negative_slope: a, slope of the (leaky) ReLU below 0; 0 is the plain ReLU.

    Example:
        >>> he_normal(Fan(8, 4)).std
        0.5

    Source: He, Zhang, Ren, Sun (2015), arXiv:1502.01852, eq. 10, 14, 15.
    """
    return scaled_normal(_scale(negative_slope, "he_normal"), fan.of(mode, where="he_normal"))


@register(
    "he_uniform",
    family=FAN_SCALED,
    formula="W ~ U(±√(6/((1 + negative_slope²) fan)))",
    source=SOURCE,
    aliases=("kaiming_uniform",),
    note="torch's Linear calls kaiming_uniform_(a=√5), which is our torch_default.",
)
def he_uniform(fan: Fan, *, mode: str = "fan_in", negative_slope: float = 0.0) -> Uniform:
    r"""Law of uniform entries on :math:`\pm\sqrt{6 / ((1 + a^2)\,\text{fan})}`.

    The arguments are those of ``he_normal``.

    Example:
        >>> he_uniform(Fan(24, 4)).high
        0.5

    Source: He, Zhang, Ren, Sun (2015), arXiv:1502.01852, eq. 10, 14, 15.
    """
    return scaled_uniform(_scale(negative_slope, "he_uniform"), fan.of(mode, where="he_uniform"))


@register(
    "he_truncated_normal",
    family=FAN_SCALED,
    formula="normal cut at 2 parent stds, Var = 2/((1 + negative_slope²) fan) after the cut",
    source=SOURCE,
    aliases=("kaiming_truncated_normal",),
    note="What Keras and JAX call he_normal.",
)
def he_truncated_normal(
    fan: Fan, *, mode: str = "fan_in", negative_slope: float = 0.0
) -> TruncatedNormal:
    r"""Law of truncated normal entries with the variance of ``he_normal`` after the cut.

    The arguments are those of ``he_normal``.

    Example:
        >>> he_truncated_normal(Fan(8, 4))
        TruncatedNormal(mean=0.0, std=0.5, cut=2.0)

    Source: He, Zhang, Ren, Sun (2015), arXiv:1502.01852, eq. 10, 14, 15.
    """
    where = "he_truncated_normal"
    return scaled_truncated_normal(_scale(negative_slope, where), fan.of(mode, where=where))


def _scale(negative_slope: float, where: str) -> float:
    a = finite_number(
        "negative_slope", negative_slope, minimum=-STEEPEST, maximum=STEEPEST, where=where
    )
    return 2 / (1 + a * a)
