"""Number of points, noise and seed -> two spirals around each other, in the square [-1, 1]^2."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from initlab.datasets.plane import plane

TURNS = 1.5  # of each arm around the centre
INNERMOST = 0.1  # radius at which the arms begin


def make_spirals(
    n_samples: int, *, noise: float, random_state: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw points of two arms, one the other turned by half a circle, shuffled, with noise.

    The radius grows linearly with the angle, from 0.1 to 1; points are uniform in the angle.

    Args:
        n_samples: number of points in all; an odd one goes to class 1.
        noise: standard deviation of the normal noise added to both coordinates.
        random_state: seed of NumPy's legacy generator.

    Returns:
        Points, shape (n_samples, 2), and classes 0.0 or 1.0, shape (n_samples,).

    Example:
        >>> x, y = make_spirals(5, noise=0.0, random_state=1)
        >>> sorted(np.hypot(*x[y == 0].T).round(2).tolist())
        [0.1, 1.0]
    """
    generator = np.random.RandomState(random_state)
    classes = np.repeat([0.0, 1.0], [n_samples // 2, n_samples - n_samples // 2])
    along = np.concatenate([np.linspace(0, 1, int((classes == one).sum())) for one in (0, 1)])
    radius = INNERMOST + (1 - INNERMOST) * along
    angle = 2 * np.pi * TURNS * along + np.pi * classes
    points = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    order = generator.permutation(n_samples)
    points, classes = points[order], classes[order]
    return points + generator.normal(scale=noise, size=points.shape), classes


spirals = partial(plane, "spirals", make_spirals, ("0, first arm", "1, second arm"), noise=0.02)
"""Two spirals; see :func:`initlab.datasets.plane.plane`."""
