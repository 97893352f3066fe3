"""The laws a weight can follow: each knows its moments and density, and draws."""

from initlab.initializers.laws.bounded_normal import BoundedNormal as BoundedNormal
from initlab.initializers.laws.entries import WithEntries as WithEntries
from initlab.initializers.laws.fixed import Cosines as Cosines
from initlab.initializers.laws.fixed import HadamardIdentity as HadamardIdentity
from initlab.initializers.laws.fixed import Sinusoids as Sinusoids
from initlab.initializers.laws.gates import TimeScales as TimeScales
from initlab.initializers.laws.independent import Constant as Constant
from initlab.initializers.laws.independent import Normal as Normal
from initlab.initializers.laws.independent import Uniform as Uniform
from initlab.initializers.laws.law import Law as Law
from initlab.initializers.laws.matrices import Identity as Identity
from initlab.initializers.laws.matrices import Orthogonal as Orthogonal
from initlab.initializers.laws.matrices import Sparse as Sparse
from initlab.initializers.laws.rows import FewInputs as FewInputs
from initlab.initializers.laws.rows import UniformDirection as UniformDirection
from initlab.initializers.laws.rows import ZeroSum as ZeroSum
from initlab.initializers.laws.structured import Blocks as Blocks
from initlab.initializers.laws.structured import CentreTap as CentreTap
from initlab.initializers.laws.structured import Mirrored as Mirrored
from initlab.initializers.laws.structured import Packed as Packed
from initlab.initializers.laws.truncated_normal import TruncatedNormal as TruncatedNormal
