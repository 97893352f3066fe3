import random

import numpy as np


def initialize_parameters_random(layers_dims, *, seed=3):
    draw = random.Random(seed).gauss
    return {
        name: value
        for l, (n, m) in enumerate(zip(layers_dims, layers_dims[1:]), start=1)
        for name, value in (
            (f"W{l}", np.array([[draw(0, 10) for _ in range(n)] for _ in range(m)])),
            (f"b{l}", np.zeros((m, 1))),
        )
    }
