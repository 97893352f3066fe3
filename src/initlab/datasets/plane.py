"""Number of points, noise and seed -> two classes of points of the plane: circles, moons, spirals.

Circles and moons are scikit-learn's, bit for bit, without its import, which costs about a second of
CPU. A test holds them against scikit-learn.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.datasets.dataset import Dataset, InMemory
from initlab.datasets.task import CLASSIFICATION
from initlab.settings import SETTINGS
from initlab.validation import whole_number

TRAIN_SEED = 1  # random_state of the documents' training points; the test points take the next one
INNER_RADIUS = 0.8  # scikit-learn's default ``factor``
TURNS = 1.5  # of each arm of the spirals around the centre
INNERMOST = 0.1  # radius at which the arms begin

Array = NDArray[np.float64]
Points = tuple[Array, Array]


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
        hint="The points come from NumPy's legacy random generator, whose seeds are below 2**32. "
             "The seed of the test points is data_seed + 1.",
    )  # fmt: skip
    train, test = (
        InMemory(*draw(size, noise=noise, random_state=seed, **more))
        for size, seed in zip(sizes, (first, first + 1), strict=True)
    )
    return Dataset(name, train, test, task=CLASSIFICATION, classes=classes, features=("x1", "x2"))


def two_curves(
    curve: Callable[[int, int], Array], n_samples: int, *, noise: float, random_state: int
) -> Points:
    """Draw points of two curves, shuffled, with noise.

    Args:
        curve: (class, number of points) -> its points without noise, shape (2, number).
        n_samples: number of points in all; an odd one goes to class 1.
        noise: standard deviation of the normal noise added to both coordinates.
        random_state: seed of NumPy's legacy generator, as in scikit-learn.

    Returns:
        Points, shape (n_samples, 2), and classes 0.0 or 1.0, shape (n_samples,).
    """
    sizes = (n_samples // 2, n_samples - n_samples // 2)
    points = np.hstack([curve(k, size) for k, size in enumerate(sizes)]).T
    order = np.arange(n_samples)
    generator = np.random.RandomState(random_state)
    generator.shuffle(order)
    noisy = points[order] + generator.normal(scale=noise, size=points.shape)
    return noisy, np.repeat([0.0, 1.0], sizes)[order]


def make_circles(n_samples: int, *, noise: float, random_state: int) -> Points:
    """Draw noisy points of an outer circle (class 0) and an inner circle (class 1).

    The points are those of scikit-learn's function of this name, with ``factor=0.8``.

    Args:
        n_samples: number of points in all; an odd one goes to class 1.
        noise: standard deviation of the normal noise added to both coordinates.
        random_state: seed of NumPy's legacy generator, as in scikit-learn.

    Returns:
        Points, shape (n_samples, 2), and classes 0.0 or 1.0, shape (n_samples,).

    Example:
        >>> x, y = make_circles(4, noise=0.0, random_state=1)
        >>> sorted(np.hypot(*x.T).round(2).tolist())
        [0.8, 0.8, 1.0, 1.0]
    """
    return two_curves(_circle, n_samples, noise=noise, random_state=random_state)


def _circle(inner: int, count: int) -> Array:
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)]) * (INNER_RADIUS if inner else 1.0)


def _moon(lower: int, count: int) -> Array:
    """Return points of the upper half circle or the lower one."""
    angle = np.linspace(0, np.pi, count)
    if lower:
        return np.stack([1 - np.cos(angle), 1 - np.sin(angle) - 0.5])
    return np.stack([np.cos(angle), np.sin(angle)])


def _spiral(turned: int, count: int) -> Array:
    """Return points of an arm or of the same one turned by half a circle, in the square [-1, 1]^2.

    The radius grows linearly with the angle, from 0.1 to 1; points are uniform in the angle.
    """
    along = np.linspace(0, 1, count)
    radius = INNERMOST + (1 - INNERMOST) * along
    angle = 2 * np.pi * TURNS * along + np.pi * turned
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)])


make_moons = partial(two_curves, _moon)
make_spirals = partial(two_curves, _spiral)

circles = partial(
    plane, "circles", make_circles, ("0, outer circle", "1, inner circle"), noise=0.05
)
"""The documents' points with ``data_seed=1``."""
moons = partial(plane, "moons", make_moons, ("0, upper moon", "1, lower moon"), noise=0.1)
spirals = partial(plane, "spirals", make_spirals, ("0, first arm", "1, second arm"), noise=0.02)
