"""A rule that classifies points, and points -> the picture of the regions behind the points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.errors import invalid_argument

STEP = 0.01
MARGIN = 1.0


def plot_decision_boundary(model: Callable[[Any], Any], X: Any, y: Any) -> None:
    """Colour the plane by ``model`` and draw the points over it, on the current axes; show it.

    Args:
        model: takes rows of points, (n, 2), and returns n classes in any shape.
        X: points, (2, n): columns are samples.
        y: classes, (1, n) or (n,).
    """
    import matplotlib.pyplot as plt

    points = np.asarray(X)
    if points.ndim != 2 or len(points) != 2:
        hint = (
            "Each column must be a sample, but here each row is a sample. Pass X.T."
            if points.ndim == 2 and points.shape[1] == 2
            else ""
        )
        raise invalid_argument("X", "of shape (2, n)", points.shape, where="plot_decision_boundary",
                               hint=hint)  # fmt: skip
    xx, yy = grid(points)
    regions = np.asarray(model(np.column_stack([xx.ravel(), yy.ravel()]))).reshape(xx.shape)
    plt.contourf(xx, yy, regions.astype(float), cmap="Spectral")
    plt.xlabel("x1")
    plt.ylabel("x2")
    plt.scatter(points[0], points[1], c=np.ravel(y), cmap="Spectral")
    plt.show()


def grid(points: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a meshgrid of step 0.01 that extends 1 beyond points of shape (2, n) on all sides."""
    low, high = points.min(axis=1) - MARGIN, points.max(axis=1) + MARGIN
    xx, yy = np.meshgrid(*(np.arange(a, b, STEP) for a, b in zip(low, high, strict=True)))
    return xx, yy
