"""The assignment's data, costs and decisions -> its figures, training beside test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from initlab.teaching.drop_ins.coursera.boundary import grid
from initlab.teaching.drop_ins.coursera.network import plot_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

VIEW = (-1.5, 1.5)
TITLES = ("Training data", "Test data")


class Visualization:
    """The assignment's figures, as static methods."""

    @staticmethod
    def visualize_the_data(
        train_X: NDArray[Any],
        train_Y: NDArray[Any],
        test_X: NDArray[Any],
        test_Y: NDArray[Any],
        scale: float = 40,
        cmap: Any = "Spectral",
    ) -> None:
        """Draw both sets of points, (n, 2), coloured by their labels, (n,)."""
        for ax, x, y in zip(_two_axes(), (train_X, test_X), (train_Y, test_Y), strict=True):
            _scatter(ax, x[:, 0], x[:, 1], y, s=scale, cmap=cmap)

    @staticmethod
    def plot_the_cost(
        iterations: Sequence[int], costs: Sequence[float], learning_rate: float
    ) -> None:
        """Draw the cost over the iterations and show it."""
        plot_curve(iterations, costs, names=("Iterations", "Cost"), learning_rate=learning_rate)

    @staticmethod
    def plot_decision_boundary(
        Z_train: NDArray[Any],
        X_train: NDArray[Any],
        Y_train: NDArray[Any],
        Z_test: NDArray[Any],
        X_test: NDArray[Any],
        Y_test: NDArray[Any],
    ) -> None:
        """Draw the decisions on the grids of step 0.01 behind the points, (2, n)."""
        sets = ((Z_train, X_train, Y_train), (Z_test, X_test, Y_test))
        for ax, (z, x, y) in zip(_two_axes(), sets, strict=True):
            ax.set_xlim(*VIEW)
            ax.set_ylim(*VIEW)
            xx, yy = grid(x)
            ax.contourf(xx, yy, np.asarray(z, dtype=float).reshape(xx.shape), cmap="Spectral")
            _scatter(ax, x[0], x[1], y, cmap="Spectral")


def _two_axes() -> Sequence[Axes]:
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(ncols=2, sharex=True, sharey=True, figsize=(8, 4))
    for ax, title in zip(axes, TITLES, strict=True):
        ax.set_title(title)
        ax.set_xlabel("Feature #0")
    axes[0].set_ylabel("Feature #1")
    return list(axes)


def _scatter(ax: Axes, x: NDArray[Any], y: NDArray[Any], labels: Any, **look: Any) -> None:
    drawn = ax.scatter(x, y, c=np.ravel(labels), **look)
    ax.legend(*drawn.legend_elements(), title="Classes")
