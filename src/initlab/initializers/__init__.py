"""Starts of neural networks: a start gives each parameter an exact law, a seed draws from it.

spec (text -> start) -> registry (name -> method) -> methods (fans -> law) -> laws (-> array).
"""

from initlab.initializers import methods as methods  # enters every built-in method
from initlab.initializers.case import Case, Start, parse_start
from initlab.initializers.drawing import draw
from initlab.initializers.fan import Fan, fan_of
from initlab.initializers.laws import (
    Constant,
    Identity,
    Law,
    Normal,
    Orthogonal,
    Sparse,
    TruncatedNormal,
    Uniform,
)
from initlab.initializers.network import draw_network, network_laws, parameter_shapes
from initlab.initializers.registry import catalogue, register
from initlab.initializers.spec import Initializer, parse

__all__ = [
    "Case",
    "Constant",
    "Fan",
    "Identity",
    "Initializer",
    "Law",
    "Normal",
    "Orthogonal",
    "Sparse",
    "Start",
    "TruncatedNormal",
    "Uniform",
    "catalogue",
    "draw",
    "draw_network",
    "fan_of",
    "methods",
    "network_laws",
    "parameter_shapes",
    "parse",
    "parse_start",
    "register",
]
