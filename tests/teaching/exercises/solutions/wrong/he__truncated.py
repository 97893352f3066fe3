import numpy as np


def initialize_parameters_he(layers_dims, seed):
    np.random.seed(seed)
    parameters = {}
    for l in range(1, len(layers_dims)):
        m, n = layers_dims[l], layers_dims[l - 1]
        parameters["W" + str(l)] = np.clip(np.random.randn(m, n), -2, 2) / 0.9594 * np.sqrt(2 / n)
        parameters["b" + str(l)] = np.zeros((m, 1))
    return parameters
