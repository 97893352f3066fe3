"""A way to draw points of a plane -> a data set of two classes, to train on and to test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.datasets.dataset import Dataset, InMemory
from initlab.datasets.task import CLASSIFICATION
from initlab.settings import SETTINGS
from initlab.validation import whole_number

TRAIN_SEED = 1  # random_state of the documents' training points; the test points take the next one

Points = tuple[NDArray[np.float64], NDArray[np.float64]]


def shuffled(points: Points, *, noise: float, generator: np.random.RandomState) -> Points:
    """Return points and their classes in another order, with normal noise, as scikit-learn does."""
    x, y = points
    order = np.arange(len(x))
    generator.shuffle(order)
    return x[order] + generator.normal(scale=noise, size=x.shape), y[order]


def plane(
    name: str, draw: Callable[..., Points], classes: tuple[str, str], *, noise: float,
    n_train: int = 300, n_test: int = 100, data_seed: int = TRAIN_SEED, **more: Any,
) -> Dataset:  # fmt: skip
    """Draw training points from ``data_seed``, and test points from the next seed.

    Args:
        name: of the data.
        draw: called with the number of points, ``noise``, ``random_state`` and what ``more`` holds.
        classes: what class 0 and class 1 are.
        noise: standard deviation of the noise, >= 0.
        n_train: number of training points, >= 1.
        n_test: number of test points, >= 1.
        data_seed: seed of the training points, below 2**32 - 1.
        more: further arguments of ``draw``.

    Raises:
        ArgumentError: a number is out of its bounds.
    """
    where = f"{name} data"
    sizes = [SETTINGS[one].check(size, where=where)
             for one, size in (("n_train", n_train), ("n_test", n_test))]  # fmt: skip
    noise = SETTINGS["noise"].check(noise, where=where)
    first = whole_number(
        "data_seed", data_seed, minimum=0, maximum=2**32 - 2, where=where,
        hint=f"The {name} come from NumPy's legacy generator, as in scikit-learn.",
    )  # fmt: skip
    train, test = (
        InMemory(*draw(size, noise=noise, random_state=seed, **more))
        for size, seed in zip(sizes, (first, first + 1), strict=True)
    )
    return Dataset(name, train, test, task=CLASSIFICATION, classes=classes, features=("x1", "x2"))
