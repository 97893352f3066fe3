"""Trains one replicate of a small network with a kernel compiled for its layer sizes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from initlab.datasets.dataset import InMemory
from initlab.engines.compiled.kernel_cache import is_compiled, load_kernel
from initlab.engines.compiled.source import kernel_source
from initlab.engines.dense_trainer import Array, DenseTrainer
from initlab.engines.layout import Layout
from initlab.networks.dense import DenseNetwork, Parameters
from initlab.records.training import Training

CACHE_LINE = 64  # bytes
RULES = {"gd": 0, "sgd": 1, "adam": 2}  # the numbers templates/driver.py gives them
RUNNING, LOSS, GRADIENT = 0, 1, 2  # as in templates/driver.py; anything else is a weight


class Kernel:
    """A compiled kernel with the training points in its layout, shared by all replicates.

    ``compiling`` is called if the cache does not hold the machine code: compiling takes seconds.
    """

    def __init__(
        self,
        network: DenseNetwork,
        training: Training,
        data: InMemory,
        compiling: Callable[[], None] = lambda: None,
    ) -> None:
        batch = min(training.batch_size or len(data.x), len(data.x))
        self.network, self.training = network, training
        self.layout = Layout.of(network, batch)
        source = kernel_source(network, self.layout)
        if not is_compiled(source):
            compiling()
        self.module = load_kernel(source)
        self.samples, self.targets = self._columns(data.x, data.y)
        self.blocks = _blocks(self.samples, self.targets, self.layout.block, batch)

    def mean_losses(self, parameters: Parameters, x: Array, y: Array) -> Array:
        """Return the mean loss on these points of each network of a stack, shape (stack,)."""
        thetas = np.zeros((len(parameters["W1"]), self.layout.parameters))
        for name, view in self.layout.views(thetas).items():
            view[...] = parameters[name]
        blocks = _blocks(*self._columns(x, y), self.layout.block, len(x))
        losses = np.empty(len(thetas))
        work = _aligned(np.zeros(self.layout.work))
        self.module.mean_losses(thetas, *blocks, 1.0 / len(x), work, losses)
        return losses

    def _columns(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Return the points as the kernel reads them: padded features, targets as columns."""
        samples = np.zeros((len(x), self.layout.widths[0].padded))
        samples[:, : x.shape[1]] = x
        return samples, np.ascontiguousarray(y.reshape(len(y), -1), dtype=np.float64)


class CompiledTrainer(DenseTrainer):
    """One network in training by a kernel.

    It diverges at the first step whose loss is NaN or whose gradient or updated weights are not
    finite, the first of these in this order giving the name; how often the loss is recorded makes
    no difference. An infinite loss alone is no divergence.
    """

    def __init__(self, kernel: Kernel, initial: Parameters, seed: int) -> None:
        layout, samples = kernel.layout, len(kernel.samples)
        super().__init__(kernel.network, kernel.training, layout, samples, initial, seed)
        self.kernel = kernel
        self._widths = np.array(kernel.network.layer_dims, dtype=np.int64)
        self._first, self._second, self._keep = (np.zeros_like(self._theta) for _ in range(3))
        for view in layout.views(self._keep).values():
            view[...] = 1.0
        self._work = _aligned(np.zeros(layout.work))
        self._blocks = kernel.blocks
        if self._order is not None:
            self._blocks = tuple(map(_aligned, kernel.blocks))

    def advance(self, end: int) -> None:
        """Take steps until ``end`` are done or something is not finite."""
        training = self.training
        batches = np.empty((0, 0), dtype=np.int64)
        if self._order is not None:
            batches = self._order.rows(self.step, end)
        step, status = self.kernel.module.train(
            self._widths, self._theta, self._gradient, self._first, self._second, self._keep,
            *self._blocks, 1.0 / self._blocks[2].sum(), self._work,
            self.kernel.samples, self.kernel.targets, batches,
            self.step, end, RULES[training.optimizer], training.learning_rate, training.momentum,
            training.record_every, self.curve, self._snapshots,
        )  # fmt: skip
        self.step = int(step)
        if status == LOSS:
            self.first_nonfinite = "loss"
        elif status == GRADIENT:
            self.first_nonfinite = self._culprit(gradient=True)
        elif status != RUNNING:
            self.first_nonfinite = self._culprit(gradient=False)


def _blocks(samples: Array, targets: Array, block: int, batch: int) -> tuple[Array, ...]:
    """Lay the first ``batch`` samples out as (blocks, columns * block), with their weights.

    Free places repeat the first sample with weight 0, so that they overflow only where it does.
    """
    count = -(-batch // block)
    place = np.arange(count * block)
    sample = np.where(place < batch, place, 0)

    def columns(values: Array) -> Array:
        rows = values[sample].reshape(count, block, -1).transpose(0, 2, 1)
        return _aligned(rows.reshape(count, -1))

    weights = np.where(place < batch, 1.0, 0.0).reshape(count, block)
    return columns(samples), columns(targets), _aligned(weights)


def _aligned(values: Array) -> Array:
    """Copy to where a cache line begins: vectors that straddle two lines cost a seventh more."""
    buffer = np.empty(values.size + CACHE_LINE // 8)
    first = -buffer.ctypes.data % CACHE_LINE // 8
    result = buffer[first : first + values.size].reshape(values.shape)
    result[...] = values
    return result
