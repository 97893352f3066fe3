import numpy as np


def initialize_parameters_he(layers_dims, seed):
    rng = np.random.default_rng(seed)
    parameters = {}
    for k in range(1, len(layers_dims)):
        m, n = layers_dims[k], layers_dims[k - 1]
        parameters[f"W{k}"] = (rng.standard_normal((m, n)) * np.sqrt(2 / n)).tolist()
        parameters[f"b{k}"] = np.zeros((m, 1)).tolist()
    return parameters
