"""Points and parameters -> the course's three layers: forward, loss, backward, update, training.

Columns are samples. Infinite losses stay infinite and NumPy warns of them, as in the notebooks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.teaching.drop_ins.coursera.inits import (
    initialize_parameters_he,
    initialize_parameters_random,
    initialize_parameters_zeros,
)
from initlab.validation import one_of

Array = NDArray[Any]
Parameters = dict[str, Array]
Cache = tuple[Array, ...]

DEPTH = 3
HIDDEN = (10, 5)
THRESHOLD = 0.5
PRINT_EVERY = 1000
INITS = {
    "zeros": initialize_parameters_zeros,
    "random": initialize_parameters_random,
    "he": initialize_parameters_he,
}


def sigmoid(x: Any) -> Any:
    """Return 1 / (1 + exp(-x))."""
    return 1 / (1 + np.exp(-x))


def relu(x: Any) -> Any:
    """Return max(0, x)."""
    return np.maximum(0, x)


def forward_propagation(X: Array, parameters: Parameters) -> tuple[Array, Cache]:
    """Return a3, (1, m), and the cache (z1, a1, W1, b1, z2, a2, W2, b2, z3, a3, W3, b3)."""
    cache: list[Array] = []
    a = X
    for k in range(1, DEPTH + 1):
        weight, bias = parameters[f"W{k}"], parameters[f"b{k}"]
        z = np.dot(weight, a) + bias
        a = sigmoid(z) if k == DEPTH else relu(z)
        cache += [z, a, weight, bias]
    return a, tuple(cache)


def compute_loss(a3: Array, Y: Array) -> Any:
    """Return the mean cross-entropy; terms 0 · inf count as 0, and log(0) makes it infinite."""
    terms = np.multiply(-np.log(a3), Y) + np.multiply(-np.log(1 - a3), 1 - Y)
    return 1.0 / Y.shape[1] * np.nansum(terms)


def backward_propagation(X: Array, Y: Array, cache: Cache) -> Parameters:
    """Return the gradients: dz3, dW3, db3, da2, dz2, dW2, db2, da1, dz1, dW1, db1."""
    _, a1, _, _, _, a2, W2, _, _, a3, W3, _ = cache
    gradients: Parameters = {}
    dz = 1.0 / X.shape[1] * (a3 - Y)
    for k, below, weight in ((3, a2, W3), (2, a1, W2), (1, X, None)):
        gradients |= {
            f"dz{k}": dz,
            f"dW{k}": np.dot(dz, below.T),
            f"db{k}": np.sum(dz, axis=1, keepdims=True),
        }
        if weight is not None:
            da = np.dot(weight.T, dz)
            dz = np.multiply(da, np.int64(below > 0))
            gradients[f"da{k - 1}"] = da
    return gradients


def update_parameters(
    parameters: Parameters, grads: Parameters, learning_rate: float
) -> Parameters:
    """Take one step of gradient descent: put new arrays into the dictionary ``parameters``."""
    for k in range(1, len(parameters) // 2 + 1):
        for name in (f"W{k}", f"b{k}"):
            parameters[name] = parameters[name] - learning_rate * grads["d" + name]
    return parameters


def predict(X: Array, y: Array, parameters: Parameters) -> NDArray[np.int_]:
    """Return the predicted classes, integers of shape (1, m), and print their accuracy."""
    classes = predict_dec(parameters, X).astype(int)
    print("Accuracy: " + str(np.mean(classes[0, :] == y[0, :])))
    return classes


def predict_dec(parameters: Parameters, X: Array) -> NDArray[np.bool_]:
    """Return whether each point is of class 1, as booleans of shape (1, m)."""
    a3, _ = forward_propagation(X, parameters)
    decisions: NDArray[np.bool_] = a3 > THRESHOLD
    return decisions


def model(
    X: Array,
    Y: Array,
    learning_rate: float = 0.01,
    num_iterations: int = 15000,
    print_cost: bool = True,
    initialization: str = "he",
    is_plot: bool = True,
) -> Parameters:
    """Train the network of 10, 5 and 1 units by gradient descent; print and plot the cost.

    Args:
        X: points, (2, m).
        Y: classes 0 and 1, (1, m).
        learning_rate: step size.
        num_iterations: number of updates.
        print_cost: print the cost every 1000 iterations, and plot those.
        initialization: "zeros", "random" or "he".
        is_plot: plot the cost; the argument of a widespread edition of the course.

    Returns:
        The trained parameters.
    """
    one_of("initialization", initialization, tuple(INITS))
    parameters: Parameters = dict(INITS[initialization]([X.shape[0], *HIDDEN, 1]))
    costs = []
    for i in range(num_iterations):
        a3, cache = forward_propagation(X, parameters)
        cost = compute_loss(a3, Y)
        parameters = update_parameters(parameters, backward_propagation(X, Y, cache), learning_rate)
        if print_cost and i % PRINT_EVERY == 0:
            print(f"Cost after iteration {i}: {cost}")
            costs.append(cost)
    if is_plot:
        names = ("iterations (per thousands)", "cost")
        plot_curve(costs, names=names, learning_rate=learning_rate)
    return parameters


def plot_curve(*curve: Sequence[Any], names: tuple[str, str], learning_rate: float) -> None:
    """Draw costs, or costs over iterations, with the names of both axes, and show them."""
    import matplotlib.pyplot as plt

    plt.plot(*curve)
    plt.xlabel(names[0])
    plt.ylabel(names[1])
    plt.title("Learning rate =" + str(learning_rate))
    plt.show()
