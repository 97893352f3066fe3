import numpy as np


def initialize_parameters_he(layers_dims, seed):
    return {"W1": np.random.randn(layers_dims[1], layers_dims[7])}
