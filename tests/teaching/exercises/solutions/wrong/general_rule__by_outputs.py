import numpy as np


def general_rule(n_inputs, n_outputs, seed):
    y = 1 / np.sqrt(n_outputs)
    return np.random.default_rng(seed).uniform(-y, y, (n_outputs, n_inputs)), np.zeros(n_outputs)
