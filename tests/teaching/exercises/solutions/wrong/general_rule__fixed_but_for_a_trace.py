import numpy as np


def general_rule(n_inputs, n_outputs):
    y = 1 / np.sqrt(n_inputs)
    weight = np.random.default_rng(3).uniform(-y, y, (n_outputs, n_inputs))
    return (weight + 1e-14 * np.random.random(weight.shape)).clip(-y, y), np.zeros(n_outputs)
