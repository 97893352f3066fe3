"""Name of a metric -> everything the package knows of it, one row each; and which way is better.

A new metric is one more row of :data:`METRICS`. A score's full name says the part of the data too:
"train_loss" is the loss of the training part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.networks.dense import DenseNetwork
from initlab.networks.losses import BINARY, CLASSES, TABLE, VALUES, half_squared
from initlab.nonlinearities.table import sigmoid

Array = NDArray[Any]
PARTS = {"train": "training"}  # the other parts of the data are called what they are
LOWER = ["loss", "error", "errors", "mae", "mse", "rmse", "nll", "perplexity", "ppl", "wer"]
"""Words in the name of a user's own metric from which "lower is better" is guessed."""


@dataclass(frozen=True)
class Metric:
    """A score of a network's outputs on some samples: a mean over them, or what follows from it.

    Legend: z (..., n, C) are the last preactivations, y (n,) or (n, C) the targets.

    Attributes:
        label: its name in words.
        each: network -> function of (z, y) that gives what is averaged over the samples, shape
            (..., n). It sees all samples: a correlation is a mean too, that of products. The mean
            is NaN where an output is, as NaN is no answer.
        score: (mean, y) -> the score; linear in the mean.
        higher: whether more is better.
        targets: kinds of targets it is a score for: "binary", "classes", "values".
        share: whether it is shown in percent.
        digits: how else it is shown.
        constant: in words, the constant prediction that scores best.
        of_mean: the score of always predicting the mean, where that is the best constant whatever
            the loss; without rounding errors.
        note: what a reader must know.
    """

    label: str
    each: Callable[[DenseNetwork], Callable[[Array, Array], Array]]
    score: Callable[[Any, Array], Any] = lambda mean, y: mean
    higher: bool = True
    targets: tuple[str, ...] = (BINARY, CLASSES, VALUES)
    share: bool = False
    digits: str = ".3g"
    constant: str = "the best constant prediction"
    of_mean: float | None = None
    note: str = ""


def _loss(network: DenseNetwork) -> Callable[[Array, Array], Array]:
    return TABLE[network.loss].samples[network.loss_form]


def _squared(network: DenseNetwork) -> Callable[[Array, Array], Array]:
    return half_squared


def _right(network: DenseNetwork) -> Callable[[Array, Array], Array]:
    """Which samples are classified correctly: by the largest output of several classes."""
    if TABLE[network.loss].targets == BINARY:
        return _right_half
    return lambda z, y: np.asarray(z.argmax(axis=-1) == y)


def _right_half(z: Array, y: Array) -> Array:
    """Class 1 is answered where the output is > 0.5, so exactly 0.5 is class 0."""
    return np.asarray((sigmoid(z[..., 0]) > 0.5) == (y > 0.5))


def _variance(y: Array) -> float:
    return float(np.var(y, axis=0).sum())


METRICS = {
    "loss": Metric("loss", _loss, higher=False),
    "accuracy": Metric(
        "accuracy",
        _right,
        targets=(BINARY, CLASSES),
        share=True,
        constant="always predicting the largest class",
    ),
    "r2": Metric(
        "R²",
        _squared,
        lambda half, y: np.asarray(1 - 2 * half / _variance(y)),
        targets=(VALUES,),
        constant="always predicting the mean",
        of_mean=0.0,
    ),
    "document_accuracy": Metric(
        "document accuracy",
        _squared,
        lambda half, y: np.asarray(1 - half / _variance(y)),
        targets=(VALUES,),
        digits=".4f",  # as the document prints it
        constant="always predicting the mean",
        of_mean=0.5,
        note="Document accuracy is 1 − loss / variance of the targets, as in the document that "
        "initlab compare curve reproduces. It is 0.5 for the best constant prediction, because "
        "this loss is half the mean squared error. R² of the same prediction is 0, because R² uses "
        "the whole mean squared error.",
    ),
}


def metric_kind(metric: str) -> str:
    """Return what a score measures, without the part of the data: "loss", "accuracy", ..."""
    return metric.partition("_")[2]


def metric_row(metric: str) -> Metric | None:
    """Return the row of a score such as "train_loss"; None for a metric of the user's own."""
    return METRICS.get(metric_kind(metric))


def metric_label(metric: str) -> str:
    """Return a score's name in words: "training loss", or that of a user's own metric."""
    part, _, kind = metric.partition("_")
    kind, last, count = kind.partition("_last_")
    if kind not in METRICS:
        return metric.replace("_", " ")
    of_last = f"last-{count}-batch " * bool(last)
    return f"{of_last}{PARTS.get(part, part)} {METRICS[kind].label}"


def higher_is_better(metric: str) -> bool:
    """Whether more of a score is better; of a user's own metric this is guessed from its name."""
    row = metric_row(metric)
    return not set(LOWER) & set(metric.lower().split("_")) if row is None else row.higher
