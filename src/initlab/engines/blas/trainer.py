"""Trains one replicate of any dense network with NumPy and BLAS: wide layers, dropout, float32.

Legend: a and d are (samples, units), activations and loss gradients of one layer; the buffers
hold a full batch, and a short one uses their first rows.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.engines.batches import BatchOrder
from initlab.engines.blas import loops
from initlab.engines.blas.hidden import hidden_layers
from initlab.engines.blas.output import loss_and_error
from initlab.engines.blas.points import in_dtype
from initlab.engines.blas.update import Update
from initlab.engines.trajectory import TrainingData, first_nonfinite_name
from initlab.networks.dense import DenseNetwork, Parameters
from initlab.networks.symmetry import tied_units
from initlab.records.training import Training

Array = NDArray[np.floating]


class BlasTrainer:
    """One network in training; see :class:`initlab.engines.driving.Steps`."""

    def __init__(
        self,
        network: DenseNetwork,
        plan: Training,
        data: TrainingData,
        start: Parameters,
        seed: int,
    ) -> None:
        self.network = network
        self.plan = plan
        self.step = 0
        self.first_nonfinite: str | None = None
        self.curve = np.zeros(len(plan.recorded_steps))
        dtype = np.dtype(plan.dtype)
        kept = len(self.curve) if plan.keep_parameters else 0
        self._snapshots = np.zeros((kept, network.parameter_count), dtype)
        self._data = in_dtype(network, plan, data)
        self._theta = np.empty(network.parameter_count, dtype)
        self._gradient = np.zeros_like(self._theta)
        self._values = _views(network, self._theta)
        self._gradients = _views(network, self._gradient)
        for name, view in self._values.items():
            view[...] = start[name]
        # BLAS may round equal columns apart; dropout tells equal units apart anyway.
        self._tied = {} if plan.dropout else tied_units(network, self._values)
        self._order = None
        samples = len(self._data.x)
        if plan.batch_size is not None:
            self._order = BatchOrder(seed, samples, plan.batch_size)
            samples = self._order.batch_size
            self._x = np.empty((samples, network.layer_dims[0]), dtype)
        self._a = [np.empty((samples, width), dtype) for width in network.layer_dims[1:]]
        self._d = [np.empty_like(a) for a in self._a[:-1]]
        self._hidden = hidden_layers(network, plan, seed)
        self._update = Update(plan, network.parameter_count)

    def advance(self, end: int) -> None:
        """Take steps until ``end`` are done or something is not finite."""
        with np.errstate(all="ignore"):
            while self.step < end and self.first_nonfinite is None:
                self._take_step()

    def parameters(self) -> dict[str, Array]:
        """Return the parameters as they are now."""
        return {name: value.copy() for name, value in self._values.items()}

    def snapshots(self, count: int) -> dict[str, Array]:
        """Return the parameters before the first ``count`` recorded steps, stacked."""
        return _views(self.network, self._snapshots[:count])

    def _take_step(self) -> None:
        x, y = self._batch()
        loss = self._backpropagate(x, y)
        record, rest = divmod(self.step, self.plan.record_every)
        if rest == 0:
            self.curve[record] = loss
            if self.plan.keep_parameters:
                self._snapshots[record] = self._theta
        if math.isnan(loss):
            self.first_nonfinite = "loss"
        elif not loops.all_finite(self._gradient):
            self.first_nonfinite = first_nonfinite_name(
                self.network, self._gradients, gradient=True
            )
        elif not self._update.take(self._theta, self._gradient, 1 / len(x), self.step):
            self.first_nonfinite = first_nonfinite_name(self.network, self._values, gradient=False)
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
        """Loss of one batch; n times its gradient is left in ``_gradients``."""
        depth, values, gradients = self.network.depth, self._values, self._gradients
        a = [x, *(buffer[: len(x)] for buffer in self._a)]  # a[k] belongs to layer k
        for k in range(1, depth + 1):
            np.matmul(a[k - 1], values[f"W{k}"].T, out=a[k])
            if k < depth:
                self._hidden[k - 1].forward(a[k], values[f"b{k}"][:, 0])
        loss = loss_and_error(self.network, a[depth], values[f"b{depth}"][:, 0], y)
        d = a[depth]
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


def _views(network: DenseNetwork, vector: Array) -> dict[str, Array]:
    """Named views into one vector, or a stack of them, in the parameters' shapes."""
    views, start = {}, 0
    for name in network.parameter_names:
        rows, columns = network.shape_of(name)
        flat = vector[..., start : start + rows * columns]
        views[name] = flat.reshape(*vector.shape[:-1], rows, columns)
        start += rows * columns
    return views
