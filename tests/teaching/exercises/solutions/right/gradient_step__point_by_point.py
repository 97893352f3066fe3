import math

import numpy as np


def gradient_step(parameters, x, y, learning_rate):
    new = {name: np.array(value) for name, value in parameters.items()}
    W1, b1, W2, b2 = (parameters[name] for name in ("W1", "b1", "W2", "b2"))
    share = learning_rate / x.size
    for xi, yi in zip(x[0], y[0]):
        a = [math.tanh(W1[j, 0] * xi + b1[j, 0]) for j in range(2)]
        error = sum(W2[0, j] * a[j] for j in range(2)) + b2[0, 0] - yi
        new["b2"][0, 0] -= share * error
        for j in range(2):
            new["W2"][0, j] -= share * error * a[j]
            inner = share * error * W2[0, j] * (1 - a[j] ** 2)
            new["W1"][j, 0] -= inner * xi
            new["b1"][j, 0] -= inner
    return new
