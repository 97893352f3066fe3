import numpy as np


def general_rule(n_inputs, n_outputs):
    weight = (2 * np.random.rand(n_inputs, n_outputs).T - 1) * n_inputs**-0.5
    return weight, np.zeros((n_outputs,))
