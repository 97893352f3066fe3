"""Variances for learning rates that carry over from narrow to wide networks."""

from __future__ import annotations

import math

from initlab.initializers.distributions import Normal
from initlab.initializers.distributions.distribution import spread
from initlab.initializers.entry import NUMERICALLY, Entry
from initlab.initializers.fan import Fan
from initlab.initializers.registry import enter_family


def mup_output(fan: Fan, *, std: float = 1.0) -> Normal:
    """Return N(0, std²/fan_in²).

    Example:
        >>> mup_output(Fan(100, 10)).std
        0.01
    """
    return Normal(mean=0.0, std=spread("std", std, where="mup_output") / fan.fan_in)


def spectral(fan: Fan, *, gain: float = 1.0) -> Normal:
    """Return the normal distribution with a spectral norm of the order of √(fan_out/fan_in).

    Example:
        >>> spectral(Fan(400, 100)).std
        0.025
    """
    checked = spread("gain", gain, where="spectral_normal")
    ratio = min(1.0, math.sqrt(fan.fan_out / fan.fan_in))
    return Normal(mean=0.0, std=checked * ratio / math.sqrt(fan.fan_in))


def equalized(fan: Fan) -> Normal:
    """Return N(0, 1)."""
    return Normal(mean=0.0, std=1.0)


enter_family("width", [
    Entry(
        name="mup_output", function=mup_output,
        formula="W ~ N(0, std²/fan_in²)",
        source="Yang & Hu et al. (2022), Tensor programs V, arXiv:2203.03466, table 3",
        use="the output layer of networks with μP (maximal update parametrization), if "
        "lecun_normal draws the weights of the hidden layers",
        avoid="hidden layers, and networks that are trained without μP's learning rates",
        checked=NUMERICALLY,
        note="The paper also allows zeros for the output layer.",
    ),
    Entry(
        name="spectral_normal", function=spectral,
        formula="W ~ N(0, gain² min(1, fan_out/fan_in)/fan_in)",
        source="Yang, Simon, Bernstein (2023), arXiv:2310.17813",
        use="all layers of networks of any width, if the learning rate of each layer is of the "
        "order of fan_out/fan_in",
        avoid="training layers of different shapes with one learning rate",
        checked=NUMERICALLY,
    ),
    Entry(
        name="equalized_normal", function=equalized, aliases=("unit_scaling",),
        formula="W ~ N(0, 1)",
        source="Karras et al. (2018), arXiv:1710.10196, sec. 4.1",
        use="layers that multiply their weights by √(2/fan_in) or 1/√fan_in in every forward pass",
        avoid="all other layers: their preactivations would be about √fan_in times too large",
        checked=NUMERICALLY,
    ),
])  # fmt: skip
