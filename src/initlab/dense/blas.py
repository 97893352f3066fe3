"""Trains one replicate of any dense network with NumPy and BLAS: wide layers, dropout, float32."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from initlab.dense.batches import BatchOrder
from initlab.dense.losses import loss_value, output_gradient
from initlab.dense.network import DenseNetwork, Parameters
from initlab.dense.nonlinearities import nonlinearity
from initlab.dense.plan import TrainingPlan
from initlab.dense.replicate import TrainingData, first_nonfinite_name
from initlab.dense.symmetry import tied_units
from initlab.randomness import DROPOUT, generator_for

Array = NDArray[np.floating]
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # Adam's usual constants (Kingma & Ba 2015)


class BlasTrainer:
    """One replicate; see :class:`initlab.dense.replicate.ReplicateTrainer`."""

    def __init__(
        self,
        network: DenseNetwork,
        plan: TrainingPlan,
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
        self._x, self._y = data.x.astype(dtype), data.y.astype(dtype)
        self._theta = np.empty(network.parameter_count, dtype)
        self._gradient, self._first, self._second = (np.zeros_like(self._theta) for _ in range(3))
        self._values = _views(network, self._theta)
        self._gradients = _views(network, self._gradient)
        for name, view in self._values.items():
            view[...] = start[name]
        # BLAS may round equal columns apart; dropout tells equal units apart anyway.
        self._tied = [] if plan.dropout else tied_units(network, self._values)
        self._order = None
        if plan.batch_size is not None:
            self._order = BatchOrder(seed, len(self._x), plan.batch_size)
        self._masks = [generator_for(seed, f"layer {k}", DROPOUT) for k in range(1, network.depth)]

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
        elif not np.isfinite(self._gradient).all():
            self.first_nonfinite = first_nonfinite_name(
                self.network, self._gradients, gradient=True
            )
        else:
            self._update()
            if not np.isfinite(self._theta).all():
                self.first_nonfinite = first_nonfinite_name(
                    self.network, self._values, gradient=False
                )
        if self.first_nonfinite is None:
            self.step += 1

    def _batch(self) -> tuple[Array, Array]:
        if self._order is None:
            return self._x, self._y
        chosen = self._order.rows(self.step, self.step + 1)[0]
        chosen = chosen[chosen >= 0]
        return self._x[chosen], self._y[chosen]

    def _backpropagate(self, x: Array, y: Array) -> float:
        """Loss of one batch; its gradient is left in ``_gradients``."""
        f, depth, values = nonlinearity(self.network.nonlinearity), self.network.depth, self._values
        activations, slopes = [x], []
        z = x
        for k in range(1, depth + 1):
            z = activations[-1] @ values[f"W{k}"].T + values[f"b{k}"][:, 0]
            if k < depth:
                a = f.value(z)
                slope = f.derivative(z, a)
                if self.plan.dropout:
                    kept = self._mask(k, z)
                    a, slope = a * kept, slope * kept
                activations.append(a)
                slopes.append(slope)
        loss = loss_value(self.network, z, y)
        dz = output_gradient(self.network, z, y)
        for k in range(depth, 0, -1):
            self._gradients[f"W{k}"][...] = dz.T @ activations[k - 1]
            self._gradients[f"b{k}"][:, 0] = dz.sum(axis=0)
            if k > 1:
                dz = (dz @ values[f"W{k}"]) * slopes[k - 2]
        for tied in self._tied:
            for name in (f"W{tied.layer}", f"b{tied.layer}"):
                self._gradients[name][...] = self._gradients[name][tied.first]
            outgoing = self._gradients[f"W{tied.layer + 1}"]
            outgoing[...] = outgoing[:, tied.first]
        return loss

    def _mask(self, layer: int, z: Array) -> Array:
        """0 with probability ``dropout``, else 1 / (1 - dropout), per sample and unit."""
        drop = self.plan.dropout
        random = self._masks[layer - 1].random(z.shape, dtype=np.float32)
        return (random >= drop).astype(z.dtype) / z.dtype.type(1 - drop)

    def _update(self) -> None:
        plan, g, theta = self.plan, self._gradient, self._theta
        if plan.optimizer == "gd":
            theta -= plan.learning_rate * g
        elif plan.optimizer == "sgd":
            self._first *= plan.momentum
            self._first += g
            theta -= plan.learning_rate * self._first
        else:
            scale = plan.learning_rate / (1 - BETA1 ** (self.step + 1))
            root = math.sqrt(1 - BETA2 ** (self.step + 1))
            self._first *= BETA1
            self._first += (1 - BETA1) * g
            self._second *= BETA2
            self._second += (1 - BETA2) * g * g
            theta -= scale * self._first / (np.sqrt(self._second) / root + EPSILON)


def _views(network: DenseNetwork, vector: Array) -> dict[str, Array]:
    """Named views into one vector, or a stack of them, in the parameters' shapes."""
    views, start = {}, 0
    for name in network.parameter_names:
        rows, columns = network.shape_of(name)
        flat = vector[..., start : start + rows * columns]
        views[name] = flat.reshape(*vector.shape[:-1], rows, columns)
        start += rows * columns
    return views
