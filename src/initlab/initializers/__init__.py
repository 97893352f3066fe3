"""Initializers of neural networks: each gives a parameter an exact distribution; a seed draws.

spec (text -> initializer) -> registry (name -> method) -> methods (fans -> distribution) ->
distributions (-> array).
"""

from initlab.initializers import methods as methods  # enters every built-in method
from initlab.initializers.distributions import Constant as Constant
from initlab.initializers.distributions import Distribution as Distribution
from initlab.initializers.distributions import Identity as Identity
from initlab.initializers.distributions import Normal as Normal
from initlab.initializers.distributions import Orthogonal as Orthogonal
from initlab.initializers.distributions import Sparse as Sparse
from initlab.initializers.distributions import TruncatedNormal as TruncatedNormal
from initlab.initializers.distributions import Uniform as Uniform
from initlab.initializers.drawing import draw as draw
from initlab.initializers.fan import Fan as Fan
from initlab.initializers.fan import fan_of as fan_of
from initlab.initializers.registry import catalogue as catalogue
from initlab.initializers.registry import register as register
from initlab.initializers.spec import Initializer as Initializer
from initlab.initializers.spec import parse as parse
from initlab.moved import moved

_HOME = dict.fromkeys(
    ("Case", "Start", "draw_network", "parameter_shapes"), "initlab.initialization"
) | {
    "Law": "initlab.initializers.Distribution",
    "network_laws": "initlab.initialization:network_distributions",
    "parse_start": "initlab.initialization:parse_init",
}
__getattr__ = moved("initlab.initializers", _HOME)
