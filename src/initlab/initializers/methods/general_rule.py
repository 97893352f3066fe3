"""The general rule, weights of the order of 1 / sqrt(fan_in), and torch.nn.Linear's own form."""

from __future__ import annotations

import math

from initlab.initializers.fan import Fan
from initlab.initializers.laws import Normal, Uniform
from initlab.initializers.methods.variance_scaling import FAN_SCALED, scaled_normal
from initlab.initializers.registry import register


@register(
    "general_rule_uniform",
    family=FAN_SCALED,
    formula="W ~ U(±1/√fan_in), Var = 1/(3 fan_in)",
    source="Torch7; Udacity, Intro to Deep Learning with PyTorch, weight initialization",
    note="torch_default draws its weights so, and its biases too; here biases are zeros.",
)
def general_rule_uniform(fan: Fan) -> Uniform:
    r"""Law of uniform entries on :math:`\pm 1 / \sqrt{\text{fan\_in}}`.

    Example:
        >>> general_rule_uniform(Fan(784, 256)).high
        0.03571428571428571

    Source: Torch7; Udacity, Intro to Deep Learning with PyTorch.
    """
    bound = 1 / math.sqrt(fan.fan_in)
    return Uniform(low=-bound, high=bound)


@register(
    "general_rule_normal",
    family=FAN_SCALED,
    formula="W ~ N(0, 1/fan_in)",
    source="Udacity, Intro to Deep Learning with PyTorch, weight initialization",
    note="The same law as lecun_normal, under the name that lesson gives it.",
)
def general_rule_normal(fan: Fan) -> Normal:
    r"""Law of normal entries with std :math:`1 / \sqrt{\text{fan\_in}}`.

    Example:
        >>> general_rule_normal(Fan(100, 256)).std
        0.1

    Source: Udacity, Intro to Deep Learning with PyTorch.
    """
    return scaled_normal(1.0, fan.fan_in)


@register(
    "torch_default",
    family=FAN_SCALED,
    formula="W, b ~ U(±1/√fan_in), Var = 1/(3 fan_in)",
    source="PyTorch, Linear.reset_parameters",
    note="The one initialization here that brings its own biases; it is not kaiming with gain √2.",
    bias=general_rule_uniform,
)
def torch_default(fan: Fan) -> Uniform:
    r"""Law of uniform entries on :math:`\pm 1 / \sqrt{\text{fan\_in}}`, for weights and biases.

    Example:
        >>> torch_default(Fan(4, 256))
        Uniform(low=-0.5, high=0.5)

    Source: PyTorch, Linear.reset_parameters.
    """
    return general_rule_uniform(fan)
