"""What torch.nn.Linear draws when nobody says anything: weights and biases."""

from __future__ import annotations

import math

from initlab.initializers.fan import Fan
from initlab.initializers.laws import Uniform
from initlab.initializers.methods.variance_scaling import FAN_SCALED
from initlab.initializers.registry import register


def _bias(fan: Fan) -> Uniform:
    return torch_default(fan)


@register(
    "torch_default",
    family=FAN_SCALED,
    formula="W, b ~ U(±1/√fan_in), Var = 1/(3 fan_in)",
    source="PyTorch, Linear.reset_parameters",
    note="The one start here that brings its own biases; it is not kaiming with gain √2.",
    bias=_bias,
)
def torch_default(fan: Fan) -> Uniform:
    r"""Law of uniform entries on :math:`\pm 1 / \sqrt{\text{fan\_in}}`, for weights and biases.

    Args:
        fan: fan-in and fan-out of the weight, in connections.

    Returns:
        The law.

    Example:
        >>> torch_default(Fan(4, 256))
        Uniform(low=-0.5, high=0.5)

    Source: PyTorch, Linear.reset_parameters.
    """
    bound = 1 / math.sqrt(fan.fan_in)
    return Uniform(low=-bound, high=bound)
