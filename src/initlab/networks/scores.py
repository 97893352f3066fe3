"""Last preactivations and targets -> named scores, for one network or for a stack of them.

Legend: z (..., n, C) with any leading axes, y (n,) or (n, C); a score has the leading axes' shape.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from initlab.networks.dense import DenseNetwork
from initlab.networks.losses import sample_losses
from initlab.networks.nonlinearities import sigmoid

Array = NDArray[np.floating]


def score(name: str, network: DenseNetwork, z: Array, y: Array) -> NDArray[np.float64]:
    """Return one of :data:`SCORES`; NaN where the outputs are not numbers."""
    with np.errstate(all="ignore"):
        return np.asarray(SCORES[name](network, z, y), dtype=np.float64)


def _loss(network: DenseNetwork, z: Array, y: Array) -> Array:
    """Mean loss over the samples."""
    return np.asarray(np.mean(sample_losses(network, z, y), axis=-1))


def _accuracy(network: DenseNetwork, z: Array, y: Array) -> Array:
    """Share of samples classified rightly.

    Binary: class 1 where the output is > 0.5 (so exactly 0.5 is class 0). Several classes: the
    largest output.
    """
    if network.loss == "binary_cross_entropy":
        right = (sigmoid(z[..., 0]) > 0.5) == (y > 0.5)
    else:
        right = z.argmax(axis=-1) == y
    share = np.mean(right, axis=-1)
    return np.where(np.isnan(z).any(axis=(-2, -1)), np.nan, share)  # never chance for NaN


def _r2(network: DenseNetwork, z: Array, y: Array) -> Array:
    """Share of the targets' variance explained: 1 - mean squared error / variance."""
    return np.asarray(1 - 2 * _loss(network, z, y) / _variance(y))


def _document_accuracy(network: DenseNetwork, z: Array, y: Array) -> Array:
    """1 - half the mean squared error / variance: 0.5, not 0, for the best constant."""
    return np.asarray(1 - _loss(network, z, y) / _variance(y))


def _variance(y: Array) -> float:
    return float(np.var(y, axis=0).sum())


SCORES: dict[str, Callable[[DenseNetwork, Array, Array], Array]] = {
    "loss": _loss,
    "accuracy": _accuracy,
    "r2": _r2,
    "document_accuracy": _document_accuracy,
}
