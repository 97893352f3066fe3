"""Network, parameters and a batch -> every quantity of one step of gradient descent.

In the document's convention: rows are samples, Z = A W + B, W (in, out), B (1, out). dZ belongs to
each sample and is not divided by the batch size; dW and dB are means over the batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from initlab.networks import DenseNetwork
from initlab.networks.losses import CLASSES, TABLE, loss_value, predicted
from initlab.nonlinearities.table import nonlinearity

if TYPE_CHECKING:
    from jaxtyping import Float64

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """One update and all that led to it; n samples, every name as in the document.

    Attributes:
        network: widths, nonlinearity and loss.
        step: number of the step, from 1.
        inputs: X, shape (n, features).
        targets: Y, shape (n, outputs); a class is 1 in its column.
        forward: "Z1", "A1", "Z2", ...; for classes also the prediction, "A2" after two layers.
        loss: mean over the batch, before the update.
        backward: "dZ2", "dA1", "dZ1", then "dW2", "dB2", "dW1", "dB1".
        before: "W1", "B1", ... that the step started from.
        parameters: the same after the update.
    """

    network: DenseNetwork
    step: int
    inputs: Array
    targets: Array
    forward: Mapping[str, Array]
    loss: float
    backward: Mapping[str, Array]
    before: Mapping[str, Array]
    parameters: Mapping[str, Array]

    @property
    def samples(self) -> int:
        """Number of samples in the batch."""
        return len(self.inputs)

    def activation(self, layer: int) -> Array:
        """Return what a layer sends on: X for 0, else A1, A2, ..."""
        return self.inputs if layer == 0 else self.forward[f"A{layer}"]

    def first_nonfinite(self) -> str | None:
        """Name of the first quantity with an infinite or undefined entry, if that ends training.

        An infinite loss alone does not.
        """
        computed = {**self.backward, **self.parameters}
        if np.isfinite(list(map(np.sum, map(np.abs, computed.values())))).all():
            return None
        quantities = {**self.forward, **self.backward, **self.parameters}
        bad = [name for name, value in quantities.items() if not np.isfinite(value).all()]
        return bad[0] if bad else None


def take_step(
    network: DenseNetwork,
    before: Mapping[str, Array],
    x: Float64[Array, "n features"],
    y: Float64[Array, "n ..."],
    *,
    number: int,
    learning_rate: float,
) -> Step:
    """Take step ``number`` from the parameters ``before``, in the document's notation.

    ``x`` is of shape (n, features), ``y`` (n,) for classes and (n, outputs) for values.
    """
    f, depth, samples = nonlinearity(network.nonlinearity), network.depth, len(x)
    forward: dict[str, Array] = {}
    signals: dict[str, Array] = {}
    gradients: dict[str, Array] = {}
    with np.errstate(all="ignore"):
        activations = [x]
        for k in range(1, depth + 1):
            z = ordered_product(activations[-1], before[f"W{k}"]) + before[f"B{k}"]
            forward[f"Z{k}"] = z
            if k < depth:
                activations.append(np.asarray(f.value(z), dtype=np.float64))
                forward[f"A{k}"] = activations[-1]
        prediction = np.asarray(predicted(network, z), dtype=np.float64)
        loss_row = TABLE[network.loss]
        if loss_row.prediction:
            forward[f"A{depth}"] = prediction
        classes = loss_row.targets == CLASSES
        outputs = network.layer_dims[-1]
        targets = np.eye(outputs)[y.astype(np.intp)] if classes else y.reshape(samples, outputs)
        dz = np.asarray(loss_row.gradient(z, y), dtype=np.float64)
        signals[f"dZ{depth}"] = dz
        for k in range(depth, 0, -1):
            gradients[f"dW{k}"] = ordered_product(activations[k - 1].T, dz) / samples
            gradients[f"dB{k}"] = ordered_product(np.ones((1, samples)), dz) / samples
            if k > 1:
                da = ordered_product(dz, before[f"W{k}"].T)
                slope = f.derivative(forward[f"Z{k - 1}"], activations[k - 1])
                dz = da * slope + 0.0  # a 0 without sign
                signals[f"dA{k - 1}"], signals[f"dZ{k - 1}"] = da, dz
        after = {name: value - learning_rate * gradients[f"d{name}"]
                 for name, value in before.items()}  # fmt: skip
        loss = loss_value(network, z, y)
    return Step(network, number, x, targets, forward, loss, {**signals, **gradients}, before, after)


def ordered_product(
    a: Float64[Array, "rows inner"], b: Float64[Array, "inner columns"]
) -> Float64[Array, "rows columns"]:
    """Matrix product that adds up every entry's terms in the same order, one by one.

    BLAS may round equal columns apart; here they stay equal to the last bit.
    """
    result = np.zeros((a.shape[0], b.shape[1]))
    for k in range(a.shape[1]):
        result += a[:, k : k + 1] * b[k]
    return result
