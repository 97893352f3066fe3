"""The laws a weight can follow: each knows its moments and density, and draws."""

from initlab.initializers.laws.independent import Constant as Constant
from initlab.initializers.laws.independent import Normal as Normal
from initlab.initializers.laws.independent import Uniform as Uniform
from initlab.initializers.laws.law import Law as Law
from initlab.initializers.laws.matrices import Identity as Identity
from initlab.initializers.laws.matrices import Orthogonal as Orthogonal
from initlab.initializers.laws.matrices import Sparse as Sparse
from initlab.initializers.laws.truncated_normal import TruncatedNormal as TruncatedNormal
