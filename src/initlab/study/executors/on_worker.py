"""On a Dask worker: a problem, loaded once, and blocks -> what is said of each, and its cells."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
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
CALL_SECONDS = 30.0  # that the scheduler has to answer
ASK_SECONDS = 0.2  # that a worker waits for word that its last block is kept, before it asks
TASK_SECONDS = 0.2  # of work in a task: some hundred messages of the scheduler cost less
LARGE = 2**16  # bytes of a cell: beyond, it does not go through the scheduler
LAST = (DONE, FAILED, DROPPED)
ASKED = "asked"  # whether the block is kept; the word on that was lost
KEPT = 2  # problems that a worker keeps loaded
ENDING = ("closing", "closed", "failed")  # states of a worker whose work nobody will fetch

Task = Sequence[tuple[int, Block]]
"""Blocks that one task of Dask runs, one after the other, with their numbers."""

Said = tuple[int, str, Any]
"""Number of a block, what happened to it, and a value, pickled unless it is steps or None."""

_lock = threading.Lock()
_alone = threading.Lock()  # of problems that may not be trained in several threads
_loaded: dict[str, LoadedProblem] = {}
_runs: set[str] = set()
_limits = contextlib.ExitStack()  # of libraries' threads, while there is a run
_limiter = ThreadPoolExecutor(1)  # the thread that set a limit must lift it
_stopped: set[str] = set()
# of a thread: the key of its last result that was not said; its last run and block, and the word
# that it is kept, which is to come
_thread = threading.local()


def itself(shipped: Shipped) -> Shipped:
    """Return what was sent: the result of a task is found again when a worker is lost."""
    return shipped


def run_here(
    shipped: Shipped, run: str, topic: str, claim: str, task: Task, options: Mapping[str, Any]
) -> tuple[float, list[Said]] | None:
    """Run the blocks of a task, and say what happens to each before the next one begins.

    Args:
        shipped: the problem.
        run: whose blocks they are.
        topic: of Dask's events, under which that is logged.
        claim: name of the task; who finds it taken runs nothing.
        task: the blocks, with their numbers.
        options: see :class:`Run`.

    Returns:
        Seconds per block, and what could not be said; blocks without a last word were not run.
        None where another worker had begun the task, and died.
    """
    from distributed import get_worker

    worker = get_worker()
    stop = _Stop(run, worker)
    teller = _Teller(worker, run, topic, stop, options)
    if _taken(worker, claim):
        return None
    _hand_over(worker, stop)
    began, count = time.monotonic(), 0
    for number, block in task:
        teller.wait_until_kept()
        with contextlib.ExitStack() as alone:
            load = partial(_load, shipped, run, worker.address, alone)
            work(number, block, load, teller.hear, stop, options, every=REPORT_SECONDS)
        count += 1
        if teller.full or stop.unwanted or time.monotonic() - began > TASK_SECONDS:
            break
    teller.say()
    if stop.unwanted and not teller.said_one:
        _call(worker, worker.scheduler.event_clear, name=claim)  # another worker may run it all
    if teller.left:
        _thread.unfetched = worker.get_current_task()
    return (time.monotonic() - began) / count, teller.left


class _Teller:
    """Says to the driver what happens to the blocks of a task.

    Attributes:
        left: what is not said yet.
        full: whether something is too large to be said; it is left to be the task's result.
        said_one: whether a block's last word was said.
    """

    def __init__(
        self, worker: Any, run: str, topic: str, stop: _Stop, options: Mapping[str, Any]
    ) -> None:
        self._worker, self._run, self._topic, self._stop = worker, run, topic, stop
        self._options = options
        self.left: list[Said] = []
        self.full = self.said_one = False

    def hear(self, number: int, kind: str, value: Any) -> None:
        """Take what happens to a block."""
        if kind == FAILED and self._options["stop_on_failure"]:
            stop_here(self._run)  # at once: the driver hears of it when the next block has begun
        if kind == STEPS:
            self._log([(number, kind, value)])
        elif kind in (BEGUN, COMPILING):
            self.left.append((number, kind, None))
            self.say()
        elif not self._stop.unwanted:  # else another worker runs it
            content = pickle.dumps(portable(value) if kind == FAILED else value)
            self.left.append((number, kind, content))
            self.full = self.full or len(content) > LARGE
            if self._options["until_kept"]:
                _thread.unkept = self._run, number, self._expect(number)
                self.say()

    def wait_until_kept(self) -> None:
        """Wait until the driver says that it has kept this thread's last block of the run."""
        last: tuple[str, int, Any] = getattr(_thread, "unkept", ("", 0, None))
        run, number, kept = last
        while run == self._run and not self._stop.is_set() and not _is_kept(kept):
            kept = self._expect(number)
            self._log([(number, ASKED, None)])
        _thread.unkept = "", 0, None

    def _expect(self, number: int) -> Future[bool]:
        """Return whether word comes soon that a block is kept; it must be waited for beforehand."""
        word = self._worker.scheduler.event_wait(
            name=kept_event(self._run, number), timeout=ASK_SECONDS
        )  # fmt: skip
        return asyncio.run_coroutine_threadsafe(word, self._worker.loop.asyncio_loop)

    def say(self) -> None:
        """Say what is left, so that it does not die with this worker."""
        if not self.left or self.full:
            return
        if self._options["until_kept"]:
            self._log(self.left)  # whose answer is waited for before the next block
        else:
            call, message = self._worker.scheduler.log_event, self._message(self.left)
            try:
                _call(self._worker, call, topic=self._topic, msg=message)
            except OSError:  # it is left to be the task's result
                return
        self.said_one = self.said_one or any(kind in LAST for _, kind, _ in self.left)
        self.left = []

    def _log(self, said: list[Said]) -> None:
        self._worker.log_event(self._topic, self._message(said))

    def _message(self, said: list[Said]) -> dict[str, Any]:
        return {"run": self._run, "said": said, "worker": self._worker.address}


def kept_event(run: str, number: int) -> str:
    """Return the name of the event that lets a worker go on after this block."""
    return f"{run}-kept-{number}"


def _taken(worker: Any, claim: str) -> bool:
    """Whether another worker has run a task before; mark it as taken."""
    if _call(worker, worker.scheduler.event_is_set, name=claim):
        return True
    _call(worker, worker.scheduler.event_set, name=claim)
    return False


def _call(worker: Any, call: Any, **options: Any) -> Any:
    """Call the scheduler from the thread of a task, and wait for its answer."""
    from distributed.utils import sync

    return sync(worker.loop, call, callback_timeout=CALL_SECONDS, **options)


def _hand_over(worker: Any, stop: _Stop) -> None:
    """Wait until this thread's last result was fetched: a worker that dies loses one block."""
    while not stop.is_set() and getattr(_thread, "unfetched", None) in worker.data:
        time.sleep(FETCH_SECONDS)


def _load(
    shipped: Shipped, run: str, worker: str, alone: contextlib.ExitStack
) -> LoadedProblem:  # fmt: skip
    with _lock:
        loaded = _problem(shipped, worker)
        if run not in _runs:
            _limiter.submit(lambda: _limits.enter_context(loaded.repeatable())).result()
            _runs.add(run)
    if loaded.problem.module is not None:
        # torch counts its threads by thread, and this one may have begun with several
        sys.modules["torch"].set_num_threads(1)
    if not loaded.parallel:
        alone.enter_context(_alone)
    return loaded


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
        return self._run in _stopped or self.unwanted

    @property
    def unwanted(self) -> bool:
        """Whether the driver went away, or another worker is to run the task."""
        task = self._worker.state.tasks.get(self._key)
        gone = task is None or task.state == "cancelled"
        return gone or self._worker.status.name in ENDING


def _is_kept(word: Future[bool]) -> bool:
    try:
        return word.result(CALL_SECONDS)
    except OSError:  # the scheduler is slow, or the connection broke: it is asked again
        time.sleep(ASK_SECONDS)
        return False


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
