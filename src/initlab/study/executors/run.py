"""Blocks of cells and their problem -> events, as they come, from workers of any kind.

    with Run(expand(study, loaded), loaded) as run:
        for event in run:
            ...

Cells come back as they are done, in any order; none of their bits depends on that order, on the
kind of worker, or on how many there are.
"""

from __future__ import annotations

import math
import os
import queue
import re
import threading
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import Any

from initlab.errors import WorkerError, invalid_argument, without_password
from initlab.records import CANCELLED, Cell
from initlab.settings import SETTINGS
from initlab.study.events import (
    CellBegun,
    CellDone,
    CellFailed,
    Compiling,
    Event,
    Frame,
    Progress,
    Waiting,
)
from initlab.study.executors.interruption import Interruption
from initlab.study.executors.processes import Processes
from initlab.study.executors.threads import Threads
from initlab.study.executors.working import (
    ATTEMPTS,
    BEGUN,
    COMPILING,
    DONE,
    DROPPED,
    FAILED,
    FRAME,
    GONE,
    LOST,
    STEPS,
    WAITING,
    GoOn,
    Pool,
)
from initlab.study.expansion import Block
from initlab.study.loaded import LoadedProblem
from initlab.validation import nearest_hint, whole_number

ADDRESS = re.compile(
    r"((tcp|tls|ws|wss|ucx)://)?(\[[0-9A-Fa-f:.]+\]|[^/:@\s]+):\d{1,5}(/[^\s?#@]*)?"
)
THREADS, PROCESSES, LOCAL = "threads", "processes", "local"
TICK = 0.2  # seconds between two looks at Ctrl-C while nothing happens


class Run:
    """A study being run: an iterator of events, which any thread may stop.

    Args:
        blocks: what to run, in this order.
        loaded: its problem.
        workers: number of threads or processes; None for one per core.
        executor: "threads"; "processes" for engines that hold Python's lock, each of which loads
            the problem once; a Dask cluster: a ``distributed.Client``, a scheduler's address, or
            "local" for one on this machine.
        frame_every: steps between two :class:`Frame` events of a cell, 0 for none; or the steps
            that have one, in order.
        keep: keep the trained parameters in the cells.
        stop_on_failure: begin no further cell once one has failed with an error. A cell whose
            worker dies is tried three times; when it has failed, the others go on in any case.
        until_kept: a worker begins its next block when :meth:`kept` was called for the cells of its
            last one, so that a killed program repeats at most one block per worker.

    Attributes:
        cells: the cells done so far, in the order in which they were done.
        failure: the first error of a cell, or that all workers are gone.
        broken: whether all workers are gone, with their cluster: nothing more can be run there.

    Raises:
        ArgumentError: the executor is unknown, or the problem cannot be loaded in a process.
    """

    def __init__(
        self,
        blocks: Sequence[Block],
        loaded: LoadedProblem,
        *,
        workers: int | None = None,
        executor: Any = THREADS,
        frame_every: int | Sequence[int] = 0,
        keep: bool = True,
        stop_on_failure: bool = True,
        until_kept: bool = False,
    ) -> None:
        for step in frame_every if isinstance(frame_every, Sequence) else [frame_every]:
            whole_number("frame_every", step, minimum=0)
        if isinstance(frame_every, Sequence) and list(frame_every) != sorted({*frame_every}):
            raise invalid_argument("frame_every", "steps in rising order", frame_every)
        if workers is not None:
            SETTINGS["workers"].check(workers)
        self.cells: list[Cell] = []
        self.failure: BaseException | None = None
        self.broken = False
        self._stop_on_failure = stop_on_failure
        self._kept = 0 if until_kept else math.inf  # cells whose workers may go on
        self._waiting: deque[tuple[int, GoOn]] = deque()  # for so many cells to be kept
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()  # None: look up
        self._ahead: Event | None = None  # what :attr:`pending` found
        self._interruption = Interruption()
        self._left = dict(enumerate(blocks))
        self._steps: Counter[int] = Counter()  # reported, by block
        self._lock = threading.Lock()
        options = {
            "frame_every": frame_every, "keep": keep, "stop_on_failure": stop_on_failure,
            "until_kept": until_kept,
        }  # fmt: skip
        self._pool = self._pool_of(executor, loaded, workers, len(blocks), options)
        try:
            self._pool.begin(list(blocks))
        except BaseException:  # a cluster that was lost at once, a second Ctrl-C
            self._pool.close(patient=False)
            raise

    def __enter__(self) -> Run:
        self._interruption.begin()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.stop()
        self.kept(math.inf)
        self._interruption.end()
        self._pool.close(patient=not isinstance(error, KeyboardInterrupt))  # the second Ctrl-C
        if error is None:
            self._interruption.look()  # it came after the last event

    def __iter__(self) -> Iterator[Event]:
        return self

    def __next__(self) -> Event:
        """Return the next event; after Ctrl-C iterating may go on.

        In a ``with`` block Ctrl-C is answered here, between two events; a second one at once.

        Raises:
            StopIteration: every cell is done, or was never begun after :meth:`stop`.
        """
        while True:
            self._interruption.look()
            if (ahead := self._ahead) is not None:
                self._ahead = None
                return ahead
            left = bool(self._left)  # looked at first: what has ended by now is in the queue
            try:
                event = self._events.get(timeout=TICK if left else 0)
            except queue.Empty:
                if not left:
                    raise StopIteration from None
                continue
            if event is not None:
                return event

    @property
    def pending(self) -> bool:
        """Whether the next event is there already."""
        while self._ahead is None:
            try:
                self._ahead = self._events.get_nowait()
            except queue.Empty:
                return False
        return True

    def stop(self) -> None:
        """Let cells in training stop at the next look, and begin no other; from any thread."""
        self._pool.stop()

    def kept(self, count: float) -> None:
        """Say that so many further cells, in the order of their events, are kept."""
        with self._lock:
            self._kept += count
        self._let_go()

    def _when_kept(self, go_on: GoOn) -> None:
        """Call this when all cells that are done so far are kept."""
        with self._lock:
            self._waiting.append((len(self.cells), go_on))
        self._let_go()

    def _let_go(self) -> None:
        while True:
            with self._lock:
                if not self._waiting or self._waiting[0][0] > self._kept:
                    return
                _, go_on = self._waiting.popleft()
            go_on()

    def _hear_and_wait(self, number: int, kind: str, value: Any) -> None:
        """Hear a worker of this machine, which goes on when its cells are kept."""
        self._hear(number, kind, value)
        if kind == DONE:
            kept = threading.Event()
            self._when_kept(kept.set)
            kept.wait()

    def _hear(self, number: int, kind: str, value: Any) -> None:
        """Turn what is said of a block into events; what is said of an ended one comes too late."""
        with self._lock:
            block = self._left.get(number)
            if block is None:
                return
            for event in self._events_of(number, block, kind, value):
                if isinstance(event, CellDone):
                    self.cells.append(event.cell)
                if isinstance(event, CellFailed):
                    gone = kind == GONE and not self.broken
                    self.failure = event.error if gone else self.failure or event.error
                self._events.put(event)
            self.broken = self.broken or kind == GONE
            if kind in (DONE, FAILED, LOST, GONE, DROPPED):
                del self._left[number]
                self._events.put(None)
        if kind == GONE or (kind == FAILED and self._stop_on_failure):
            self.stop()

    def _events_of(self, number: int, block: Block, kind: str, value: Any) -> Iterator[Event]:
        first, told = block[0], self._steps[number]
        if kind == BEGUN:
            if told:  # by a worker that has ended
                yield self._progress(number, first, -told)
            yield from map(CellBegun, block)
        elif kind == STEPS:
            yield self._progress(number, first, value)
        elif kind == DONE:
            left = sum(spec.training.steps for spec in block) - told
            if left and all(cell.outcome != CANCELLED for cell in value):
                yield self._progress(number, first, left)
            yield from map(CellDone, block, value)
        elif kind in (FAILED, GONE):
            yield CellFailed(first, value)
        elif kind == LOST:
            words = (
                f"{first.init}, seed {first.seed}: the worker process ended {ATTEMPTS} times "
                "before the run was finished. The process was killed, or memory ran out."
            )
            yield CellFailed(first, WorkerError(words), ATTEMPTS)
        elif kind == FRAME:
            yield Frame(first, *value)
        elif kind == COMPILING:
            yield Compiling()
        elif kind == WAITING:
            yield Waiting(value)

    def _progress(self, number: int, first: Any, steps: int) -> Progress:
        self._steps[number] += steps
        return Progress(first, steps)

    def _pool_of(
        self, executor: Any, loaded: LoadedProblem, workers: int | None, blocks: int, options: Any
    ) -> Pool:
        """Return the workers; those of a cluster need Dask, which is imported late."""
        check_executor(executor)
        if is_cluster(executor) and blocks:
            from initlab.study.executors.cluster import Cluster

            return Cluster(loaded, executor, workers, options, self._hear, self._when_kept)
        count = (workers or os.cpu_count() or 1) if loaded.parallel else 1
        count = max(1, min(count, blocks))
        if executor == PROCESSES:
            if loaded.reload is None:
                hint = (
                    "Worker processes can load only image studies, and PyTorch models that are "
                    'given by name, such as "mine.py:build", with data and inits given by name.'
                )
                expected = f'"{THREADS}" for this study'
                raise invalid_argument("executor", expected, executor, hint=hint)
            return Processes(loaded, count, options, self._hear_and_wait)
        return Threads(loaded, count, options, self._hear_and_wait)


def check_executor(executor: Any) -> None:
    """Refuse what names no workers, and an address with a password, before it is shown anywhere.

    Raises:
        ArgumentError: it is no name, no address and no client.
    """
    named = isinstance(executor, str) and executor in (THREADS, PROCESSES)
    if not named and not is_cluster(executor):
        raise invalid_argument(
            "executor",
            f'"{THREADS}", "{PROCESSES}", "{LOCAL}", the address of a Dask scheduler such as '
            "tcp://scheduler:8786, or a distributed.Client",
            executor, hint=nearest_hint(executor, (THREADS, PROCESSES, LOCAL)),
        )  # fmt: skip
    if isinstance(executor, str) and ":" in executor and not ADDRESS.fullmatch(executor):
        expected = "an address such as tcp://scheduler:8786, without a user name or password"
        raise invalid_argument("executor", expected, without_password(executor))


def is_cluster(executor: Any) -> bool:
    """Whether this names or is a Dask cluster: "local", an address, or a client."""
    if isinstance(executor, str):
        return executor == LOCAL or ":" in executor
    return type(executor).__module__.split(".")[0] == "distributed"
