"""Last preactivations and targets -> named scores, for one network or for a stack of them.

Legend: z (..., n, C) with any leading axes, y (n,) or (n, C); a score has the leading axes' shape.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.networks.dense import DenseNetwork, Parameters
from initlab.networks.forward import outputs
from initlab.networks.losses import sample_losses
from initlab.networks.nonlinearities import sigmoid

Array = NDArray[np.floating]

PIECE_BYTES = 2**19  # of one layer: with its neighbors it stays in a core's second-level cache


def _loss(network: DenseNetwork, z: Array, y: Array) -> Array:
    """Mean loss over the samples."""
    return np.asarray(np.mean(sample_losses(network, z, y), axis=-1))


def _accuracy(network: DenseNetwork, z: Array, y: Array) -> Array:
    """Share of samples classified rightly."""
    share = np.mean(_right(network, z, y), axis=-1)
    return np.where(np.isnan(z).any(axis=(-2, -1)), np.nan, share)  # never chance for NaN


def _right(network: DenseNetwork, z: Array, y: Array) -> NDArray[np.bool_]:
    """Which samples are classified rightly.

    Binary: class 1 where the output is > 0.5 (so exactly 0.5 is class 0). Several classes: the
    largest output.
    """
    if network.loss == "binary_cross_entropy":
        return np.asarray((sigmoid(z[..., 0]) > 0.5) == (y > 0.5))
    return np.asarray(z.argmax(axis=-1) == y)


def _r2(loss: Array, y: Array) -> Array:
    """Share of the targets' variance explained: 1 - mean squared error / variance."""
    return np.asarray(1 - 2 * loss / _variance(y))


def _document_accuracy(loss: Array, y: Array) -> Array:
    """1 - half the mean squared error / variance: 0.5, not 0, for the best constant."""
    return np.asarray(1 - loss / _variance(y))


def _variance(y: Array) -> float:
    return float(np.var(y, axis=0).sum())


SCORES: dict[str, tuple[Callable[[DenseNetwork, Array, Array], Array], Callable[..., Array]]] = {
    # name: what is computed from the outputs, and the score that follows from it and the targets
    "loss": (_loss, lambda loss, y: loss),
    "accuracy": (_accuracy, lambda accuracy, y: accuracy),
    "r2": (_loss, _r2),
    "document_accuracy": (_loss, _document_accuracy),
}


@np.errstate(all="ignore")
def score(name: str, network: DenseNetwork, z: Array, y: Array) -> NDArray[np.float64]:
    """Return one of :data:`SCORES`; NaN where the outputs are not numbers."""
    of_outputs, final = SCORES[name]
    return np.asarray(final(of_outputs(network, z, y), y), dtype=np.float64)


@np.errstate(all="ignore")
def per_sample(name: str, network: DenseNetwork, z: Array, y: Array) -> Array:
    """Return a score's share of each sample, shape (n,): their mean is the score."""
    of_outputs, final = SCORES[name]
    if np.isnan(z).any():
        return np.full(len(z), np.nan)
    if of_outputs is _accuracy:
        return _right(network, z, y).astype(np.float64)
    return np.asarray(final(sample_losses(network, z, y), y), dtype=np.float64)


@np.errstate(all="ignore")
def scores_on(
    names: Sequence[str], network: DenseNetwork, parameters: Parameters, x: Array, y: Array
) -> dict[str, NDArray[np.float64]]:
    """Return these scores of a network, or of every network of a stack, on some points.

    A stack goes through a few networks at a time. Their number changes no bit: every network of a
    stack is multiplied and summed by itself.
    """
    found: dict[Any, list[Array]] = {SCORES[name][0]: [] for name in names}
    for members in _pieces(network, parameters, x):
        z = outputs(network, members, x)
        for of_outputs, parts in found.items():
            parts.append(of_outputs(network, z, y))
    result = {}
    for name in names:
        of_outputs, final = SCORES[name]
        parts = found[of_outputs]
        values = parts[0] if len(parts) == 1 else np.concatenate(parts)
        result[name] = np.asarray(final(values, y), dtype=np.float64)
    return result


def _pieces(network: DenseNetwork, parameters: Parameters, x: Array) -> Iterator[Parameters]:
    """Cut a stack along its first axis so that no layer of a piece is larger than PIECE_BYTES."""
    *stack, _, _ = parameters["W1"].shape
    if not stack:
        yield parameters
        return
    member = math.prod(stack[1:]) * len(x) * max(network.layer_dims[1:]) * x.itemsize
    step = max(1, PIECE_BYTES // max(1, member))
    for first in range(0, max(1, stack[0]), step):
        yield {name: value[first : first + step] for name, value in parameters.items()}
