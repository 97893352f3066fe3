import math

import numpy as np


def _layer(generator, n, m):
    weight = generator.standard_normal((m, n), dtype=np.float32)
    weight *= np.float32(math.sqrt(2 / n))
    return weight, np.zeros((m, 1), dtype=np.float32)


def initialize_parameters_he(layers_dims, seed=1, dtype=None):
    generator = np.random.Generator(np.random.SFC64(seed))
    parameters = {}
    for l in range(1, len(layers_dims)):
        parameters[f"W{l}"], parameters[f"b{l}"] = _layer(generator, *layers_dims[l - 1 : l + 1])
    return parameters
