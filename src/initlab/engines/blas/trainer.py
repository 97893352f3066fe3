"""Trains one replicate of any dense network with NumPy and BLAS: wide layers, dropout, float32.

Legend: a and d are (samples, units), activations and loss gradients of one layer; the buffers
hold a full batch, and a short one uses their first rows.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.datasets.dataset import InMemory
from initlab.engines.blas import loops
from initlab.engines.dense_trainer import Array, DenseTrainer
from initlab.engines.layout import Layout
from initlab.errors import invalid_argument
from initlab.networks.dense import DenseNetwork, Parameters
from initlab.networks.losses import CLASSES, TABLE, loss_value, prediction_error
from initlab.networks.symmetry import tied_units
from initlab.nonlinearities.table import nonlinearity
from initlab.randomness import DROPOUT, generator_for
from initlab.records.training import Training

LEVELS = 2**16  # 16 random bits decide about one activation: the share is met to 1/65536
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # Adam's usual constants (Kingma & Ba 2015)


def in_dtype(network: DenseNetwork, training: Training, data: InMemory) -> InMemory:
    """Convert points to the dtype of the training and class numbers to indices.

    Arrays that fit already are passed on as they are.

    Raises:
        ArgumentError: a class number has no output.
    """
    x = np.ascontiguousarray(data.x, dtype=training.dtype)
    if TABLE[network.loss].targets != CLASSES:
        return InMemory(x, np.ascontiguousarray(data.y, dtype=training.dtype))
    with np.errstate(invalid="ignore"):
        y: Any = data.y.astype(np.intp, copy=False)
    classes = network.layer_dims[-1]
    wrong = (y < 0) | (y >= classes)
    if wrong.any():
        outputs = "1 output" if classes == 1 else f"{classes} outputs"
        expected = f"class numbers from 0 to {classes - 1}, because the network has {outputs}"
        raise invalid_argument("y", expected, data.y[wrong][0].item())
    return InMemory(x, y)


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


class BlasTrainer(DenseTrainer):
    """One network in training, on points as :func:`in_dtype` leaves them."""

    def __init__(
        self,
        network: DenseNetwork,
        training: Training,
        data: InMemory,
        initial: Parameters,
        seed: int,
    ) -> None:
        samples = len(data.x)
        super().__init__(network, training, Layout.plain(network), samples, initial, seed)
        self._data = data
        dtype, optimizer = self._theta.dtype, training.optimizer
        self._first = np.zeros_like(self._theta[: 0 if optimizer == "gd" else None])
        self._second = np.zeros_like(self._theta[: None if optimizer == "adam" else 0])
        # BLAS may round equal columns apart; dropout tells equal units apart anyway.
        self._tied = {} if training.dropout else tied_units(network, self._values)
        if self._order is not None:
            samples = self._order.batch_size
            self._x = np.empty((samples, network.layer_dims[0]), dtype)
        self._a = [np.empty((samples, width), dtype) for width in network.layer_dims[1:]]
        self._d = [np.empty_like(a) for a in self._a[:-1]]
        self._hidden = [
            HiddenLayer(network.nonlinearity, training, k, seed) for k in range(1, network.depth)
        ]

    def advance(self, end: int) -> None:
        """Take steps until ``end`` are done or something is not finite."""
        with np.errstate(all="ignore"):
            while self.step < end and self.first_nonfinite is None:
                self._take_step()

    def _take_step(self) -> None:
        x, y = self._batch()
        loss = self._backpropagate(x, y)
        record, rest = divmod(self.step, self.training.record_every)
        if rest == 0:
            self.curve[record] = loss
            if self.training.keep_parameters:
                self._snapshots[record] = self._theta
        if math.isnan(loss):
            self.first_nonfinite = "loss"
        elif not loops.all_finite(self._gradient):
            self.first_nonfinite = self._culprit(gradient=True)
        elif not self._update(1 / len(x)):
            self.first_nonfinite = self._culprit(gradient=False)
        else:
            self.step += 1

    def _batch(self) -> tuple[Array, NDArray[Any]]:
        if self._order is None:
            return self._data.x, self._data.y
        rows = self._order.rows(self.step, self.step + 1)[0]
        rows = rows[rows >= 0]
        x = self._x[: len(rows)]
        # "clip" writes straight into x ("raise" would go through a copy); no row is out of range
        np.take(self._data.x, rows, axis=0, out=x, mode="clip")
        return x, self._data.y[rows]

    def _backpropagate(self, x: Array, y: NDArray[Any]) -> float:
        """Loss of one batch; n times its gradient is left in ``_gradients``.

        The division by n comes after the sums over samples: sums of ±1/2 are exact, so zeros keep
        a bias of 0 in any order of summing.
        """
        depth, values, gradients = self.network.depth, self._values, self._gradients
        a = [x, *(buffer[: len(x)] for buffer in self._a)]  # a[k] belongs to layer k
        for k in range(1, depth + 1):
            np.matmul(a[k - 1], values[f"W{k}"].T, out=a[k])
            if k < depth:
                self._hidden[k - 1].forward(a[k], values[f"b{k}"][:, 0])
        d = a[depth]
        d += values[f"b{depth}"][:, 0]
        if (self.network.loss, self.network.loss_form) == ("cross_entropy", "logits"):
            loss = loops.softmax_cross_entropy(d, y) / len(d)
        else:
            loss = loss_value(self.network, d, y)
            d[...] = prediction_error(self.network, d, y)
        for k in range(depth, 0, -1):
            np.matmul(d.T, a[k - 1], out=gradients[f"W{k}"])
            np.sum(d, axis=0, out=gradients[f"b{k}"][:, 0])
            if k > 1:
                d = np.matmul(d, values[f"W{k}"], out=self._d[k - 2][: len(x)])
                self._hidden[k - 2].backward(d, a[k - 1])
        for layer, first in self._tied.items():
            for name in (f"W{layer}", f"b{layer}"):
                gradients[name][...] = gradients[name][first]
            outgoing = gradients[f"W{layer + 1}"]
            outgoing[...] = outgoing[:, first]
        return loss

    def _update(self, share: float) -> bool:
        """Change the parameters along ``share`` times the gradient; say if they stay finite."""
        training, of, t = self.training, self._theta.dtype.type, self.step + 1
        vectors = self._theta, self._gradient
        if training.optimizer == "gd":
            return loops.descend(*vectors, of(share), of(training.learning_rate))
        if training.optimizer == "sgd":
            numbers = share, training.learning_rate, training.momentum
            return loops.descend_with_momentum(*vectors, self._first, *map(of, numbers))
        rate = training.learning_rate / (1 - BETA1**t)
        inverse_root = 1 / math.sqrt(1 - BETA2**t)
        constants = BETA1, 1 - BETA1, BETA2, 1 - BETA2, EPSILON
        return loops.adam(
            *vectors, self._first, self._second, *map(of, (share, rate, inverse_root, *constants))
        )
