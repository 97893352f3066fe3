"""Number of points, noise and seed -> scikit-learn's two moons, bit for bit, without its import."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from initlab.datasets.plane import plane, shuffled


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
    return shuffled((points, classes), noise=noise, generator=generator)


moons = partial(plane, "moons", make_moons, ("0, upper moon", "1, lower moon"), noise=0.1)
"""Two moons; see :func:`initlab.datasets.plane.plane`."""
