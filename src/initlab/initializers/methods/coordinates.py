"""Sine networks on coordinates."""

from __future__ import annotations

import math

from initlab.initializers.distributions import Uniform
from initlab.initializers.distributions.distribution import spread
from initlab.initializers.entry import NUMERICALLY, Entry
from initlab.initializers.fan import Fan
from initlab.initializers.registry import enter_family

SIREN = "Sitzmann et al. (2020), SIREN, arXiv:2006.09661"


def siren_first(fan: Fan) -> Uniform:
    """Return the uniform distribution on ± 1/fan_in.

    Example:
        >>> siren_first(Fan(2, 256)).high
        0.5
    """
    return Uniform(low=-1 / fan.fan_in, high=1 / fan.fan_in)


def siren_hidden(fan: Fan, *, omega: float = 30.0) -> Uniform:
    """Return the uniform distribution on ± √(6/fan_in)/omega.

    Example:
        >>> siren_hidden(Fan(24, 256), omega=5).high
        0.1
    """
    bound = math.sqrt(6 / fan.fan_in) / spread("omega", omega, where="siren_hidden")
    return Uniform(low=-bound, high=bound)


enter_family("coordinates", [
    Entry(
        name="siren_first", function=siren_first,
        formula="W ~ U(±1/fan_in)",
        source=SIREN,
        use="the first layer of a network whose layers compute sin(30 (W x + b)), if the inputs of "
        "the network are coordinates from -1 to 1",
        avoid="layers after the first (use siren_hidden); networks whose nonlinearity is not the "
        "sine",
        checked=NUMERICALLY,
    ),
    Entry(
        name="siren_hidden", function=siren_hidden,
        formula="W ~ U(±√(6/fan_in)/omega), omega = 30 by default",
        source=SIREN,
        use="the layers after the first, in a network whose layers compute sin(omega (W x + b))",
        avoid="networks whose layers compute sin(W x + b), unless you give omega=1",
        checked=NUMERICALLY,
    ),
])  # fmt: skip
