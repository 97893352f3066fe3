"""A function of x, number of points, noise and seed -> points above and below its graph."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from initlab.datasets.dataset import Dataset
from initlab.datasets.formula import formula
from initlab.datasets.plane import TRAIN_SEED, plane
from initlab.errors import refusal

Array = NDArray[np.float64]
FUNCTION = "0.5*sin(3*x)"


def make_boundary(
    n_samples: int,
    *,
    noise: float,
    random_state: int,
    function: Callable[[ArrayLike], Array],
) -> tuple[Array, Array]:
    """Draw points of the square [-1, 1]^2; those above the graph are class 1, the others 0.

    Args:
        n_samples: number of points.
        noise: standard deviation of the normal noise that moves points once they have a class.
        random_state: seed of NumPy's legacy generator.
        function: the graph.

    Returns:
        Points, shape (n_samples, 2), and classes 0.0 or 1.0, shape (n_samples,).
    """
    generator = np.random.RandomState(random_state)
    points = generator.uniform(-1.0, 1.0, (n_samples, 2))
    classes = (points[:, 1] > function(points[:, 0])).astype(np.float64)
    return points + generator.normal(scale=noise, size=points.shape), classes


def boundary(
    *, n_train: int = 300, n_test: int = 100, noise: float = 0.0, data_seed: int = TRAIN_SEED,
    function: str = FUNCTION,
) -> Dataset:  # fmt: skip
    """Build points above and below a function: training points from ``data_seed``.

    Test points come from the next seed.

    Args:
        n_train: number of training points, >= 1.
        n_test: number of test points, >= 1.
        noise: standard deviation of the noise, >= 0.
        data_seed: seed of the training points, below 2**32 - 1.
        function: of x, such as "sin(3*x)"; see :func:`formula`.

    Raises:
        ArgumentError: the function cannot be read, or leaves one class without a training point.
    """
    graph, across = formula(function), np.linspace(-1.0, 1.0, 201)
    missing = across[np.isnan(graph(across))]
    if len(missing):
        hint = f"It has no value at x = {missing[0]:g}."
        raise refusal("function", "a function of every x from -1 to 1", function, hint=hint)
    found = plane(
        "boundary", make_boundary, ("0, below", "1, above"), n_train=n_train, n_test=n_test,
        noise=noise, data_seed=data_seed, function=graph,
    )  # fmt: skip
    if n_train > 1 and len(set(found.y_train)) < 2:
        side = "above" if found.y_train.all() else "below"
        expected = "a function whose graph passes between points of the square from -1 to 1"
        raise refusal("function", expected, function, hint=f"All training points lie {side} it.")
    return found
