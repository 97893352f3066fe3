import numpy as np


def initialize_parameters_he(layers_dims, seed)
    return {}
