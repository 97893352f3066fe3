import numpy as np


def initialize_parameters_random(layers_dims, seed):
    rng = np.random.default_rng(seed)
    parameters = {}
    for l in reversed(range(1, len(layers_dims))):
        parameters[f"b{l}"] = np.zeros((layers_dims[l], 1))
        parameters[f"W{l}"] = rng.normal(0, 10, (layers_dims[l - 1], layers_dims[l])).T
    return parameters
