"""Blocks of cells and their problem -> events, as they come, from worker threads or processes.

    with Run(expand(study, loaded), loaded) as run:
        for event in run:
            ...

Cells come back as they are done, in any order; none of their bits depends on that order, on the
kind of worker, or on how many there are.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from functools import partial
from types import TracebackType
from typing import Any

from initlab.engines import Callbacks
from initlab.records import Cell
from initlab.study.events import (
    CellBegun,
    CellDone,
    CellFailed,
    Compiling,
    Event,
    Frame,
    Progress,
)
from initlab.study.expansion import Block
from initlab.study.loaded import LoadedProblem
from initlab.study.run_cell import run_block

THREADS, PROCESSES = "threads", "processes"
TICK = 0.2  # seconds between two looks at Ctrl-C while nothing happens


class Run:
    """A study being run: an iterator of events, which any thread may stop.

    Args:
        blocks: what to run, in this order.
        loaded: its problem.
        workers: number of threads or processes; None for one per core.
        executor: "threads", or "processes" for engines that hold Python's lock; the problem is
            then loaded once in every process.
        frame_every: steps between two :class:`Frame` events of a cell; 0 for none.
        keep: keep the trained parameters in the cells.

    Attributes:
        cells: the cells done so far, in the order in which they were done.
        failure: why the run ended early, where a cell failed.
    """

    def __init__(
        self,
        blocks: Sequence[Block],
        loaded: LoadedProblem,
        *,
        workers: int | None = None,
        executor: str = THREADS,
        frame_every: int = 0,
        keep: bool = True,
    ) -> None:
        self.cells: list[Cell] = []
        self.failure: BaseException | None = None
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()  # None: a block's end
        self._left = len(blocks)
        self._lock = threading.Lock()
        self._cleanup = contextlib.ExitStack()
        count = (workers or os.cpu_count() or 1) if loaded.parallel else 1
        count = max(1, min(count, len(blocks)))
        run: Callable[..., list[Cell]]
        if executor == PROCESSES:
            run = self._in_processes(loaded, count, frame_every, keep)
        else:
            run = self._in_threads(loaded, count, frame_every, keep)
        for block in blocks:
            self._pool.submit(run, block).add_done_callback(partial(self._ended, block))

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        patient = not isinstance(error, KeyboardInterrupt)  # a second Ctrl-C stops at once
        self._pool.shutdown(wait=patient, cancel_futures=True)
        if patient:
            self._cleanup.close()

    def __iter__(self) -> Iterator[Event]:
        return self

    def __next__(self) -> Event:
        """Return the next event; after Ctrl-C iterating may go on.

        Raises:
            StopIteration: every cell is done, or was never begun after :meth:`stop`.
        """
        # nothing is counted here: Ctrl-C may come between any two lines, and an event be lost
        while self._left or not self._events.empty():
            with contextlib.suppress(queue.Empty):
                event = self._events.get(timeout=TICK)
                if event is not None:
                    return event
        raise StopIteration

    def stop(self) -> None:
        """Let cells in training stop at the next look, and begin no other; from any thread."""
        self._stop.set()

    def _ended(self, block: Block, future: Future[list[Cell]]) -> None:
        """Report what came of a block, and then its end."""
        try:
            for spec, cell in zip(block, future.result(), strict=False):
                self.cells.append(cell)
                self._events.put(CellDone(spec, cell))
        except CancelledError:
            pass
        except BaseException as error:  # a user's model may raise anything; a worker may die
            self._stop.set()
            self.failure = self.failure or error
            self._events.put(CellFailed(block[0], error))
        with self._lock:
            self._left -= 1
        self._events.put(None)

    def _in_threads(
        self, loaded: LoadedProblem, count: int, frame_every: int, keep: bool
    ) -> Callable[[Block], list[Cell]]:
        self._stop: Any = threading.Event()
        self._cleanup.enter_context(loaded.single_threaded())
        self._pool: Executor = ThreadPoolExecutor(count)
        return partial(
            _run_block, loaded=loaded, emit=self._events.put, stop=self._stop,
            frame_every=frame_every, keep=keep,
        )  # fmt: skip

    def _in_processes(
        self, loaded: LoadedProblem, count: int, frame_every: int, keep: bool
    ) -> Callable[[Block], list[Cell]]:
        import multiprocessing

        context = multiprocessing.get_context("spawn")  # the fork of a threaded process may hang
        self._stop = context.Event()
        reports = context.SimpleQueue()
        begin: Any = _begin_process
        self._pool = ProcessPoolExecutor(
            count, mp_context=context, initializer=begin,
            initargs=(loaded.reload, reports, self._stop, frame_every, keep),
        )  # fmt: skip

        def pump() -> None:
            while (event := reports.get()) is not None:
                self._events.put(event)

        thread = threading.Thread(target=pump, daemon=True)
        thread.start()
        self._cleanup.callback(thread.join)
        self._cleanup.callback(reports.put, None)
        return _in_process


def _run_block(
    block: Block,
    *,
    loaded: LoadedProblem,
    emit: Callable[[Event], None],
    stop: Any,
    frame_every: int,
    keep: bool,
) -> list[Cell]:
    """Run a block unless the run was stopped, and report what happens meanwhile."""
    if stop.is_set():
        return []
    first = block[0]
    for spec in block:
        emit(CellBegun(spec))
    callbacks = Callbacks(
        steps_done=lambda steps: emit(Progress(first, steps)),
        compiling=lambda: emit(Compiling()),
        frame=lambda step, parameters: emit(Frame(first, step, parameters)),
        frame_every=frame_every,
        stop=stop,
    )
    return run_block(block, loaded, callbacks, keep=keep)


_PROCESS: dict[str, Any] = {}  # what a worker process holds


def _begin_process(
    load: Callable[[], LoadedProblem], reports: Any, stop: Any, frame_every: int, keep: bool
) -> None:
    """Load the problem, once per process; Ctrl-C is the parent's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    loaded = load()
    loaded.single_threaded().__enter__()
    _PROCESS["run"] = partial(
        _run_block, loaded=loaded, emit=reports.put, stop=stop, frame_every=frame_every, keep=keep
    )


def _in_process(block: Block) -> list[Cell]:
    cells: list[Cell] = _PROCESS["run"](block)
    return cells
