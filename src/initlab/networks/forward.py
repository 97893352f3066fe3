"""Network, parameters and points -> every layer's values, predictions, loss and gradients (NumPy).

Rows are samples: z_k = a_{k-1} W_kᵀ + b_k, of shape (n, out). This is the plain spelling that the
fast engines are held against, and the one that diagnosis and figures read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from initlab.networks.dense import DenseNetwork, Parameters
from initlab.networks.losses import loss_value, output_gradient, predicted
from initlab.networks.nonlinearities import nonlinearity

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Layers:
    """Values of one forward pass; index k is layer k + 1.

    Attributes:
        z: preactivations, each (n, out).
        a: activations, each (n, out); the last one is the last preactivation itself.
    """

    z: list[Array]
    a: list[Array]


def layers(network: DenseNetwork, parameters: Parameters, x: Array) -> Layers:
    """Run the network on ``x``, shape (n, features), and keep every layer's values.

    Parameters may be stacked along leading axes; the values then carry these axes in front.
    """
    f = nonlinearity(network.nonlinearity)
    z_all: list[Array] = []
    a_all: list[Array] = []
    a = x
    with np.errstate(all="ignore"):
        for k in range(1, network.depth + 1):
            weight, bias = parameters[f"W{k}"], parameters[f"b{k}"]
            z = a @ weight.swapaxes(-1, -2) + bias.swapaxes(-1, -2)
            a = f.value(z) if k < network.depth else z
            z_all.append(z)
            a_all.append(a)
    return Layers(z_all, a_all)


def predict(network: DenseNetwork, parameters: Parameters, x: Array) -> Array:
    """Output for each row of ``x``, shape (n, out): probabilities, or values for regression."""
    with np.errstate(all="ignore"):
        return predicted(network, layers(network, parameters, x).z[-1])


def gradients(
    network: DenseNetwork, parameters: Parameters, x: Array, y: Array
) -> tuple[float, dict[str, Array]]:
    """Mean loss and its gradient by every parameter, in the parameters' shapes.

    Args:
        network: the network.
        parameters: its weights and biases.
        x: inputs, shape (n, features).
        y: targets, shape (n,).
    """
    f = nonlinearity(network.nonlinearity)
    values = layers(network, parameters, x)
    result: dict[str, Array] = {}
    with np.errstate(all="ignore"):
        loss = loss_value(network, values.z[-1], y)
        dz = output_gradient(network, values.z[-1], y)
        for k in range(network.depth, 0, -1):
            a_in = values.a[k - 2] if k > 1 else x
            result[f"W{k}"] = dz.T @ a_in
            result[f"b{k}"] = dz.sum(axis=0)[:, np.newaxis]
            if k > 1:
                z, a = values.z[k - 2], values.a[k - 2]
                dz = (dz @ parameters[f"W{k}"]) * f.derivative(z, a)
    return loss, {name: result[name] for name in network.parameter_names}
