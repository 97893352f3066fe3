"""The distributions a weight can follow: each knows its moments and density, and draws."""

from initlab.initializers.distributions.bounded_normal import BoundedNormal as BoundedNormal
from initlab.initializers.distributions.distribution import Distribution as Distribution
from initlab.initializers.distributions.entries import WithEntries as WithEntries
from initlab.initializers.distributions.fixed import Cosines as Cosines
from initlab.initializers.distributions.fixed import HadamardIdentity as HadamardIdentity
from initlab.initializers.distributions.fixed import Sinusoids as Sinusoids
from initlab.initializers.distributions.gates import TimeScales as TimeScales
from initlab.initializers.distributions.independent import Constant as Constant
from initlab.initializers.distributions.independent import Normal as Normal
from initlab.initializers.distributions.independent import Uniform as Uniform
from initlab.initializers.distributions.matrices import Identity as Identity
from initlab.initializers.distributions.matrices import Orthogonal as Orthogonal
from initlab.initializers.distributions.matrices import Sparse as Sparse
from initlab.initializers.distributions.rows import FewInputs as FewInputs
from initlab.initializers.distributions.rows import UniformDirection as UniformDirection
from initlab.initializers.distributions.rows import ZeroSum as ZeroSum
from initlab.initializers.distributions.structured import Blocks as Blocks
from initlab.initializers.distributions.structured import CentreTap as CentreTap
from initlab.initializers.distributions.structured import Mirrored as Mirrored
from initlab.initializers.distributions.structured import Packed as Packed
from initlab.initializers.distributions.truncated_normal import TruncatedNormal as TruncatedNormal
from initlab.moved import moved

__getattr__ = moved(
    "initlab.initializers.distributions", {"Law": "initlab.initializers.distributions.Distribution"}
)
