"""A hidden layer's weighted sums -> its activations in training; and gradients the way back."""

from __future__ import annotations

import numpy as np

from initlab.engines.blas import loops
from initlab.engines.blas.dropout import Dropout
from initlab.engines.dense_trainer import Array
from initlab.networks.nonlinearities import nonlinearity
from initlab.records.training import Training


class HiddenLayer:
    """Nonlinearity and dropout of one layer, in place on arrays (samples, units).

    Of ReLU the activation alone tells the slope, dropped or not; of any other nonlinearity the
    slope is kept from the way forward to the way back.
    """

    def __init__(self, name: str, training: Training, layer: int, seed: int) -> None:
        self._relu, self._f = name == "relu", nonlinearity(name)
        self._dropout = Dropout(training, layer, seed) if training.dropout else None
        self._scale = np.dtype(training.dtype).type(1 / (1 - training.dropout))
        self._slope: Array = np.empty((0, 0))

    def forward(self, z: Array, bias: Array) -> None:
        """Turn weighted sums, still without their bias, into activations."""
        if self._relu:
            loops.add_bias_and_rectify(z, bias)
        else:
            z += bias
            a = self._f.value(z)
            self._slope = self._f.derivative(z, a)
            z[...] = a
        if self._dropout:
            random = self._dropout.draw(z.size)
            self._dropout.apply(z, random)
            if not self._relu:
                self._dropout.apply(self._slope, random)

    def backward(self, d: Array, a: Array) -> None:
        """Turn the gradient by the activations ``a`` into that by the preactivations."""
        if self._relu:
            loops.multiply_by_relu_slope(d, a, self._scale)
        else:
            d *= self._slope
