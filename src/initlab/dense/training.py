"""Starts and seeds -> trained replicates, by the fastest engine that fits, on all cores.

Every replicate is trained by itself, so its bits depend on nothing but its own start and seed:
not on the others, their order, or the number of workers.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np

from initlab.dense.network import DenseNetwork, Parameters
from initlab.dense.plan import TrainingPlan
from initlab.dense.replicate import ReplicateTrainer, TrainingData, Trajectory
from initlab.errors import refusal

LARGEST_COMPILED_LAYER = 64  # wider layers are BLAS's ground
LARGEST_COMPILED_PARAMETERS = 5_000
LOOK_SECONDS = 0.1  # training goes on this long, about, between two looks at Ctrl-C


@dataclass(frozen=True)
class Watch:
    """What a training run tells the outside while it goes on.

    Attributes:
        steps_done: called with the number of steps just done by one replicate, from any thread.
        compiling: called once if a kernel has to be compiled first.
    """

    steps_done: Callable[[int], None] = lambda steps: None
    compiling: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class TrainingRun:
    """Trained replicates in the order of their starts, the engine, and whether Ctrl-C came."""

    trajectories: list[Trajectory]
    engine: str
    interrupted: bool


def train(
    network: DenseNetwork,
    plan: TrainingPlan,
    data: TrainingData,
    starts: Sequence[Parameters],
    seeds: Sequence[int],
    *,
    workers: int | None = None,
    watch: Watch | None = None,
) -> TrainingRun:
    """Train one replicate per start.

    Args:
        network: what is trained.
        plan: how.
        data: training points.
        starts: first parameters of each replicate.
        seeds: seed of each replicate's batches and dropout.
        workers: threads; None for one per core.
        watch: progress callbacks.

    Returns:
        The run. After Ctrl-C, replicates that were not done are "cancelled", the rest stand.

    Raises:
        ArgumentError: the batch size exceeds the number of training points.
    """
    watch = watch or Watch()
    if plan.batch_size is not None and plan.batch_size > len(data.x):
        expected = f"at most the number of training points, {len(data.x)}"
        raise refusal("batch_size", expected, plan.batch_size)
    make, engine = _engine(network, plan, data, watch)
    stop = threading.Event()

    def one(start: Parameters, seed: int) -> Trajectory:
        trainer = make(start, seed)
        chunk = 1
        while trainer.step < plan.steps and trainer.first_nonfinite is None and not stop.is_set():
            before, began = trainer.step, time.perf_counter()
            trainer.advance(min(plan.steps, before + chunk))
            if time.perf_counter() - began < LOOK_SECONDS:
                chunk *= 2
            done = trainer.step - before
            if trainer.first_nonfinite is not None:
                done = plan.steps - before  # nothing more will come of it
            watch.steps_done(done)
        return _trajectory(trainer, plan)

    interrupted = False
    with _single_threaded_blas(), ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        futures = [pool.submit(one, *pair) for pair in zip(starts, seeds, strict=True)]
        try:
            _wait(futures)
        except KeyboardInterrupt:
            interrupted = True
            stop.set()
            wait(futures)
        except BaseException:
            stop.set()
            raise
    return TrainingRun([future.result() for future in futures], engine, interrupted)


def is_small(network: DenseNetwork, plan: TrainingPlan) -> bool:
    """Whether a network is trained by a kernel compiled for it rather than by BLAS."""
    return (
        max(network.layer_dims) <= LARGEST_COMPILED_LAYER
        and network.parameter_count <= LARGEST_COMPILED_PARAMETERS
        and plan.dropout == 0
        and plan.dtype == "float64"
    )


def _engine(
    network: DenseNetwork, plan: TrainingPlan, data: TrainingData, watch: Watch
) -> tuple[Callable[[Parameters, int], ReplicateTrainer], str]:
    if is_small(network, plan):
        from initlab.dense.compiled.trainer import CompiledTrainer, Kernel, compile_pending

        if compile_pending(network, plan, len(data.x)):
            watch.compiling()
        kernel = Kernel.build(network, plan, data)
        return (lambda start, seed: CompiledTrainer(kernel, start, seed)), "dense, compiled"

    from initlab.dense.blas import BlasTrainer
    from initlab.dense.wide.points import in_dtype

    points = in_dtype(network, plan, data)  # once: a replicate's own copy would be as large
    return (lambda start, seed: BlasTrainer(network, plan, points, start, seed)), "dense, BLAS"


def _trajectory(trainer: ReplicateTrainer, plan: TrainingPlan) -> Trajectory:
    diverged = trainer.first_nonfinite is not None
    outcome = "finished" if trainer.step >= plan.steps else "cancelled"
    recorded = [s for s in plan.recorded_steps if s < trainer.step + diverged]
    return Trajectory(
        outcome="diverged" if diverged else outcome,
        steps=recorded,
        losses=[float(loss) for loss in trainer.curve[: len(recorded)]],
        parameters=trainer.parameters(),
        diverged_step=trainer.step if diverged else None,
        first_nonfinite=trainer.first_nonfinite,
        snapshots=trainer.snapshots(len(recorded)) if plan.keep_parameters else None,
    )


def _wait(futures: Sequence[Future[Trajectory]]) -> None:
    """Wait in short turns, so that Ctrl-C is heard; raise the first failure."""
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=0.2)
        for future in done:
            future.result()


def _single_threaded_blas() -> AbstractContextManager[object]:
    """One BLAS thread per worker: the workers are the parallelism."""
    from threadpoolctl import threadpool_limits

    np.dot(np.ones(1), np.ones(1))  # BLAS must be loaded to be limited
    limits: AbstractContextManager[object] = threadpool_limits(limits=1)
    return limits
