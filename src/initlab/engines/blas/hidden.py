"""A hidden layer's weighted sums -> its activations in training; and gradients the way back.

Everything is done in place; arrays are (samples, units).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from initlab.engines.blas import loops
from initlab.engines.blas.dropout import Dropout
from initlab.networks.dense import DenseNetwork
from initlab.networks.nonlinearities import nonlinearity
from initlab.records.training import Training

Array = NDArray[np.floating]


class ReluLayer:
    """ReLU: the activation alone tells the slope, dropped or not."""

    def __init__(self, plan: Training, dropout: Dropout | None) -> None:
        self._dropout = dropout
        self._slope = dropout.scale if dropout else np.dtype(plan.dtype).type(1)

    def forward(self, z: Array, bias: Array) -> None:
        """Turn weighted sums, still without their bias, into activations."""
        loops.add_bias_and_rectify(z, bias)
        if self._dropout:
            self._dropout.apply(z, self._dropout.draw(z.size))

    def backward(self, d: Array, a: Array) -> None:
        """Turn the gradient by the activations ``a`` into that by the preactivations."""
        loops.multiply_by_relu_slope(d, a, self._slope)


class SlopeLayer:
    """Any nonlinearity: the slope is kept from the way forward to the way back."""

    def __init__(self, name: str, dropout: Dropout | None) -> None:
        self._f = nonlinearity(name)
        self._dropout = dropout
        self._slope: Array = np.empty((0, 0))

    def forward(self, z: Array, bias: Array) -> None:
        """Turn weighted sums, still without their bias, into activations."""
        z += bias
        a = self._f.value(z)
        self._slope = self._f.derivative(z, a)
        z[...] = a
        if self._dropout:
            random = self._dropout.draw(z.size)
            self._dropout.apply(z, random)
            self._dropout.apply(self._slope, random)

    def backward(self, d: Array, a: Array) -> None:
        """Turn the gradient by the activations ``a`` into that by the preactivations."""
        d *= self._slope


HiddenLayer = ReluLayer | SlopeLayer


def hidden_layers(network: DenseNetwork, plan: Training, seed: int) -> list[HiddenLayer]:
    """Return the hidden layers of one replicate, first to last."""
    layers: list[HiddenLayer] = []
    for k in range(1, network.depth):
        dropout = Dropout(plan, k, seed) if plan.dropout else None
        if network.nonlinearity == "relu":
            layers.append(ReluLayer(plan, dropout))
        else:
            layers.append(SlopeLayer(network.nonlinearity, dropout))
    return layers
