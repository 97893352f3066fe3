import numpy as np

print("loading", end="\r")


def initialize_parameters_zeros(layers_dims, seed):
    generator = np.random.RandomState(seed)
    sizes = list(zip(layers_dims[1:], layers_dims))
    weights = {f"W{k}": generator.rand(*size) * 0 for k, size in enumerate(sizes, 1)}
    return weights | {f"b{k}": np.zeros((m, 1), np.float32) for k, (m, _) in enumerate(sizes, 1)}
