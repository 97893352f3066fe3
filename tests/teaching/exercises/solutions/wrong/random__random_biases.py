import numpy as np


def initialize_parameters_random(layers_dims, seed):
    np.random.seed(seed)
    parameters = {}
    for l in range(1, len(layers_dims)):
        m, n = layers_dims[l], layers_dims[l - 1]
        parameters["W" + str(l)] = np.random.randn(m, n) * 10
        parameters["b" + str(l)] = np.random.randn(m, 1)
    return parameters
