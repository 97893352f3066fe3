"""A study that is about to run -> the seconds it will take, from a moment of its first network."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

from initlab.engines import Callbacks
from initlab.errors import InitlabError
from initlab.records import DIVERGED, CellSpec
from initlab.study import LoadedProblem

MOMENT = 0.2  # seconds of training
LARGE = 1e11  # weights x samples x updates: below, a study takes seconds or few minutes
USUAL_BATCH = 100  # samples, where all are one batch: the order of magnitude is enough
LEAST = 1_000  # weights x samples of an update: a smaller one costs no less


def estimated_seconds(
    spec: CellSpec,
    loaded: LoadedProblem,
    cells: int,
    *,
    workers: int | None = None,
    compiling: Callable[[], None] = lambda: None,
) -> float | None:
    """Train the first network of a large study for a moment, and drop it.

    No number of the study depends on it: what a cell trains follows from its specification.

    Args:
        spec: the first cell.
        loaded: the problem.
        cells: number of cells of the study.
        workers: threads or processes; None for one per core.
        compiling: called if a kernel has to be compiled first.

    Returns:
        Seconds that all updates take; None for a study that is not large, for one whose cells do
        not run side by side, and where a moment of training shows no pace.
    """
    training = spec.training
    size = loaded.problem.weight_count * (training.batch_size or USUAL_BATCH)
    if not loaded.parallel or training.steps * cells * max(size, LEAST) < LARGE:
        return None
    stop, seen = threading.Event(), []

    def done(steps: int) -> None:
        seen.append((time.monotonic(), steps))
        if seen[-1][0] - seen[0][0] >= MOMENT:
            stop.set()

    callbacks = Callbacks(steps_done=done, compiling=compiling, stop=stop)
    try:
        with loaded.single_threaded():
            (trajectory,) = loaded.train([spec], [loaded.draw(spec)], callbacks)
    except InitlabError:  # the run will say it, and keep what was done before
        return None
    steps = sum(count for _, count in seen[1:])  # the first one warms up
    if trajectory.outcome == DIVERGED or not steps:
        return None
    pace = (seen[-1][0] - seen[0][0]) / steps
    return pace * training.steps * cells / (workers or os.cpu_count() or 1)
