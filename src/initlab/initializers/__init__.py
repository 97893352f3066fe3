"""Starts of neural networks: a start gives each parameter an exact law, a seed draws from it.

spec (text -> start) -> registry (name -> method) -> methods (fans -> law) -> laws (-> array).
"""

from initlab.initializers import methods as methods  # enters every built-in method
from initlab.initializers.drawing import draw as draw
from initlab.initializers.fan import Fan as Fan
from initlab.initializers.fan import fan_of as fan_of
from initlab.initializers.laws import Constant as Constant
from initlab.initializers.laws import Identity as Identity
from initlab.initializers.laws import Law as Law
from initlab.initializers.laws import Normal as Normal
from initlab.initializers.laws import Orthogonal as Orthogonal
from initlab.initializers.laws import Sparse as Sparse
from initlab.initializers.laws import TruncatedNormal as TruncatedNormal
from initlab.initializers.laws import Uniform as Uniform
from initlab.initializers.registry import catalogue as catalogue
from initlab.initializers.registry import register as register
from initlab.initializers.spec import Initializer as Initializer
from initlab.initializers.spec import parse as parse
from initlab.moved import moved

_HOME = dict.fromkeys(
    ("Case", "Start", "draw_network", "network_laws", "parameter_shapes"),
    "initlab.initialization",
) | {"parse_start": "initlab.initialization:parse_init"}
__getattr__ = moved("initlab.initializers", _HOME)
