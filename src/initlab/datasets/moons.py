"""Number of points, noise and seed -> scikit-learn's two moons, bit for bit, without its import."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from initlab.datasets.dataset import Dataset
from initlab.datasets.plane import TRAIN_SEED, plane


def make_moons(
    n_samples: int, *, noise: float, random_state: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw points of an upper half circle (class 0) and a lower one (class 1), shuffled.

    Args:
        n_samples: number of points in all; an odd one goes to the lower moon.
        noise: standard deviation of the normal noise added to both coordinates.
        random_state: seed of NumPy's legacy generator, as in scikit-learn.

    Returns:
        Points, shape (n_samples, 2), and classes 0.0 or 1.0, shape (n_samples,).

    Example:
        >>> x, y = make_moons(4, noise=0.0, random_state=1)
        >>> sorted(x[y == 0].round(2).tolist())
        [[-1.0, 0.0], [1.0, 0.0]]
    """
    n_upper = n_samples // 2
    upper, lower = np.linspace(0, np.pi, n_upper), np.linspace(0, np.pi, n_samples - n_upper)
    points = np.vstack(
        [
            np.append(np.cos(upper), 1 - np.cos(lower)),
            np.append(np.sin(upper), 1 - np.sin(lower) - 0.5),
        ]
    ).T
    classes = np.hstack([np.zeros(len(upper)), np.ones(len(lower))])
    generator = np.random.RandomState(random_state)
    order = np.arange(n_samples)
    generator.shuffle(order)
    points, classes = points[order], classes[order]
    points += generator.normal(scale=noise, size=points.shape)
    return points, classes


def moons(
    *, n_train: int = 300, n_test: int = 100, noise: float = 0.1, data_seed: int = TRAIN_SEED
) -> Dataset:
    """Build two moons: training points from ``data_seed``, test points from the next.

    Args:
        n_train: number of training points, >= 1.
        n_test: number of test points, >= 1.
        noise: standard deviation of the noise, >= 0.
        data_seed: seed of the training points, below 2**32 - 1.
    """
    return plane(
        "moons", make_moons, ("0, upper moon", "1, lower moon"),
        n_train=n_train, n_test=n_test, noise=noise, data_seed=data_seed,
    )  # fmt: skip
