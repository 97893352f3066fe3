"""Number of points, noise and seed -> a noisy curve on [0, 1] x [0, 1], to be fitted."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from initlab.datasets.dataset import Dataset, InMemory, Scaling
from initlab.datasets.task import REGRESSION
from initlab.settings import SETTINGS
from initlab.validation import whole_number

LARGEST_X = 7.0
DECIMALS = 2  # the document's points are rounded before they are scaled
TRAIN_SHARE = 0.8
# The document does not say how it shuffled. Of a few usual ways, this one comes nearest to the
# variances behind its printed figures: 0.0456 and 0.0471 against its 0.0455 and 0.0476.
SHUFFLE_SEED = 0
DOCUMENT_SEED = 4  # gives the document's points: its printed targets are among them


def curve_function(x: ArrayLike) -> NDArray[np.float64]:
    """The curve without its noise, in its own units.

    Example:
        >>> float(curve_function(0.0))
        2.0
    """
    t = np.asarray(x, dtype=np.float64)
    return np.asarray(np.cos(t) * (1 - 0.1 * t) * (0.1 * t - 1) + 3)


def curve(*, n_samples: int = 1000, noise: float = 0.1, data_seed: int = DOCUMENT_SEED) -> Dataset:
    """Build the document's data: 80 % of the points to train on, 20 % to validate.

    x is uniform on [0, 7], y the curve plus normal noise. Both are rounded to two decimals and
    scaled to [0, 1] by their own range; then the points are shuffled. One legacy generator gives
    x, then the noise; another one, always the same, the order.

    Args:
        n_samples: number of points in all, >= 5.
        noise: standard deviation of the noise in y, >= 0.
        data_seed: seed, below 2**32; 4 gives the document's points.

    Returns:
        The data; ``x_test`` and ``y_test`` hold the validation part, ``x_scaling`` and
        ``y_scaling`` the ranges, so that a figure can use the original units.
    """
    where = "curve data"
    n_samples = SETTINGS["n_samples"].check(n_samples, where=where)
    noise = SETTINGS["noise"].check(noise, where=where)
    data_seed = whole_number(
        "data_seed", data_seed, minimum=0, maximum=2**32 - 1, where=where,
        hint="The points come from NumPy's legacy random generator, whose seeds are below 2**32.",
    )  # fmt: skip
    generator = np.random.RandomState(data_seed)
    x = generator.uniform(0.0, LARGEST_X, n_samples)
    y = curve_function(x) + generator.normal(0.0, noise, n_samples)
    x, y = x.round(DECIMALS), y.round(DECIMALS)
    x_scaling, y_scaling = Scaling.of(x), Scaling.of(y)
    order = np.random.RandomState(SHUFFLE_SEED).permutation(n_samples)
    x, y = x_scaling.scaled(x[order])[:, np.newaxis], y_scaling.scaled(y[order])
    n_train = round(TRAIN_SHARE * n_samples)
    return Dataset(
        "curve", InMemory(x[:n_train], y[:n_train]), InMemory(x[n_train:], y[n_train:]),
        task=REGRESSION, features=("x",), x_scaling=x_scaling, y_scaling=y_scaling,
        held_out="validation",
    )  # fmt: skip
