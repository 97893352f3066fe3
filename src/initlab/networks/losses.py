"""Name of a loss -> everything the package knows of it, one row each; and what it makes of outputs.

A new loss is one more row of :data:`TABLE`. Legend: n samples, C outputs; z and dz have shape
(n, C), y has shape (n,) or (n, C). What only reads z takes any leading axes in front of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from initlab.nonlinearities.table import sigmoid

if TYPE_CHECKING:
    from jaxtyping import Float, Shaped

    from initlab.networks.dense import DenseNetwork

Array = NDArray[np.floating]
FORMS = ("logits", "probability")
BINARY, CLASSES, VALUES = "binary", "classes", "values"


@dataclass(frozen=True)
class Kernel:
    """Text of the loops of a compiled kernel over the samples of one block.

    ``{z}``, ``{a}``, ``{d}`` stand for where the last layer's rows begin in ``work``, ``{block}``
    and ``{outputs}`` for numbers; from ``{losses}``, ``{top}`` and ``{total}`` on there is room for
    one number per sample.

    Attributes:
        output: writes d, the gradient at the outputs times each sample's weight; it runs at every
            step, and may leave numbers in ``work`` for ``losses``.
        losses: by the form of the loss: writes the loss of each sample, where it is recorded.
        doubt: by form, where a loss may be NaN although every d is finite: returns NaN if so.
    """

    output: str
    losses: Mapping[str, str]
    doubt: Mapping[str, str] = field(default_factory=dict)


def _less(prediction: Array, y: Array) -> Array:
    error = prediction.copy()
    error -= y.reshape(error.shape)
    return error


@dataclass(frozen=True)
class Loss:
    """A loss, of dense networks or of PyTorch modules alone.

    Attributes:
        targets: what a target is: "binary" (0 or 1, one output), "classes" (the number of one) or
            "values" (as many as outputs).
        predicted: z -> predictions, of dense networks; of classes, their probabilities.
        prediction: name of that function, "" where it changes nothing.
        samples: by form: (z, y) -> loss of each sample, shape (..., n); empty without a dense form.
        gradient: (z, y) -> n times the gradient by z of the mean loss, a new array (n, C).
        equation: that of the gradient, for ``initlab trace``; {} is the prediction.
        kernel: the same for a compiled kernel.
        torch: its function in torch.nn.functional and its class in torch.nn; "" for none.
        records_as: the loss that a module's study is said to have, where it is not this one.
        constant: of values, which constant prediction loses least: "mean" or "median".
        best: of classes, two or more, in dense networks, (labels, C) -> outputs of the constant
            answer that loses least; None for the logarithms of the classes' shares, as of
            -log(probability).
        guess: number of classes -> loss of random guessing, where all outputs are equal.
    """

    targets: str
    predicted: Callable[[Array], Array] = lambda z: z
    prediction: str = ""
    samples: Mapping[str, Callable[[Array, Array], Array]] = field(default_factory=dict)
    gradient: Callable[[Array, Array], Array] = _less
    equation: str = "{} − Y"
    kernel: Kernel = Kernel("", {})
    torch: tuple[str, str] = ("", "")
    records_as: str = ""
    constant: str = "mean"
    best: Callable[[Array, int], Array] | None = None
    guess: Callable[[int], float] = math.log


def softmax(z: Float[Array, "*stack outputs"]) -> Float[Array, "*stack outputs"]:
    """exp(z) over its sum along the last axis, shifted by the maximum."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def _binary_logits(z: Array, y: Array) -> Array:
    z_row = z[..., 0]
    return np.asarray(np.maximum(z_row, 0) - y * z_row + np.log1p(np.exp(-np.abs(z_row))))


def _binary_probability(z: Array, y: Array) -> Array:
    a = sigmoid(z[..., 0])
    return np.asarray(-np.log(np.where(y > 0.5, a, 1 - a)))


def _classes_logits(z: Array, y: Array) -> Array:
    shifted = z - z.max(axis=-1, keepdims=True)
    picked = shifted[..., np.arange(len(y)), y.astype(np.intp)]
    return np.asarray(np.log(np.exp(shifted).sum(axis=-1)) - picked)


def _classes_probability(z: Array, y: Array) -> Array:
    return np.asarray(-np.log(softmax(z)[..., np.arange(len(y)), y.astype(np.intp)]))


def _classes_gradient(z: Array, y: Array) -> Array:
    error = softmax(z)
    error[np.arange(len(y)), y.astype(np.intp)] -= 1
    return error


def half_squared(
    z: Float[Array, "*stack n outputs"], y: Shaped[Array, "n ..."]
) -> Float[Array, "*stack n"]:
    """Half the squared distance of each sample's outputs from its targets, shape (..., n)."""
    if z.ndim == 3 and z.shape[-1] == 1 and z.dtype == y.dtype == np.float64:
        from initlab.networks.one_pass import half_squares  # late: numba takes its time

        return half_squares(z[..., 0], y.reshape(-1))
    error = z - y.reshape(z.shape[-2:])
    error *= error  # in place, here and below: of a stack they are many
    losses = error[..., 0] if error.shape[-1] == 1 else np.sum(error, axis=-1)
    losses *= 0.5
    return np.asarray(losses)


_BINARY_KERNEL = Kernel(
    """\
for s in range({block}):
    a = sigmoid(work[{z} + s])
    work[{a} + s] = a
    work[{d} + s] = (a - y[s]) * weights[s]
""",
    {
        "logits": """\
for s in range({block}):
    z = work[{z} + s]
    positive = z if z > 0.0 else 0.0
    loss = positive - y[s] * z + logarithm_one_plus(exponential(-abs(z)))
    work[{losses} + s] = loss
""",
        "probability": """\
for s in range({block}):
    a = work[{a} + s]
    loss = -logarithm(a if y[s] > 0.5 else 1.0 - a)
    work[{losses} + s] = loss
""",
    },
    {  # z = inf is a sure prediction, and where it is right the loss is inf - inf
        "logits": """\
doubt = 0.0
for s in range({block}):
    doubt += work[{z} + s] * 0.0
return doubt
"""
    },
)
_PICKED = """\
for c in range({outputs}):
    for s in range({block}):
        picked = work[{z} + c * {block} + s] - work[{top} + s]
        work[{losses} + s] = picked if y[s] == c else work[{losses} + s]
for s in range({block}):
    work[{losses} + s] = """
_CLASSES_KERNEL = Kernel(
    """\
for s in range({block}):
    work[{top} + s] = work[{z} + s]
    work[{total} + s] = 0.0
for c in range(1, {outputs}):
    for s in range({block}):
        z = work[{z} + c * {block} + s]
        work[{top} + s] = work[{top} + s] if work[{top} + s] >= z else z
for c in range({outputs}):
    for s in range({block}):
        e = exponential(work[{z} + c * {block} + s] - work[{top} + s])
        work[{d} + c * {block} + s] = e
        work[{total} + s] += e
for c in range({outputs}):
    for s in range({block}):
        p = work[{d} + c * {block} + s] / work[{total} + s]
        work[{d} + c * {block} + s] = (p - (y[s] == c)) * weights[s]
""",
    {
        "logits": _PICKED + "logarithm(work[{total} + s]) - work[{losses} + s]",
        "probability": _PICKED + "-logarithm(exponential(work[{losses} + s]) / work[{total} + s])",
    },
)
_SQUARED_KERNEL = Kernel(
    """\
for c in range({outputs}):
    for s in range({block}):
        work[{d} + c * {block} + s] = (\
work[{z} + c * {block} + s] - y[c * {block} + s]) * weights[s]
""",
    dict.fromkeys(
        FORMS,
        """\
for s in range({block}):
    work[{losses} + s] = 0.0
for c in range({outputs}):
    for s in range({block}):
        error = work[{z} + c * {block} + s] - y[c * {block} + s]
        work[{losses} + s] += 0.5 * error * error
""",
    ),
)

TABLE = {
    # From probabilities, 0·log 0 counts as 0, so that only a wrong saturated sample is infinite.
    "binary_cross_entropy": Loss(
        BINARY,
        sigmoid,
        "sigmoid",
        {"logits": _binary_logits, "probability": _binary_probability},
        lambda z, y: _less(sigmoid(z), y),
        kernel=_BINARY_KERNEL,
    ),
    "cross_entropy": Loss(
        CLASSES,
        softmax,
        "softmax",
        {"logits": _classes_logits, "probability": _classes_probability},
        _classes_gradient,
        kernel=_CLASSES_KERNEL,
        torch=("cross_entropy", "CrossEntropyLoss"),
    ),
    "half_mean_squared_error": Loss(
        VALUES, samples=dict.fromkeys(FORMS, half_squared), kernel=_SQUARED_KERNEL
    ),
    "nll": Loss(CLASSES, torch=("nll_loss", "NLLLoss"), records_as="cross_entropy"),
    "bce_with_logits": Loss(
        BINARY,
        torch=("binary_cross_entropy_with_logits", "BCEWithLogitsLoss"),
        records_as="binary_cross_entropy",
    ),
    "mse": Loss(VALUES, torch=("mse_loss", "MSELoss")),
    "l1": Loss(VALUES, torch=("l1_loss", "L1Loss"), constant="median"),
    "huber": Loss(VALUES, torch=("huber_loss", "HuberLoss"), constant="median"),
}


def predicted(
    network: DenseNetwork, z: Float[Array, "*stack n outputs"]
) -> Float[Array, "*stack n outputs"]:
    """Turn the last preactivations into probabilities, or leave them for regression."""
    return TABLE[network.loss].predicted(z)


def loss_value(
    network: DenseNetwork, z: Float[Array, "n outputs"], y: Shaped[Array, "n ..."]
) -> float:
    """Mean loss over the samples; may be infinite, and NaN where the outputs are."""
    with np.errstate(all="ignore"):
        return float(np.mean(sample_losses(network, z, y)))


@np.errstate(all="ignore")  # an infinite loss is a value here, not an accident
def sample_losses(
    network: DenseNetwork, z: Float[Array, "*stack n outputs"], y: Shaped[Array, "n ..."]
) -> Float[Array, "*stack n"]:
    """Loss of each sample, shape (..., n)."""
    return TABLE[network.loss].samples[network.loss_form](z, y)


def prediction_error(
    network: DenseNetwork, z: Float[Array, "n outputs"], y: Shaped[Array, "n ..."]
) -> Float[Array, "n outputs"]:
    """N times the mean loss's gradient by z, (n, C): for most losses prediction - target."""
    return TABLE[network.loss].gradient(z, y)
