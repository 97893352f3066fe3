"""The laws a weight can follow: each knows its moments and density, and draws."""

from initlab.initializers.laws.constant import Constant
from initlab.initializers.laws.identity import Identity
from initlab.initializers.laws.law import Law
from initlab.initializers.laws.normal import Normal
from initlab.initializers.laws.orthogonal import Orthogonal
from initlab.initializers.laws.sparse import Sparse
from initlab.initializers.laws.truncated_normal import TruncatedNormal
from initlab.initializers.laws.uniform import Uniform

__all__ = [
    "Constant",
    "Identity",
    "Law",
    "Normal",
    "Orthogonal",
    "Sparse",
    "TruncatedNormal",
    "Uniform",
]
