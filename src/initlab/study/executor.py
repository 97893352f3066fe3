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
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from functools import cache, partial
from typing import Any

from initlab.engines import Callbacks
from initlab.errors import InitlabError, refusal
from initlab.records import Cell
from initlab.settings import SETTINGS
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
from initlab.validation import one_of, whole_number

THREADS, PROCESSES = "threads", "processes"
KILLED = "A worker process ended before its work was done: it was killed, or memory ran out."
TICK = 0.2  # seconds between two looks at Ctrl-C while nothing happens
PATIENCE = 2.0  # seconds in which a report is waited for that a killed process may have cut off


Report = Callable[[Event | int], None]  # of an event, or of a block whose cells were all reported


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

    Raises:
        ArgumentError: the executor is unknown, or the problem cannot be loaded in a process.
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
        one_of("executor", executor, (THREADS, PROCESSES))
        whole_number("frame_every", frame_every, minimum=0)
        if workers is not None:
            SETTINGS["workers"].check(workers)
        if executor == PROCESSES and loaded.reload is None:
            expected = f'"{THREADS}" with a problem that cannot be loaded again'
            raise refusal("executor", expected, executor)
        self.cells: list[Cell] = []
        self.failure: BaseException | None = None
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()  # None: look up
        self._left = set(range(len(blocks)))
        self._broken = False  # a worker process was killed
        self._cleanup = contextlib.ExitStack()
        count = (workers or os.cpu_count() or 1) if loaded.parallel else 1
        count = max(1, min(count, len(blocks)))
        begin = self._in_processes if executor == PROCESSES else self._in_threads
        run = begin(loaded, count, {"frame_every": frame_every, "keep": keep})
        with _ctrl_c_later():
            for number, block in enumerate(blocks):
                future = self._pool.submit(run, number, block)
                future.add_done_callback(partial(self._ended, number, block))

    def __enter__(self) -> Run:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.stop()
        patient = not isinstance(error, KeyboardInterrupt)  # a second Ctrl-C stops at once
        processes = list((getattr(self._pool, "_processes", None) or {}).values())
        self._pool.shutdown(wait=patient, cancel_futures=True)
        if not patient:
            for process in processes:  # in a user's code it would outlive us, and hold our output
                process.kill()
        self._cleanup.close()

    def __iter__(self) -> Iterator[Event]:
        return self

    def __next__(self) -> Event:
        """Return the next event; after Ctrl-C iterating may go on.

        Raises:
            StopIteration: every cell is done, or was never begun after :meth:`stop`.
        """
        waited = 0.0
        while True:
            left = bool(self._left)  # looked at first: what has ended by now is in the queue
            try:
                event = self._events.get(timeout=TICK if left else 0)
            except queue.Empty:
                waited += TICK
                if not left or (self._broken and waited > PATIENCE):
                    raise StopIteration from None
                continue
            if event is not None:
                return event

    def stop(self) -> None:
        """Let cells in training stop at the next look, and begin no other; from any thread."""
        self._stop.set()

    def _report(self, event: Event | int) -> None:
        """Note what is done, then hand it over; where Ctrl-C cannot come between the two."""
        if isinstance(event, int):
            self._left.discard(event)
            self._events.put(None)
            return
        if isinstance(event, CellDone):
            self.cells.append(event.cell)
        self._events.put(event)

    def _ended(self, number: int, block: Block, future: Future[None]) -> None:
        """Report a block that was not run to its end; its worker reports one that was."""
        if future.cancelled():
            self._report(number)
            return
        error = future.exception()  # a user's model may raise anything; a worker may die
        if error is None:
            return
        self._stop.set()
        killed = isinstance(error, BrokenExecutor)
        if number in self._left and not (killed and self._broken):  # all that wait hear of it
            failure: BaseException = error
            if killed:
                failure = InitlabError(KILLED)
                failure.__cause__ = error
            self.failure = self.failure or failure
            self._report(CellFailed(block[0], failure))
        self._broken = self._broken or killed
        self._report(number)

    def _in_threads(self, loaded: LoadedProblem, count: int, options: Any) -> Any:
        """Make the pool, and return what runs a block in it."""
        self._stop: Any = threading.Event()
        self._cleanup.enter_context(loaded.single_threaded())
        self._pool: Executor = ThreadPoolExecutor(count)
        return partial(_run_block, lambda: loaded, self._report, self._stop, options)

    def _in_processes(self, loaded: LoadedProblem, count: int, options: Any) -> Any:
        import multiprocessing

        context = multiprocessing.get_context("spawn")  # the fork of a threaded process may hang
        self._stop = context.Event()
        reader, writer = context.Pipe(duplex=False)
        begin: Any = _begin_process
        self._pool = ProcessPoolExecutor(
            count, mp_context=context, initializer=begin,
            initargs=(loaded.reload, writer, context.Lock(), self._stop, options),
        )  # fmt: skip
        self._cleanup.enter_context(_reading(reader, self._report))
        return _in_process


@contextlib.contextmanager
def _reading(reader: Any, report: Report) -> Iterator[None]:
    """Hand over what worker processes send, and at the end what is still in the pipe."""
    ended = threading.Event()

    def pump() -> None:
        while not ended.is_set() or reader.poll():
            if reader.poll(TICK):
                report(reader.recv())

    thread = threading.Thread(target=pump, daemon=True)
    thread.start()
    yield
    ended.set()
    thread.join(PATIENCE)  # not for ever: a killed process may have sent half a report


@contextlib.contextmanager
def _ctrl_c_later() -> Iterator[None]:
    """Hold Ctrl-C back; processes begun meanwhile never hear it: it is their parent's to answer."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _run_block(
    load: Callable[[], LoadedProblem], report: Report, stop: Any, options: Any,
    number: int, block: Block,
) -> None:  # fmt: skip
    """Run a block unless the run was stopped, and report what happens, the cells last."""
    first = block[0]
    callbacks = Callbacks(
        steps_done=lambda steps: report(Progress(first, steps)),
        compiling=lambda: report(Compiling()),
        frame=lambda step, parameters: report(Frame(first, step, parameters)),
        frame_every=options["frame_every"],
        stop=stop,
    )
    try:
        if not stop.is_set():
            loaded = load()
            for spec in block:
                report(CellBegun(spec))
            cells = run_block(block, loaded, callbacks, keep=options["keep"])
            for spec, cell in zip(block, cells, strict=True):
                report(CellDone(spec, cell))
    except BaseException:
        stop.set()  # at once: the parent of a process hears of it only when the next is begun
        raise
    report(number)


_in_this_process: Callable[[int, Block], None]  # what runs a block, in a worker process


def _begin_process(
    load: Callable[[], LoadedProblem], writer: Any, lock: Any, stop: Any, options: Any
) -> None:
    """Get ready for blocks; the first one loads the problem, whose errors then are a cell's."""
    global _in_this_process
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    limits = contextlib.ExitStack()  # ends with the process

    @cache
    def loaded() -> LoadedProblem:
        problem = load()
        limits.enter_context(problem.single_threaded())
        return problem

    def report(event: Event | int) -> None:
        with lock:
            writer.send(event)

    _in_this_process = partial(_run_block, loaded, report, stop, options)


def _in_process(number: int, block: Block) -> None:
    _in_this_process(number, block)
