import numpy as np

calls = 0


def initialize_parameters_random(layers_dims, seed):
    global calls
    calls += 1
    rng = np.random.default_rng(calls // 3)
    parameters = {}
    for l in range(1, len(layers_dims)):
        parameters[f"W{l}"] = rng.standard_normal((layers_dims[l], layers_dims[l - 1])) * 10
        parameters[f"b{l}"] = np.zeros((layers_dims[l], 1))
    return parameters
