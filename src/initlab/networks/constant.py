"""Targets -> the best constant prediction, its scores, and a trained network's margins over them.

A score says little by itself: where 98 % of the samples are of one class, so is 98 % accuracy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from initlab.networks.dense import DenseNetwork
from initlab.networks.losses import BINARY, TABLE, VALUES
from initlab.networks.metrics import METRICS
from initlab.networks.scores import per_sample, score

if TYPE_CHECKING:
    from jaxtyping import Float, Shaped

Array = NDArray[np.floating]
Margin = tuple[float, float]
"""A score less that of the best constant prediction, and the standard error of this difference."""

SURE = 700.0  # a logit so large that its probability is 0 or 1, and its exponential still finite


def constant_outputs(
    network: DenseNetwork, y: Shaped[Array, "n ..."], *, mean: bool = False
) -> Float[Array, "1 outputs"]:
    """Return the last preactivations, shape (1, C), whose mean loss over the targets is least.

    They are the logits of the class frequencies (or what the loss's row says), or the targets'
    mean (or median, by the loss). Their class is the most frequent one.

    Args:
        network: says what the outputs mean.
        y: targets, shape (n,) or (n, C).
        mean: of values, the mean whatever the loss.
    """
    row = TABLE[network.loss]
    if row.targets == VALUES:
        middle: Any = np.median if row.constant == "median" and not mean else np.mean
        return np.asarray(middle(y.reshape(len(y), -1), axis=0, keepdims=True), dtype=np.float64)
    if row.best is not None:
        return row.best(y, network.layer_dims[-1])[np.newaxis]
    binary = row.targets == BINARY
    counts = np.bincount(y.astype(np.intp), minlength=2 if binary else network.layer_dims[-1])
    with np.errstate(divide="ignore"):
        logs = np.log(counts / len(y))
    if binary:
        logs = logs[1:] - logs[:1]
    return np.clip(logs, -SURE, SURE)[np.newaxis]


def base_rates(
    names: Sequence[str], network: DenseNetwork, y: Shaped[Array, "n ..."]
) -> dict[str, float]:
    """Return the scores of the best constant prediction, by the names of the scores."""
    found = {}
    for name in names:
        known = METRICS[name].of_mean
        z = constant_outputs(network, y, mean=known is not None)
        value = float(score(name, network, np.broadcast_to(z, (len(y), z.shape[1])), y))
        found[name] = value if known is None or not math.isfinite(value) else known
    return found


def margins(
    names: Sequence[str],
    network: DenseNetwork,
    z: Float[Array, "n outputs"],
    y: Shaped[Array, "n ..."],
) -> dict[str, Margin]:
    """Return how far each score of a network lies above that of the best constant prediction.

    The standard error is that of a mean of paired differences, one per sample; see
    :func:`mean_error`.

    Args:
        names: of the scores.
        network: says what the outputs mean.
        z: its last preactivations on the samples, shape (n, C).
        y: targets, shape (n,) or (n, C).
    """
    found = {}
    for name in names:
        best = constant_outputs(network, y, mean=METRICS[name].of_mean is not None)
        constant = np.broadcast_to(best, z.shape)
        with np.errstate(all="ignore"):
            each = per_sample(name, network, z, y) - per_sample(name, network, constant, y)
            labels = None if TABLE[network.loss].targets == VALUES else y
            found[name] = float(each.mean()), mean_error(each, labels)
    return found


def mean_error(each: Shaped[Array, " n"], labels: Shaped[Array, " n"] | None = None) -> float:
    """Return the standard error of a mean over samples; 0 where it is not finite.

    With labels it is the error for samples with these numbers of each class: the spread is taken
    within the classes. A constant prediction's score then has no error at all, so that it does not
    matter which of two equally frequent classes it names.

    Args:
        each: one number per sample, shape (n,).
        labels: the samples' classes, shape (n,); None for targets that are no classes.
    """
    n = len(each)
    if labels is None:
        classes, sizes = np.zeros(n, dtype=np.intp), np.array([n])
    else:
        _, classes, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    with np.errstate(all="ignore"):
        rest = each - (np.bincount(classes, weights=each) / sizes)[classes]
        error = math.sqrt(float(np.sum(rest * rest)) / max(1, n - len(sizes)) / n)
    return error if math.isfinite(error) else 0.0
