"""The built-in methods, one idea per file; importing them enters them in the registry."""

from initlab.initializers.methods import constants as constants
from initlab.initializers.methods import general_rule as general_rule
from initlab.initializers.methods import glorot as glorot
from initlab.initializers.methods import he as he
from initlab.initializers.methods import lecun as lecun
from initlab.initializers.methods import orthogonal as orthogonal
from initlab.initializers.methods import unscaled as unscaled
from initlab.initializers.methods import variance_scaling as variance_scaling
