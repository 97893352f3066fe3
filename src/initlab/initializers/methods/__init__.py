"""The built-in methods, a table of rows per family; importing them enters them in the registry."""

from initlab.initializers.methods import any_nonlinearity as any_nonlinearity
from initlab.initializers.methods import constant as constant
from initlab.initializers.methods import coordinates as coordinates
from initlab.initializers.methods import embedding as embedding
from initlab.initializers.methods import fan_scaled as fan_scaled
from initlab.initializers.methods import on_data as on_data
from initlab.initializers.methods import orthogonal as orthogonal
from initlab.initializers.methods import recurrent as recurrent
from initlab.initializers.methods import residual as residual
from initlab.initializers.methods import structured as structured
from initlab.initializers.methods import transformer as transformer
from initlab.initializers.methods import unscaled as unscaled
from initlab.initializers.methods import width as width
