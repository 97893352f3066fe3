"""Nothing -> the course's circles, columns are samples, with the plot drawn on the way."""

from __future__ import annotations

import numpy as np

from initlab.teaching.drop_ins.points import NOTEBOOKS_OWN, Arrays, generate_dataset, preprocess

N_TEST, NOISE, TEST_SEED = NOTEBOOKS_OWN[1], NOTEBOOKS_OWN[3], NOTEBOOKS_OWN[5]
MARKER_AREA = 40


def load_dataset(is_plot: bool = True) -> Arrays:
    """Return train_X (2, 300), train_Y (1, 300), test_X (2, 100), test_Y (1, 100); plot the first.

    NumPy's global generator is left seeded with 2 and advanced by the test points.

    Args:
        is_plot: draw the training points; the argument of a widespread edition of the course.
    """
    data = generate_dataset(*NOTEBOOKS_OWN)
    _leave_the_global_generator()
    if is_plot:
        import matplotlib.pyplot as plt

        x, y = data[:2]
        plt.scatter(x[:, 0], x[:, 1], c=y, s=MARKER_AREA, cmap="Spectral")
    return preprocess(*data)


def _leave_the_global_generator() -> None:
    """Draw what scikit-learn draws for the test points: cells without a seed go on from here."""
    np.random.seed(TEST_SEED)  # noqa: NPY002
    np.random.shuffle(np.arange(N_TEST))  # noqa: NPY002
    np.random.normal(scale=NOISE, size=(N_TEST, 2))  # noqa: NPY002
