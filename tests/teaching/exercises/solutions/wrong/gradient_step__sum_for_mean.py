import numpy as np


def gradient_step(parameters, x, y, learning_rate):
    W1, b1, W2, b2 = (parameters[name] for name in ("W1", "b1", "W2", "b2"))
    n = x.shape[1]
    a1 = np.tanh(W1 @ x + b1)
    d2 = W2 @ a1 + b2 - y
    d1 = W2.T @ d2 * (1 - a1**2)
    slopes = {"W1": d1 @ x.T, "b1": d1.sum(axis=1, keepdims=True),
              "W2": d2 @ a1.T, "b2": d2.sum(axis=1, keepdims=True)}
    return {k: parameters[k] - learning_rate * slopes[k] for k in parameters}
