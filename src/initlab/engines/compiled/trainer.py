"""Trains one replicate of a small network with a kernel compiled for its layer sizes."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from initlab.engines.batches import BatchOrder
from initlab.engines.compiled.kernel_cache import is_compiled, load_kernel
from initlab.engines.compiled.layout import Layout
from initlab.engines.compiled.source import kernel_source
from initlab.engines.trajectory import TrainingData, first_nonfinite_name
from initlab.networks.dense import DenseNetwork, Parameters
from initlab.records.training import Training

CACHE_LINE = 64  # bytes
RULES = {"gd": 0, "sgd": 1, "adam": 2}  # the numbers templates/driver.py gives them
RUNNING, LOSS, GRADIENT = 0, 1, 2  # as in templates/driver.py; anything else is a weight


@dataclass(frozen=True)
class Kernel:
    """A compiled kernel with the training points in its layout, shared by all replicates.

    Attributes:
        network: what is trained.
        plan: how.
        layout: where each number lives.
        module: the compiled code.
        samples: points, (n, features).
        targets: their targets, (n, targets).
        blocks: all points in the kernel's layout (points, targets, weights).
    """

    network: DenseNetwork
    plan: Training
    layout: Layout
    module: ModuleType
    samples: NDArray[np.float64]
    targets: NDArray[np.float64]
    blocks: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]

    @classmethod
    def build(cls, network: DenseNetwork, plan: Training, data: TrainingData) -> Kernel:
        """Lay the data out and load the kernel, compiling it if the cache does not hold it."""
        samples = np.ascontiguousarray(data.x, dtype=np.float64)
        targets = np.ascontiguousarray(data.y.reshape(len(data.y), -1), dtype=np.float64)
        layout = _layout(network, plan, len(samples))
        module = load_kernel(kernel_source(network, layout))
        padded = np.zeros((len(samples), layout.widths[0].padded))
        padded[:, : samples.shape[1]] = samples
        batch = min(plan.batch_size or len(samples), len(samples))
        blocks = _blocks(padded, targets, layout.block, batch)
        return cls(network, plan, layout, module, padded, targets, blocks)


def compile_pending(network: DenseNetwork, plan: Training, samples: int) -> bool:
    """Whether the first use of this kernel will have to compile it (seconds)."""
    return not is_compiled(kernel_source(network, _layout(network, plan, samples)))


class CompiledTrainer:
    """One replicate; see :class:`initlab.engines.trajectory.ReplicateTrainer`."""

    def __init__(self, kernel: Kernel, start: Parameters, seed: int) -> None:
        self.kernel = kernel
        self.step = 0
        self.first_nonfinite: str | None = None
        plan, layout = kernel.plan, kernel.layout
        self.curve = np.zeros(len(plan.recorded_steps))
        self._widths = np.array(kernel.network.layer_dims, dtype=np.int64)
        self._theta = layout.pack(start)
        kept = len(self.curve) if plan.keep_parameters else 0
        self._snapshots = np.zeros((kept, layout.parameters))
        self._keep = layout.pack({name: np.ones_like(value) for name, value in start.items()})
        self._gradient, self._first, self._second = (np.zeros_like(self._theta) for _ in range(3))
        self._work = _aligned(np.zeros(layout.work))
        self._order = None
        self._blocks = kernel.blocks
        if plan.batch_size is not None:
            self._order = BatchOrder(seed, len(kernel.samples), plan.batch_size)
            self._blocks = tuple(map(_aligned, kernel.blocks))  # type: ignore[assignment]

    def advance(self, end: int) -> None:
        """Take steps until ``end`` are done or something is not finite.

        A replicate diverges at the first step whose loss is NaN or whose gradient or updated
        weights are not finite, the first of these in this order giving the name; how often the
        loss is recorded makes no difference. An infinite loss alone is no divergence.
        """
        plan = self.kernel.plan
        batches = np.empty((0, 0), dtype=np.int64)
        if self._order is not None:
            batches = self._order.rows(self.step, end)
        step, status = self.kernel.module.train(
            self._widths, self._theta, self._gradient, self._first, self._second, self._keep,
            *self._blocks, 1.0 / self._blocks[2].sum(), self._work,
            self.kernel.samples, self.kernel.targets, batches,
            self.step, end, RULES[plan.optimizer], plan.learning_rate, plan.momentum,
            plan.record_every, self.curve, self._snapshots,
        )  # fmt: skip
        self.step = int(step)
        if status == LOSS:
            self.first_nonfinite = "loss"
        elif status != RUNNING:
            gradient = status == GRADIENT
            values = self.kernel.layout.unpack(self._gradient if gradient else self._theta)
            self.first_nonfinite = first_nonfinite_name(
                self.kernel.network, values, gradient=gradient
            )

    def parameters(self) -> dict[str, NDArray[np.floating]]:
        """Return the parameters as they are now."""
        return dict(self.kernel.layout.unpack(self._theta))

    def snapshots(self, count: int) -> dict[str, NDArray[np.floating]]:
        """Return the parameters before the first ``count`` recorded steps, stacked."""
        return dict(self.kernel.layout.unpack(self._snapshots[:count]))


def _layout(network: DenseNetwork, plan: Training, samples: int) -> Layout:
    return Layout.of(network, min(plan.batch_size or samples, samples))


def _blocks(
    samples: NDArray[np.float64], targets: NDArray[np.float64], block: int, batch: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Lay the first ``batch`` samples out as (blocks, columns * block), with their weights.

    Free places repeat the first sample with weight 0, so that they overflow only where it does.
    """
    count = -(-batch // block)
    place = np.arange(count * block)
    sample = np.where(place < batch, place, 0)

    def columns(values: NDArray[np.float64]) -> NDArray[np.float64]:
        rows = values[sample].reshape(count, block, -1).transpose(0, 2, 1)
        return _aligned(rows.reshape(count, -1))

    weights = np.where(place < batch, 1.0, 0.0).reshape(count, block)
    return columns(samples), columns(targets), _aligned(weights)


def _aligned(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Copy to where a cache line begins: vectors that straddle two lines cost a seventh more."""
    buffer = np.empty(values.size + CACHE_LINE // 8)
    first = -buffer.ctypes.data % CACHE_LINE // 8
    result = buffer[first : first + values.size].reshape(values.shape)
    result[...] = values
    return result
