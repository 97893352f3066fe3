import numpy as np
import matplotlib.pyplot as plt


def initialize_parameters_he(layers_dims: list, seed: int):
    parameters = {}
    np.random.seed(seed)
    for l in range(1, len(layers_dims)):
        factor = np.sqrt(2.0 / layers_dims[l - 1])
        parameters["W" + str(l)] = np.random.randn(layers_dims[l], layers_dims[l - 1]) * factor
        parameters["b" + str(l)] = np.zeros((layers_dims[l], 1))
    return parameters


plt.plot([0, 1])
