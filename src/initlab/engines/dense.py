"""Dense network, training and data -> the fastest engine that fits, and what it trains.

Every network is trained by itself, so its bits depend on nothing but its own initial parameters
and seed: not on the others, their order, or the number of workers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from initlab.datasets.dataset import InMemory
from initlab.engines.dense_trainer import DenseTrainer
from initlab.engines.stepping import Callbacks, take_steps
from initlab.engines.trajectory import Trajectory
from initlab.errors import invalid_argument
from initlab.networks.dense import DenseNetwork, Parameters
from initlab.networks.scores import MeanLosses
from initlab.records.training import Training, check_dense
from initlab.threads import single_threaded_blas

COMPILED, BLAS = "dense, compiled", "dense, BLAS"
LARGEST_COMPILED_LAYER = 64  # wider layers are BLAS's ground
LARGEST_COMPILED_PARAMETERS = 5_000


def dense_engine_name(network: DenseNetwork, training: Training) -> str:
    """Return which engine trains a dense network: a kernel compiled for it, or BLAS."""
    small = (
        max(network.layer_dims) <= LARGEST_COMPILED_LAYER
        and network.parameter_count <= LARGEST_COMPILED_PARAMETERS
        and training.dropout == 0
        and training.dtype == "float64"
    )
    return COMPILED if small else BLAS


class DenseEngine:
    """Trains dense networks of one kind, on one set of points, in one way.

    Attributes:
        name: "dense, compiled" or "dense, BLAS".
        mean_losses: (stack of parameters, x, y) -> mean loss of each network, shape (stack,), by
            the compiled kernel; None where BLAS trains.

    Raises:
        ArgumentError: the training is not one of a dense network, or a batch exceeds the points.
    """

    def __init__(
        self,
        network: DenseNetwork,
        training: Training,
        data: InMemory,
        callbacks: Callbacks | None = None,
    ) -> None:
        check_dense(training)
        check_batches(training, len(data.x))
        self.name = dense_engine_name(network, training)
        self._trainer: Callable[[Parameters, int], DenseTrainer]
        self.mean_losses: MeanLosses | None = None
        if self.name == COMPILED:
            from initlab.engines.compiled.trainer import CompiledTrainer, Kernel

            compiling = (callbacks or Callbacks()).compiling
            kernel = Kernel(network, training, data, compiling)
            self._trainer, self.mean_losses = partial(CompiledTrainer, kernel), kernel.mean_losses
        else:
            from initlab.engines.blas.trainer import BlasTrainer, in_dtype

            points = in_dtype(network, training, data)
            self._trainer = partial(BlasTrainer, network, training, points)

    def train(self, initial: Parameters, seed: int, callbacks: Callbacks) -> Trajectory:
        """Train one network from these parameters; the seed is that of its batches and dropout."""
        trainer = self._trainer(initial, seed)
        take_steps(trainer, trainer.training.steps, callbacks)
        return trainer.trajectory()


def train(
    network: DenseNetwork,
    training: Training,
    data: InMemory,
    initial: Sequence[Parameters],
    seeds: Sequence[int],
    callbacks: Callbacks | None = None,
) -> list[Trajectory]:
    """Train a dense network from each of several initial parameters, one after the other.

    Args:
        network: layer widths, nonlinearity and loss.
        training: optimizer, learning rate, steps and so on.
        data: training samples.
        initial: initial parameters by name, one entry for each training.
        seeds: seed of batches and dropout, one for each training.
        callbacks: what is called during the training; None for nothing.

    Returns:
        How each training went, in the order of ``initial``.

    Raises:
        ArgumentError: see :class:`DenseEngine`.
    """
    callbacks = callbacks or Callbacks()
    engine = DenseEngine(network, training, data, callbacks)
    with single_threaded_blas():
        return [
            engine.train(parameters, seed, callbacks)
            for parameters, seed in zip(initial, seeds, strict=True)
        ]


def check_batches(training: Training, samples: int) -> None:
    """Refuse a batch that is larger than the data."""
    if training.batch_size is not None and training.batch_size > samples:
        expected = f"at most the number of training points, {samples}"
        raise invalid_argument("batch_size", expected, training.batch_size)
