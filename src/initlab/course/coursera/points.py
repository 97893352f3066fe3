"""Nothing -> the course's circles, columns are samples, with the plot drawn on the way."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from initlab.datasets import make_circles

N_TRAIN, N_TEST, NOISE = 300, 100, 0.05
TRAIN_SEED, TEST_SEED = 1, 2
MARKER_AREA = 40

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def load_dataset(is_plot: bool = True) -> tuple[Floats, Integers, Floats, Integers]:
    """Return train_X (2, 300), train_Y (1, 300), test_X (2, 100), test_Y (1, 100); plot the first.

    NumPy's global generator is left seeded with 2 and advanced by the test points.

    Args:
        is_plot: draw the training points; the argument of a widespread edition of the course.
    """
    train_x, train_y = make_circles(N_TRAIN, noise=NOISE, random_state=TRAIN_SEED)
    test_x, test_y = make_circles(N_TEST, noise=NOISE, random_state=TEST_SEED)
    _leave_the_global_generator()
    if is_plot:
        import matplotlib.pyplot as plt

        plt.scatter(train_x[:, 0], train_x[:, 1], c=train_y, s=MARKER_AREA, cmap="Spectral")
    return train_x.T, _row(train_y), test_x.T, _row(test_y)


def _row(classes: Floats) -> Integers:
    return classes.astype(np.int64)[np.newaxis]


def _leave_the_global_generator() -> None:
    """Draw what scikit-learn draws for the test points: cells without a seed go on from here."""
    np.random.seed(TEST_SEED)  # noqa: NPY002
    np.random.shuffle(np.arange(N_TEST))  # noqa: NPY002
    np.random.normal(scale=NOISE, size=(N_TEST, 2))  # noqa: NPY002
