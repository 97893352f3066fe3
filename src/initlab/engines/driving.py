"""Replicates in training -> all of them trained, on several threads, with a way to stop.

Whichever engine takes the steps: a trainer is advanced a little at a time, so that Ctrl-C is heard
and progress is told.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Protocol, TypeVar

LOOK_SECONDS = 0.1  # training goes on this long, about, between two looks at Ctrl-C

Result = TypeVar("Result")


@dataclass(frozen=True)
class Watch:
    """What a training run tells the outside while it goes on.

    Attributes:
        steps_done: called with the number of steps just done by one replicate, from any thread.
        compiling: called once if a kernel has to be compiled first.
    """

    steps_done: Callable[[int], None] = lambda steps: None
    compiling: Callable[[], None] = lambda: None


class Steps(Protocol):
    """What is driven: it takes steps until something is not finite."""

    step: int
    """Steps done."""

    first_nonfinite: str | None
    """Name of the first quantity that was not finite; training stops there."""

    def advance(self, end: int) -> None:
        """Take steps until ``end`` are done or something is not finite."""


def drive(trainer: Steps, steps: int, watch: Watch, stop: threading.Event) -> None:
    """Advance a replicate to its last step, until it diverges, or until ``stop`` is set."""
    chunk = 1
    while trainer.step < steps and trainer.first_nonfinite is None and not stop.is_set():
        before, began = trainer.step, time.perf_counter()
        trainer.advance(min(steps, before + chunk))
        if time.perf_counter() - began < LOOK_SECONDS:
            chunk *= 2
        done = trainer.step - before
        if trainer.first_nonfinite is not None:
            done = steps - before  # nothing more will come of it
        watch.steps_done(done)


def run_jobs(
    jobs: Sequence[Callable[[threading.Event], Result]], workers: int | None = None
) -> tuple[list[Result], bool]:
    """Run jobs on threads; return their results in order, and whether Ctrl-C came.

    Args:
        jobs: each is given an event that is set when it should return early.
        workers: threads; None for one per core.
    """
    stop = threading.Event()
    interrupted = False
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        futures = [pool.submit(job, stop) for job in jobs]
        try:
            _wait(futures)
        except KeyboardInterrupt:
            interrupted = True
            stop.set()
            wait(futures)
        except BaseException:
            stop.set()
            raise
    return [future.result() for future in futures], interrupted


def _wait(futures: Sequence[Future[Result]]) -> None:
    """Wait in short turns, so that Ctrl-C is heard; raise the first failure."""
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=0.2)
        for future in done:
            future.result()
