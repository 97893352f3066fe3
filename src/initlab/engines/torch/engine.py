"""PyTorch modules and their data -> trained, one by one or several in one program."""

from __future__ import annotations

import gc
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from initlab.datasets.dataset import InMemory, Samples
from initlab.engines.stepping import Callbacks, take_steps
from initlab.engines.torch.batches import batches
from initlab.engines.torch.dropout import masked, own_bits
from initlab.engines.torch.probe import first_nonfinite_layer
from initlab.engines.torch.randomness import RandomStream
from initlab.engines.torch.stacked import StackedTrainer, obstacle
from initlab.engines.torch.task import Task
from initlab.engines.torch.trainer import ModuleTrainer
from initlab.engines.trajectory import Trajectory
from initlab.errors import DataError
from initlab.modules.framework import load_torch
from initlab.records import Training
from initlab.threads import single_threaded_blas

if TYPE_CHECKING:
    import torch
    from torch.nn import Module


@dataclass(frozen=True)
class TorchEngine:
    """Trains modules of one kind, on one set of samples, in one way.

    Attributes:
        task: the loss.
        optimizer: class of torch.optim, or one like it.
        training: learning rate, steps, clipping.
        data: training samples, on the device.
        draws: the global generators that the model draws from in training.
    """

    task: Task
    optimizer: type
    training: Training
    data: Samples
    draws: tuple[str, ...] = ()

    @property
    def device(self) -> torch.device:
        """Where modules are trained."""
        owner = self.data.y if isinstance(self.data, InMemory) else self.data
        return load_torch().device(owner.device)

    def lent(self, seed: int, name: str) -> AbstractContextManager[None]:
        """Lend a module the stream of random numbers that it draws from, for a while."""
        stream = self.stream(seed, name)
        return nullcontext() if stream is None else stream.lent()

    def train(
        self, module: Module, seed: int, callbacks: Callbacks, fresh: Callable[[], Module]
    ) -> Trajectory:
        """Train one module, in place; the seed is that of its batches and dropout.

        ``fresh`` returns the module as it was, to find the layer where its first loss broke.
        """
        trainer = ModuleTrainer(module, self, seed)
        take_steps(trainer, self.training.steps, callbacks)
        losses, culprit = trainer.losses, trainer.first_nonfinite
        steps = list(range(len(losses)))
        if culprit is None:
            done = trainer.step >= self.training.steps
            return Trajectory("finished" if done else "cancelled", steps, losses, module)
        if trainer.step == 0 and culprit == "loss":
            unharmed, batch = fresh(), next(batches(self.data, seed))
            unharmed.train()
            with self.lent(seed, "training"), masked(unharmed, own_bits(seed, self.device)):
                culprit = first_nonfinite_layer(unharmed, batch) or culprit
        return Trajectory("diverged", steps, losses, module, trainer.step, culprit)

    def train_together(
        self, modules: Callable[[int], Module], seeds: Sequence[int], callbacks: Callbacks
    ) -> list[Trajectory] | str:
        """Train one module per seed in one program; or say why that is not possible.

        Where the device's memory runs out, the seeds are split in two and tried again.
        ``modules`` makes a module with its initial parameters, on the device, from a seed.

        Raises:
            DataError: a single module does not fit.
        """
        torch = load_torch()
        if not isinstance(self.data, InMemory):
            return "the data is read batch by batch"
        reason = obstacle(modules(seeds[0]), self.optimizer, self.draws)
        if reason:
            return reason
        told = [0]

        def tell(steps: int) -> None:
            told[0] += steps * len(seeds)
            callbacks.steps_done(steps * len(seeds))

        full = ""
        try:
            return self._in_one_program(modules, seeds, replace(callbacks, steps_done=tell))
        except torch.OutOfMemoryError as error:
            full = str(error)
        except (RuntimeError, NotImplementedError, ValueError, UserWarning) as error:
            callbacks.steps_done(-told[0])
            why = str(error).splitlines()[0][:100] if str(error) else type(error).__name__
            return f"training the seeds together failed: {why}"
        # only here, where the error is gone, is what its traceback held: the group that did not fit
        callbacks.steps_done(-told[0])
        gc.collect()
        torch.cuda.empty_cache()
        if len(seeds) == 1:
            raise _too_large(self.device, full, "Try a smaller batch_size.", "batch_size")
        middle = len(seeds) // 2
        found: list[Trajectory] = []
        for part in (seeds[:middle], seeds[middle:]):
            half = self.train_together(modules, part, callbacks)
            if isinstance(half, str):
                return half
            found += half
        return found

    def _in_one_program(
        self, modules: Callable[[int], Module], seeds: Sequence[int], callbacks: Callbacks
    ) -> list[Trajectory]:
        with warnings.catch_warnings():
            # torch's word for: I do the networks of this layer one after the other
            warnings.filterwarnings("error", "There is a performance drop")
            trainer = StackedTrainer([modules(seed) for seed in seeds], self, seeds)
            take_steps(trainer, self.training.steps, callbacks)
            return trainer.trajectories()

    def stream(self, seed: int, name: str) -> RandomStream | None:
        """Return the stream that a module draws from; None where it draws nothing."""
        if not self.draws:
            return None
        return RandomStream(seed, self.device, name=f"torch {name}", sources=self.draws)


def configure_cublas() -> None:
    """Set what cuBLAS reads at its first use in a process, before anything is computed."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


def module_on_device(module: Module, device: torch.device | str) -> Module:
    """Return a module, moved to a device.

    Raises:
        DataError: it does not fit there.
    """
    try:
        return module.to(device)
    except load_torch().OutOfMemoryError as error:
        raise _too_large(
            device, str(error), "Train the model on another device.", "device"
        ) from error


def _too_large(device: Any, said: str, hint: str, argument: str) -> DataError:
    reason = ". ".join(said.split(". ")[:2]).removesuffix(".")  # the rest is about the allocator
    words = f"One model does not fit into the memory of {device}: {reason}. {hint}"
    return DataError(words, argument=argument)


@contextmanager
def repeatable(device: torch.device | str) -> Iterator[None]:
    """Compute so that a second run gives the same bits.

    On a CPU one torch and one BLAS thread per worker: no bit depends on how many there are. On a
    GPU the deterministic kernels, where torch has them: the last bits of others are not promised.
    """
    torch = load_torch()
    on_cpu = torch.device(device).type == "cpu"
    with single_threaded_blas(), _one_thread() if on_cpu else _deterministic_kernels():
        yield


@contextmanager
def _one_thread() -> Iterator[None]:
    torch = load_torch()
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _deterministic_kernels() -> Iterator[None]:
    torch = load_torch()
    configure_cublas()
    filling = torch.utils.deterministic
    before = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        filling.fill_uninitialized_memory, torch.backends.cudnn.benchmark,
    )  # fmt: skip
    torch.use_deterministic_algorithms(True, warn_only=True)
    filling.fill_uninitialized_memory = torch.backends.cudnn.benchmark = False
    try:
        with warnings.catch_warnings():
            # said by operations that have none
            warnings.filterwarnings("ignore", ".*does not have a deterministic implementation")
            warnings.filterwarnings("ignore", ".*defaults to a non-deterministic algorithm")
            yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
        filling.fill_uninitialized_memory, torch.backends.cudnn.benchmark = before[2:]
