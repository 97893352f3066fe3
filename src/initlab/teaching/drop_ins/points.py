"""Sizes, noises and seeds -> the courses' circles, and the same with samples as columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.datasets import make_circles

NOTEBOOKS_OWN = (300, 100, 0.05, 0.05, 1, 2)  # sizes, noises and seeds of every edition

Arrays = tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]


def generate_dataset(
    n_samples_train: int,
    n_samples_test: int,
    noise_train: float,
    noise_test: float,
    seed_train: int,
    seed_test: int,
) -> Arrays:
    """Return train_X (n, 2), train_Y (n,), test_X, test_Y of scikit-learn's circles."""
    train_x, train_y = make_circles(n_samples_train, noise=noise_train, random_state=seed_train)
    test_x, test_y = make_circles(n_samples_test, noise=noise_test, random_state=seed_test)
    return train_x, train_y.astype(np.int64), test_x, test_y.astype(np.int64)


def preprocess(
    train_X: NDArray[Any], train_Y: NDArray[Any], test_X: NDArray[Any], test_Y: NDArray[Any]
) -> Arrays:
    """Return the points with samples as columns, (2, n), and the labels as one row, (1, n)."""
    return train_X.T, train_Y[np.newaxis], test_X.T, test_Y[np.newaxis]
