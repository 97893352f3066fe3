"""Starts and seeds -> trained replicates, by the fastest engine that fits, on all cores.

Every replicate is trained by itself, so its bits depend on nothing but its own start and seed:
not on the others, their order, or the number of workers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

import numpy as np

from initlab.engines.driving import Watch, drive, run_jobs
from initlab.engines.trajectory import ReplicateTrainer, TrainingData, Trajectory
from initlab.errors import refusal
from initlab.networks.dense import DenseNetwork, Parameters
from initlab.records.training import TrainingPlan

LARGEST_COMPILED_LAYER = 64  # wider layers are BLAS's ground
LARGEST_COMPILED_PARAMETERS = 5_000


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

    def one(start: Parameters, seed: int, stop: threading.Event) -> Trajectory:
        trainer = make(start, seed)
        drive(trainer, plan.steps, watch, stop)
        return _trajectory(trainer, plan)

    jobs = [partial(one, start, seed) for start, seed in zip(starts, seeds, strict=True)]
    with _single_threaded_blas():
        trajectories, interrupted = run_jobs(jobs, workers)
    return TrainingRun(trajectories, engine, interrupted)


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
        from initlab.engines.compiled.trainer import CompiledTrainer, Kernel, compile_pending

        if compile_pending(network, plan, len(data.x)):
            watch.compiling()
        kernel = Kernel.build(network, plan, data)
        return (lambda start, seed: CompiledTrainer(kernel, start, seed)), "dense, compiled"

    from initlab.engines.blas.points import in_dtype
    from initlab.engines.blas.trainer import BlasTrainer

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


def _single_threaded_blas() -> AbstractContextManager[object]:
    """One BLAS thread per worker: the workers are the parallelism."""
    from threadpoolctl import threadpool_limits

    np.dot(np.ones(1), np.ones(1))  # BLAS must be loaded to be limited
    limits: AbstractContextManager[object] = threadpool_limits(limits=1)
    return limits
