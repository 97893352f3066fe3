import time
from functools import partial

import numpy as np

try:
    from numpy.random import default_rng
except ImportError:
    default_rng = None

GAIN: float = np.sqrt(2)
array = partial(np.zeros, dtype=float)
scale = lambda n: GAIN / np.sqrt(n)


def timed(function):
    def wrapper(*args, **kwargs):
        began = time.perf_counter()
        result = function(*args, **kwargs)
        wrapper.seconds = time.perf_counter() - began
        return result

    return wrapper


@timed
def initialize_parameters_he(layers_dims, *, verbose=False, seed=None):
    rng = default_rng(seed)
    parameters = {}
    for l, (n, m) in enumerate(zip(layers_dims, layers_dims[1:]), 1):
        parameters[f"W{l}"] = rng.standard_normal((m, n)) * scale(n)
        parameters[f"b{l}"] = array((m, 1))
    return parameters
