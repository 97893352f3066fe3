"""Starts and seeds -> trained modules: together where the device gains by it, else one by one."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from initlab.engines.driving import Watch, drive, run_jobs
from initlab.engines.torch.dropout import OwnBits, masked
from initlab.engines.torch.loader import Streamed
from initlab.engines.torch.memory import Memory
from initlab.engines.torch.plan import ModulePlan
from initlab.engines.torch.probe import first_nonfinite_layer
from initlab.engines.torch.randomness import RandomStream
from initlab.engines.torch.stacked import StackedTrainer, halved, obstacle
from initlab.engines.torch.task import Task
from initlab.engines.torch.trainer import ModuleTrainer
from initlab.errors import DataError
from initlab.modules.framework import load_torch

Result = TypeVar("Result")


@dataclass(frozen=True)
class Trained:
    """How one replicate was trained.

    Attributes:
        module: the model as training left it.
        outcome: "finished", "diverged" or "cancelled".
        losses: of every batch, before its update.
        diverged_step: step at which something was first not finite.
        first_nonfinite: its name: "loss", "fc2.weight.grad", "output of fc1", ...
    """

    module: Any
    outcome: str
    losses: list[float]
    diverged_step: int | None = None
    first_nonfinite: str | None = None


@dataclass(frozen=True)
class Training:
    """What all replicates share.

    Attributes:
        make: (start, seed) -> a fresh module on its device.
        task: the loss.
        plan: optimizer and steps.
        data: training samples, on the device.
        draws: the global generators that the model draws from in training.
    """

    make: Callable[[str, int], Any]
    task: Task
    plan: ModulePlan
    data: Memory | Streamed
    draws: tuple[str, ...] = ()

    @property
    def device(self) -> Any:
        """Where it is trained."""
        return self.data.target.device if isinstance(self.data, Memory) else self.data.device

    def stream(self, seed: int, name: str) -> RandomStream | None:
        """Return the stream that a replicate's module draws from; None where it draws nothing."""
        if not self.draws:
            return None
        return RandomStream(seed, self.device, name=f"torch {name}", sources=self.draws)

    def lent(self, seed: int, name: str) -> AbstractContextManager[None]:
        """Lend such a stream for a while."""
        stream = self.stream(seed, name)
        return nullcontext() if stream is None else stream.lent()


def train_all(
    training: Training,
    pairs: Sequence[tuple[str, int]],
    begin: Callable[[Any], Any],
    finish: Callable[[tuple[str, int], Any, Trained], Result],
    *,
    workers: int | None = None,
    watch: Watch | None = None,
    together: bool | None = None,
) -> tuple[list[Result], str, bool]:
    """Train one replicate per (start, seed).

    Args:
        training: what they share.
        pairs: the replicates.
        begin: a fresh module -> what is measured of it before training.
        finish: (pair, what ``begin`` returned, how it was trained) -> what is kept of it.
        workers: threads, where replicates are trained one by one.
        watch: progress callbacks.
        together: train replicates in one program; None: on a GPU, if the module allows. On a CPU
            that pays for tiny networks only (10 to 30 times 1,000 weights: a third of the time),
            and their last bits would depend on the size of the group.

    Returns:
        Results in order, the name of the engine, and whether Ctrl-C came.
    """
    torch = load_torch()
    device = torch.device(training.device)
    wanted = device.type == "cuda" if together is None else together
    watch = watch or Watch()
    reason = ""
    if wanted:
        found = _together(training, pairs, begin, finish, watch)
        if not isinstance(found, str):
            return found
        reason = f" (not together: {found})"
    many = workers if isinstance(training.data, Memory) and device.type == "cpu" else 1
    one = partial(_one, training, begin=begin, finish=finish, watch=watch)
    with single_threaded(device):
        results, interrupted = run_jobs([partial(one, pair) for pair in pairs], many)
    return results, f"torch, {device.type}, one by one{reason}", interrupted


def _one(
    training: Training,
    pair: tuple[str, int],
    stop: threading.Event,
    *,
    begin: Callable[[Any], Any],
    finish: Callable[[tuple[str, int], Any, Trained], Result],
    watch: Watch,
) -> Result:
    init, seed = pair
    module = training.make(init, seed)
    with training.lent(seed, "start"):
        before = begin(module)
    batches, stream = training.data.batches(seed), training.stream(seed, "training")
    trainer = ModuleTrainer(module, training.task, training.plan, batches, stream, seed=seed)
    drive(trainer, training.plan.steps, watch, stop)
    culprit = trainer.first_nonfinite
    if culprit is None:
        done = trainer.step >= training.plan.steps
        trained = Trained(module, "finished" if done else "cancelled", trainer.losses)
    else:
        if trainer.step == 0 and culprit == "loss":
            culprit = _where(training, init, seed) or culprit
        trained = Trained(module, "diverged", trainer.losses, trainer.step, culprit)
    with training.lent(seed, "end"):
        return finish(pair, before, trained)


def _where(training: Training, init: str, seed: int) -> str | None:
    """Name the layer where the first batch's numbers stopped being finite."""
    batch = next(iter(training.data.batches(seed)))
    module = training.make(init, seed)
    module.train()
    with training.lent(seed, "training"), masked(module, OwnBits(seed, training.device)):
        return first_nonfinite_layer(module, batch)


def _together(
    training: Training, pairs: Sequence[tuple[str, int]], begin: Callable[[Any], Any],
    finish: Callable[[tuple[str, int], Any, Trained], Result], watch: Watch,
) -> tuple[list[Result], str, bool] | str:  # fmt: skip
    """Train groups, halved when memory runs out; or say why that cannot be done."""
    torch = load_torch()
    if not isinstance(training.data, Memory):
        return "the data is streamed"
    reason = obstacle([training.make(*pairs[0])], training.plan, training.draws)
    if reason:
        return reason
    size, largest = len(pairs), 0
    results: list[Result] = []
    stop = threading.Event()
    while len(results) < len(pairs):
        group = pairs[len(results) : len(results) + size]
        told = [0]

        def tell(steps: int, told: list[int] = told, count: int = len(group)) -> None:
            told[0] += steps * count
            watch.steps_done(steps * count)

        try:
            with warnings.catch_warnings():
                # torch's word for: I do the replicates of this layer one after the other
                warnings.filterwarnings("error", "There is a performance drop")
                done, interrupted = _group(training, group, begin, finish, Watch(tell), stop)
        except torch.OutOfMemoryError as error:
            watch.steps_done(-told[0])
            torch.cuda.empty_cache()
            if len(group) == 1:
                raise _too_large(training, error) from error
            size = halved(len(group))
            continue
        except (RuntimeError, NotImplementedError, ValueError, UserWarning) as error:
            if results:
                raise
            watch.steps_done(-told[0])
            return str(error).splitlines()[0][:100] if str(error) else type(error).__name__
        results += done
        largest = max(largest, len(group))
        if interrupted:
            break
    kind = torch.device(training.device).type
    return results, f"torch, {kind}, {largest} together", len(results) < len(pairs) or interrupted


def _group(
    training: Training, group: Sequence[tuple[str, int]], begin: Callable[[Any], Any],
    finish: Callable[[tuple[str, int], Any, Trained], Result], watch: Watch, stop: threading.Event,
) -> tuple[list[Result], bool]:  # fmt: skip
    modules = [training.make(*pair) for pair in group]
    before = [begin(module) for module in modules]
    assert isinstance(training.data, Memory)
    for module in modules:
        module.train()
    trainer = StackedTrainer(modules, training.task, training.plan, training.data,
                             [seed for _, seed in group])  # fmt: skip
    interrupted = False
    try:
        drive(trainer, training.plan.steps, watch, stop)
    except KeyboardInterrupt:
        interrupted = True
    whole = trainer.step >= training.plan.steps or trainer.first_nonfinite is not None
    found = trainer.results()
    results = []
    for pair, first, module, (step, culprit, losses) in zip(
        group, before, trainer.trained(), found, strict=True
    ):
        outcome = "diverged" if step is not None else "finished" if whole else "cancelled"
        trained = Trained(module, outcome, losses, step, culprit)
        results.append(finish(pair, first, trained))
    return results, interrupted


def _too_large(training: Training, error: Exception) -> DataError:
    words = f"One replicate does not fit into the memory of {training.device}: {error} "
    return DataError(words + "Try a smaller batch_size.", argument="batch_size")


@contextmanager
def single_threaded(device: Any) -> Iterator[None]:
    """One torch and one BLAS thread per worker: no bit depends on how many there are."""
    from threadpoolctl import threadpool_limits

    torch = load_torch()
    before = torch.get_num_threads()
    if torch.device(device).type == "cpu":
        torch.set_num_threads(1)
    try:
        with threadpool_limits(limits=1):
            yield
    finally:
        torch.set_num_threads(before)
