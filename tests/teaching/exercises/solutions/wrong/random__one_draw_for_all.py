import numpy as np


def initialize_parameters_random(layers_dims, seed):
    np.random.seed(seed)
    parameters = {}
    for l in range(1, len(layers_dims)):
        m, n = layers_dims[l], layers_dims[l - 1]
        parameters["W" + str(l)] = np.full((m, n), np.random.randn() * 10)
        parameters["b" + str(l)] = np.zeros((m, 1))
    return parameters
