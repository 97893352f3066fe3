"""The textbook's curve: its ``DataLoader_7`` and its ``train``, which prints what it prints.

Points are rows here: W1 and B1 are (1, 2), W2 is (2, 1), B2 is (1, 1).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from initlab.comparison import compare
from initlab.errors import invalid_argument
from initlab.validation import finite_number, whole_number

Array = NDArray[np.float64]
HIDDEN = 2
SHAPES = {"W1": (1, HIDDEN), "B1": (1, HIDDEN), "W2": (HIDDEN, 1), "B2": (1, 1)}


class DataLoader_7:  # noqa: N801 - the textbook's own name
    """The points of the study ``curve``, scaled to [0, 1]: 800 to train on, 200 to validate.

    Attributes:
        train_x, train_y: training points, shape (800, 1) each.
        val_x, val_y: validation points, shape (200, 1) each.
    """

    def __init__(self) -> None:
        data = compare("curve", inits=["zeros"], steps=0, progress=False).data
        assert data is not None
        self.train_x, self.val_x = data.x_train, data.x_test
        self.train_y, self.val_y = data.y_train.reshape(-1, 1), data.y_test.reshape(-1, 1)

    def batches(self, batch_size: int) -> Iterator[tuple[Array, Array]]:
        """Yield x and y of each batch of one pass, in the order of the points."""
        for first in range(0, len(self.train_x), batch_size):
            rows = slice(first, first + batch_size)
            yield self.train_x[rows], self.train_y[rows]


def train(
    data_loader: DataLoader_7,
    W1: ArrayLike | None = None,
    B1: ArrayLike | None = None,
    W2: ArrayLike | None = None,
    B2: ArrayLike | None = None,
    *,
    learning_rate: float = 0.1,
    epochs: int = 1000,
    batch_size: int = 32,
) -> tuple[Array, Array, Array, Array]:
    """Train two tanh units on the curve; print the last two epochs and the parameters.

    What is left out of W1, B1, W2 and B2 is drawn from NumPy's global generator, as in the
    textbook. The textbook states a learning rate of 0.5, but its printed numbers belong to 0.1.

    Args:
        data_loader: the points.
        W1: weights of the hidden units, shape (1, 2).
        B1: their biases, shape (1, 2).
        W2: weights of the output, shape (2, 1).
        B2: its bias, shape (1, 1).
        learning_rate: step size of gradient descent.
        epochs: passes over the training points.
        batch_size: points per step.

    Returns:
        W1, B1, W2 and B2 after training.

    Raises:
        ArgumentError: a shape or a number is not what is asked for.
    """
    given = {"W1": W1, "B1": B1, "W2": W2, "B2": B2}
    w1, b1, w2, b2 = (_initial(name, value) for name, value in given.items())
    rate = finite_number("learning_rate", learning_rate, where="train")
    passes = whole_number("epochs", epochs, minimum=1, where="train")
    size = whole_number("batch_size", batch_size, minimum=1, where="train")
    step = 0
    for epoch in range(passes):
        for x, y in data_loader.batches(size):
            a1 = np.tanh(x @ w1 + b1)
            dz2 = (a1 @ w2 + b2 - y) / len(x)
            dz1 = (dz2 @ w2.T) * (1 - a1**2)
            w2, b2 = w2 - rate * (a1.T @ dz2), b2 - rate * dz2.sum(axis=0, keepdims=True)
            w1, b1 = w1 - rate * (x.T @ dz1), b1 - rate * dz1.sum(axis=0, keepdims=True)
            step += 1
        if epoch >= passes - 2:
            scores = (
                "loss {:.6f}, accu {:.4f}".format(*_scores(np.tanh(x @ w1 + b1) @ w2 + b2, y))
                for x, y in (
                    (data_loader.train_x, data_loader.train_y),
                    (data_loader.val_x, data_loader.val_y),
                )
            )
            print("轮数 {}, 迭代 {}, 训练集: {}, 验证集: {}".format(epoch, step, *scores))
    for name, value in zip(SHAPES, (w1, b1, w2, b2), strict=True):
        print(f"{name} =", str(value).replace("\n", ""))
    return w1, b1, w2, b2


def _initial(name: str, value: ArrayLike | None) -> Array:
    if value is None:
        return np.random.normal(size=SHAPES[name])  # noqa: NPY002 - the textbook's generator
    array = np.array(value, dtype=np.float64)
    if array.shape != SHAPES[name]:
        raise invalid_argument(
            name, f"an array of shape {SHAPES[name]}", array.shape,
            got=f"an array of shape {array.shape}", where="train",
        )  # fmt: skip
    return array


def _scores(z: Array, y: Array) -> tuple[float, float]:
    """Return the halved mean squared error, and the textbook's accuracy 1 - loss / variance."""
    loss = float(((z - y) ** 2).mean() / 2)
    return loss, 1 - loss / float(y.var())
