"""On a Dask worker: a problem, loaded once, and a block -> its cells, or what went wrong."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from initlab.study.executors.shipping import Shipped
from initlab.study.executors.working import (
    BEGUN,
    COMPILING,
    DONE,
    DROPPED,
    FAILED,
    STEPS,
    portable,
    work,
)
from initlab.study.expansion import Block
from initlab.study.loaded import LoadedProblem

REPORT_SECONDS = 0.5  # between two reports of a block's progress
FETCH_SECONDS = 0.002  # between two looks whether a result was fetched
KEPT = 2  # problems that a worker keeps loaded
ENDING = ("closing", "closed", "failed")  # states of a worker whose work nobody will fetch

_lock = threading.Lock()
_alone = threading.Lock()  # of problems that may not be trained in several threads
_loaded: dict[str, LoadedProblem] = {}
_runs: set[str] = set()
_limits = contextlib.ExitStack()  # of libraries' threads, while there is a run
_limiter = ThreadPoolExecutor(1)  # the thread that set a limit must lift it
_stopped: set[str] = set()


def itself(shipped: Shipped) -> Shipped:
    """Return what was sent: the result of a task is found again when a worker is lost."""
    return shipped


def run_here(
    shipped: Shipped, run: str, number: int, block: Block, options: Mapping[str, Any]
) -> tuple[str, Any]:
    """Run a block; return the last word on it: the cells, the error, or that it was stopped."""
    from distributed import get_worker

    worker = get_worker()
    last: tuple[str, Any] = (DROPPED, None)
    steps, told = 0, time.monotonic()
    alone = contextlib.ExitStack()

    def hear(number: int, kind: str, value: Any) -> None:
        nonlocal last, steps, told
        if kind == FAILED and options["stop_on_failure"]:
            stop_here(run)  # at once: the driver hears of it when the next block has begun
        if kind in (DONE, FAILED, DROPPED):
            last = kind, portable(value) if kind == FAILED else value
        elif kind in (BEGUN, COMPILING):
            worker.log_event(run, [number, kind, None])
        elif kind == STEPS:
            steps += value
            if time.monotonic() - told > REPORT_SECONDS:
                worker.log_event(run, [number, STEPS, steps])
                steps, told = 0, time.monotonic()

    def load() -> LoadedProblem:
        with _lock:
            loaded = _problem(shipped, worker.address)
            if run not in _runs:
                _limiter.submit(_limit, loaded).result()
                _runs.add(run)
        if loaded.problem.module is not None:
            # torch counts its threads by thread, and this one may have begun with several
            sys.modules["torch"].set_num_threads(1)
        if not loaded.parallel:
            alone.enter_context(_alone)
        return loaded

    stop = _Stop(run, worker)
    _hand_over(worker, run, stop)
    with alone:
        work(number, block, load, hear, stop, options)
    return last


def _hand_over(worker: Any, run: str, stop: _Stop) -> None:
    """Wait until every result of a run was fetched: a worker that dies then loses one block."""
    while not stop.is_set() and any(isinstance(key, tuple) and key[0] == run
                                    for key in list(worker.data)):  # fmt: skip
        time.sleep(FETCH_SECONDS)


def _limit(loaded: LoadedProblem) -> None:
    _limits.enter_context(loaded.single_threaded())


def _problem(shipped: Shipped, worker: str) -> LoadedProblem:
    digest = shipped.digest
    if digest not in _loaded:
        while len(_loaded) >= KEPT:
            del _loaded[next(iter(_loaded))]
        _loaded[digest] = shipped.load(worker)
    return _loaded[digest]


class _Stop:
    """Set when the run was stopped, and when nobody waits for the block any more."""

    def __init__(self, run: str, worker: Any) -> None:
        self._run, self._worker = run, worker
        self._key = worker.get_current_task()

    def is_set(self) -> bool:
        task = self._worker.state.tasks.get(self._key)
        unwanted = task is None or task.state == "cancelled"  # the one who asked went away
        return unwanted or self._run in _stopped or self._worker.status.name in ENDING


def stop_here(run: str) -> None:
    """Let the blocks of a run stop at the next look."""
    _stopped.add(run)


def end_here(run: str) -> None:
    """Give the libraries their threads back, where this was the last run."""
    _stopped.add(run)
    with _lock:
        _runs.discard(run)
        if not _runs:
            _limiter.submit(_limits.close).result()
