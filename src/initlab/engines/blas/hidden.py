"""A hidden layer's weighted sums -> its activations in training; and gradients the way back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from initlab.engines.blas import loops
from initlab.engines.dense_trainer import Array
from initlab.nonlinearities.table import nonlinearity
from initlab.randomness import DROPOUT, generator_for
from initlab.records.training import Training

LEVELS = 2**16  # 16 random bits decide about one activation: the share is met to 1/65536


class Dropout:
    """Inverted dropout of one layer: activations are multiplied by 0 or by 1 / (1 - share).

    The numbers are the seed's and the layer's alone: whatever the init, the same are dropped.

    Attributes:
        scale: 1 / (1 - share), in the dtype of the training.
    """

    def __init__(self, plan: Training, layer: int, seed: int) -> None:
        dtype = np.dtype(plan.dtype)
        self.scale: np.floating = dtype.type(1 / (1 - plan.dropout))
        self._threshold = np.uint16(min(round(plan.dropout * LEVELS), LEVELS - 1))
        self._bits = generator_for(seed, f"layer {layer}", DROPOUT).bit_generator

    def draw(self, count: int) -> NDArray[np.uint16]:
        """Return the next random numbers, at least ``count``."""
        return np.asarray(self._bits.random_raw(-(-count // 4)), dtype="<u8").view("<u2")

    def apply(self, values: Array, random: NDArray[np.uint16]) -> None:
        """Drop entries of ``values``, (samples, units), and scale up the rest, in place."""
        loops.drop(values, random, self._threshold, self.scale)


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
