"""The laws a weight can follow: each knows its moments and density, and draws."""

from initlab.initializers.laws.independent import Constant, Normal, Uniform
from initlab.initializers.laws.law import Law
from initlab.initializers.laws.matrices import Identity, Orthogonal, Sparse
from initlab.initializers.laws.truncated_normal import TruncatedNormal

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
