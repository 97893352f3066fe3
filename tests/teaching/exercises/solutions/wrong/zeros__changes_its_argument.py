import numpy as np


def initialize_parameters_zeros(layers_dims):
    parameters = {}
    before = layers_dims.pop(0)
    for l, width in enumerate(layers_dims, start=1):
        parameters["W" + str(l)] = np.zeros((width, before))
        parameters["b" + str(l)] = np.zeros((width, 1))
        before = width
    return parameters
