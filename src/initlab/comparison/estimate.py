"""A study that is about to run -> the seconds it will take, from a moment of its first block."""

from __future__ import annotations

import itertools
import math
import os
import statistics
import threading
import time
from collections.abc import Callable, Sequence

from initlab.engines import Callbacks
from initlab.errors import InitlabError
from initlab.records import DIVERGED, CellSpec
from initlab.study import LoadedProblem

MOMENT = 0.2  # seconds of training, and as many before them to warm up
LARGE = 1e11  # weights x samples x updates: below, a study takes seconds or few minutes
DEFAULT_BATCH = 100  # samples, where all are one batch: the order of magnitude is enough
LEAST = 1_000  # weights x samples of an update: a smaller one costs no less
RUN = 0.003  # seconds that a run of any size takes beside its updates: drawn, measured, kept
MANY = 20_000  # runs: below, these seconds are less than a minute


def estimated_seconds(
    block: Sequence[CellSpec],
    loaded: LoadedProblem,
    cells: int,
    *,
    workers: int | None = None,
    compiling: Callable[[], None] = lambda: None,
) -> float | None:
    """Train the first networks of a large study for a moment, and drop them.

    No number of the study depends on it: what a cell trains follows from its specification.

    Args:
        block: the first cells, trained together as in the study: one alone costs as much.
        loaded: the problem.
        cells: number of cells of the study.
        workers: threads or processes; None for one per core.
        compiling: called if a kernel has to be compiled first.

    Returns:
        Seconds that all runs take; None for a study that is not large, for one whose cells do not
        run side by side, and where a moment of training shows no pace.
    """
    training = block[0].training
    size = loaded.problem.weight_count * (training.batch_size or DEFAULT_BATCH)
    few = cells < MANY
    if not loaded.parallel or (few and training.steps * cells * max(size, LEAST) < LARGE):
        return None
    stop, seen = threading.Event(), []

    def done(steps: int) -> None:
        seen.append((time.monotonic(), steps))
        if seen[-1][0] - seen[0][0] >= 2 * MOMENT:
            stop.set()

    callbacks = Callbacks(steps_done=done, compiling=compiling, stop=stop)
    try:
        with loaded.repeatable():
            networks = [loaded.draw(spec) for spec in block]
            trajectories = loaded.train(block, networks, callbacks)
    except InitlabError:  # the run will say it, and keep what was done before
        return None
    if any(trajectory.outcome == DIVERGED for trajectory in trajectories):
        return None
    pace = _pace(seen)
    if pace is None and few:
        return None
    side_by_side = min(workers or os.cpu_count() or 1, math.ceil(cells / len(block)))
    return ((pace or 0.0) * training.steps + RUN) * cells / side_by_side


def _pace(seen: Sequence[tuple[float, int]]) -> float | None:
    """Return the seconds of an update, from the reports (time, updates since the one before).

    The first updates, which load and compile what the others find ready, are left out where more
    follow; of the others the median counts, for a machine may be busy for a moment.
    """
    paces = [
        (now, (now - before) / steps)
        for (before, _), (now, steps) in itertools.pairwise(seen)
        if steps > 0
    ]
    warm = [pace for now, pace in paces if now - seen[0][0] > MOMENT]
    chosen = warm or [pace for _, pace in paces]
    return statistics.median(chosen) if chosen else None
