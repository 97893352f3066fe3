"""Number of points, noise and seed -> scikit-learn's two circles, bit for bit, without its import.

Importing sklearn.datasets costs about a second of CPU; the circles need ten lines of NumPy. A test
holds them against scikit-learn.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from initlab.datasets.plane import plane, shuffled

INNER_RADIUS = 0.8  # scikit-learn's default ``factor``


def make_circles(
    n_samples: int, *, noise: float, random_state: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw points of an outer circle (class 0) and an inner one (class 1), shuffled, with noise.

    Args:
        n_samples: number of points in all; an odd one goes to the inner circle.
        noise: standard deviation of the normal noise added to both coordinates.
        random_state: seed of NumPy's legacy generator, as in scikit-learn.

    Returns:
        Points, shape (n_samples, 2), and classes 0.0 or 1.0, shape (n_samples,).

    Example:
        >>> x, y = make_circles(4, noise=0.0, random_state=1)
        >>> sorted(np.hypot(*x.T).round(2).tolist())
        [0.8, 0.8, 1.0, 1.0]
    """
    n_outer = n_samples // 2
    n_inner = n_samples - n_outer
    generator = np.random.RandomState(random_state)
    outer = np.linspace(0, 2 * np.pi, n_outer, endpoint=False)
    inner = np.linspace(0, 2 * np.pi, n_inner, endpoint=False)
    points = np.vstack(
        [
            np.append(np.cos(outer), np.cos(inner) * INNER_RADIUS),
            np.append(np.sin(outer), np.sin(inner) * INNER_RADIUS),
        ]
    ).T
    classes = np.hstack([np.zeros(n_outer), np.ones(n_inner)])
    return shuffled((points, classes), noise=noise, generator=generator)


circles = partial(
    plane, "circles", make_circles, ("0, outer circle", "1, inner circle"), noise=0.05
)
"""The documents' points with ``data_seed=1``; see :func:`initlab.datasets.plane.plane`."""
