"""Starts and seeds -> trained modules: together where the device gains by it, else one by one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from initlab.dense.driving import Watch, drive, run_jobs
from initlab.modules.framework import load_torch
from initlab.torch_engine.loader import Streamed
from initlab.torch_engine.memory import Memory
from initlab.torch_engine.plan import ModulePlan
from initlab.torch_engine.probe import first_nonfinite_layer
from initlab.torch_engine.randomness import RandomStream
from initlab.torch_engine.stacked import StackedTrainer, halved, may_stack
from initlab.torch_engine.task import Task
from initlab.torch_engine.trainer import ModuleTrainer

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
        draws: whether the model draws random numbers in training.
    """

    make: Callable[[str, int], Any]
    task: Task
    plan: ModulePlan
    data: Memory | Streamed
    draws: bool

    @property
    def device(self) -> Any:
        """Where it is trained."""
        return self.data.target.device if isinstance(self.data, Memory) else self.data.device


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
        together: train replicates in one program; None: on a GPU, if the module allows.

    Returns:
        Results in order, the name of the engine, and whether Ctrl-C came.
    """
    torch = load_torch()
    device = torch.device(training.device)
    wanted = device.type == "cuda" if together is None else together
    watch = watch or Watch()
    reason = ""
    if wanted and isinstance(training.data, Memory):
        found = _together(training, pairs, begin, finish, watch)
        if not isinstance(found, str):
            return found
        reason = f" ({found})"
    many = workers if isinstance(training.data, Memory) and device.type == "cpu" else 1
    one = partial(_one, training, begin=begin, finish=finish, watch=watch)
    with _single_threaded(device):
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
    before = begin(module)
    stream = RandomStream(seed, training.device) if training.draws else None
    batches = training.data.batches(seed)
    trainer = ModuleTrainer(module, training.task, training.plan, batches, stream)
    drive(trainer, training.plan.steps, watch, stop)
    culprit = trainer.first_nonfinite
    if culprit is None:
        done = trainer.step >= training.plan.steps
        trained = Trained(module, "finished" if done else "cancelled", trainer.losses)
    else:
        if trainer.step == 0 and culprit == "loss":
            culprit = _where(training, init, seed) or culprit
        trained = Trained(module, "diverged", trainer.losses, trainer.step, culprit)
    return finish(pair, before, trained)


def _where(training: Training, init: str, seed: int) -> str | None:
    """Name the layer where the first batch's numbers stopped being finite."""
    batch = next(iter(training.data.batches(seed)))
    return first_nonfinite_layer(training.make(init, seed).train(), batch)


def _together(
    training: Training, pairs: Sequence[tuple[str, int]], begin: Callable[[Any], Any],
    finish: Callable[[tuple[str, int], Any, Trained], Result], watch: Watch,
) -> tuple[list[Result], str, bool] | str:  # fmt: skip
    """Train groups, halved when memory runs out; or say why that cannot be done."""
    torch = load_torch()
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
            done, interrupted = _group(training, group, begin, finish, Watch(tell), stop)
        except torch.OutOfMemoryError:
            watch.steps_done(-told[0])
            torch.cuda.empty_cache()
            if len(group) == 1:
                raise
            size = halved(len(group))
            continue
        except (RuntimeError, NotImplementedError, ValueError) as error:
            if results:
                raise
            watch.steps_done(-told[0])
            return f"not together: {str(error).splitlines()[0][:100]}"
        if done is None:
            return "not together: the optimizer or the parameters' dtypes do not allow it"
        results += done
        largest = max(largest, len(group))
        if interrupted:
            break
    kind = torch.device(training.device).type
    return results, f"torch, {kind}, {largest} together", len(results) < len(pairs) or interrupted


def _group(
    training: Training, group: Sequence[tuple[str, int]], begin: Callable[[Any], Any],
    finish: Callable[[tuple[str, int], Any, Trained], Result], watch: Watch, stop: threading.Event,
) -> tuple[list[Result] | None, bool]:  # fmt: skip
    modules = [training.make(*pair) for pair in group]
    if not may_stack(modules, training.plan):
        return None, False
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


@contextmanager
def _single_threaded(device: Any) -> Iterator[None]:
    """One torch thread per worker: no bit depends on how many there are."""
    torch = load_torch()
    before = torch.get_num_threads()
    if device.type == "cpu":
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
