import numpy as np


def normal(rng, shape):
    u, v = rng.random(shape), rng.random(shape)
    return np.sqrt(-2 * np.log(1 - u)) * np.cos(2 * np.pi * v)


def initialize_parameters_he(layers_dims, seed):
    rng = np.random.default_rng(seed)
    pairs = list(enumerate(zip(layers_dims[1:], layers_dims[:-1]), 1))
    weights = {f"W{l}": normal(rng, shape) * (2 / shape[1]) ** 0.5 for l, shape in pairs}
    return {**weights, **{f"b{l}": np.zeros((m, 1)) for l, (m, _) in pairs}}
