"""Blocks -> the workers of a Dask cluster, on this machine or others.

Dask chooses the worker, and moves the problem there. A task of Dask runs as many blocks as fit into
a moment; each cell is handed over before the next one begins, so that a lost worker repeats one.
"""

from __future__ import annotations

import contextlib
import itertools
import pickle
import threading
import uuid
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from initlab.errors import InitlabError, WorkerError, invalid_argument
from initlab.study.executors.connection import Connection
from initlab.study.executors.on_worker import (
    ASKED,
    LAST,
    TASK_SECONDS,
    Said,
    Task,
    end_here,
    itself,
    kept_event,
    run_here,
    stop_here,
)
from initlab.study.executors.shipping import ship
from initlab.study.executors.working import (
    ATTEMPTS,
    BEGUN,
    DROPPED,
    FAILED,
    GONE,
    LOST,
    WAITING,
    GoOn,
    Hear,
    portable,
)
from initlab.study.expansion import Block
from initlab.study.loaded import LoadedProblem

MOST_WAITED = 10  # deaths of workers where a task waits, until the task is suspected itself
WINDOW = 2_000  # blocks that the scheduler knows of: more than its workers hold, few in memory
FIRST = 8  # tasks of one block, at least, from which the pace is known
PER_THREAD = 3  # of them; with two or fewer Dask leaves them all to the worker that has the problem
MORE = 2  # tasks that follow one that is done, until the window is full
MOST = 100  # blocks of a task
LOOK = 0.1  # seconds between two looks at the connection while nothing happens
PATIENCE = 5.0  # seconds in which workers end after a stop; a stopped machine may never

_hearers: weakref.WeakKeyDictionary[Any, dict[str, Any]] = weakref.WeakKeyDictionary()
_listening = threading.Lock()


class Cluster:
    """The workers of a Dask cluster; see :class:`Pool`."""

    def __init__(
        self, loaded: LoadedProblem, executor: Any, workers: int | None,
        options: Mapping[str, Any], hear: Hear, when_kept: Callable[[GoOn], None],
    ) -> None:  # fmt: skip
        if options["frame_every"]:
            raise invalid_argument("frame_every", "0 on a cluster", options["frame_every"])
        self._connection = Connection(executor, workers)
        self._client = self._connection.client
        self._options, self._hear, self._when_kept = options, hear, when_kept
        self._run = f"initlab-{uuid.uuid4().hex[:12]}"
        self._futures: dict[Any, tuple[Any, Task]] = {}  # by key
        self._numbers = itertools.count()  # of tasks
        self._size = 1  # blocks of the next task
        self._begun: dict[int, str] = {}  # blocks, and the address of the worker that has them
        self._ended_blocks: set[int] = set()  # whose last word was heard
        self._kept: set[int] = set()  # whose workers may go on
        self._deaths: Counter[int] = Counter()  # of workers, by the block that they had
        self._unclaimed: Counter[int] = Counter()  # deaths before a task began, by its first block
        self._stopped, self._ended = threading.Event(), threading.Event()
        self._given_up = threading.Event()  # what has not ended by now is not awaited
        self._problem: Any = None
        try:
            self._shipped = ship(loaded, executor)
        except BaseException:
            self._connection.close(patient=True)
            raise

    def begin(self, blocks: list[Block]) -> None:
        """Hand the first blocks to the scheduler.

        Raises:
            WorkerError: the scheduler is gone.
        """
        try:
            self._begin(blocks)
        except OSError as error:  # of a connection that broke
            raise self._gone() from error

    def _begin(self, blocks: list[Block]) -> None:
        import dask
        from distributed import as_completed

        client = self._client
        _listen(client, self._run, weakref.WeakMethod(self._told))
        threads = sum(client.nthreads().values())
        if not threads:
            address = self._connection.address
            reason = (
                f"The cluster {address} has no worker yet. Training begins when a worker connects, "
                f"such as one that is started with: dask worker {address}"
            )
            self._hear(0, WAITING, reason)
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TB"}):
            # a task, no scattered data: that is lost with the worker that holds it
            key = f"{self._run}-problem"
            self._problem = client.submit(itself, self._shipped, key=key, pure=False)
        self._waiting, self._count = iter(enumerate(blocks)), len(blocks)
        self._done = as_completed(loop=client.loop, with_results=True, raise_errors=False)
        self._submit_more(max(FIRST, PER_THREAD * threads))
        threading.Thread(target=self._follow, daemon=True).start()

    def stop(self) -> None:
        """Let blocks in training stop at the next look."""
        if not self._stopped.is_set():
            self._stopped.set()
            if not self._ended.is_set():
                threading.Thread(target=self._stop_workers, daemon=True).start()

    def close(self, *, patient: bool) -> None:
        """Let go of the cluster."""
        if patient:
            self._ended.wait(2 * PATIENCE)
        _unlisten(self._client, self._run)
        self._cancel(self._futures)
        self._problem = None  # lets go of it
        reached = self._client.status == "running"
        if patient and reached and self._connection.outlived:
            ending = threading.Thread(target=self._on_workers, args=[end_here], daemon=True)
            ending.start()
            ending.join(PATIENCE)
        self._connection.close(patient=patient)

    def _submit_more(self, tasks: int) -> None:
        room = WINDOW - sum(len(task) for _, task in list(self._futures.values()))
        for _ in range(tasks):
            task = list(itertools.islice(self._waiting, max(0, min(self._size, room))))
            if self._stopped.is_set() or not task:
                return
            self._submit(task)
            room -= len(task)

    def _submit(self, task: Task) -> None:
        number = next(self._numbers)
        key = (self._run, number)
        future = self._client.submit(
            run_here, self._problem, self._run, self._client.id, _claim_of(key), task,
            self._options, key=key, pure=False, priority=-task[0][0],
        )  # fmt: skip
        self._futures[key] = future, task
        self._done.add(future)

    def _follow(self) -> None:
        """Follow the tasks to their ends, and submit others."""
        word: str = DROPPED  # on those that were never submitted
        error: BaseException | None = None
        try:
            for future, result in self._completed():
                _, task = self._futures.pop(future.key)
                status = future.status
                future.release()  # for which its worker may wait
                self._come(future.key, status, result, task)
                self._unclaim(future.key)
                self._submit_more(MORE)
        except BaseException as raised:  # a client that was closed; else the run would not end
            word, error = GONE, raised
        for number in range(self._count):
            self._hear(number, word, error)
        self._ended.set()

    def _completed(self) -> Iterator[tuple[Any, Any]]:
        """Yield each task that has ended, with its result.

        A task that was submitted, or whose result was on its way, while the connection broke never
        ends for Dask: nothing is awaited without a connection, or long after a stop.

        Raises:
            WorkerError: the scheduler is gone.
        """
        done = self._done
        while not done.is_empty():
            if done.has_ready():
                yield next(done)
            elif self._client.status != "running":
                raise self._gone()
            elif self._given_up.is_set():
                return
            else:
                with done.thread_condition:
                    done.thread_condition.wait(LOOK)

    def _come(self, key: Any, status: str, result: Any, task: Task) -> None:
        """Hear what a task returned, and submit again what it did not run."""
        from distributed import KilledWorker

        died = status == "error" and isinstance(result[1], KilledWorker)
        if status == "finished" and result is not None:
            pace, said = result
            self._size = max(1, min(MOST, int(TASK_SECONDS / max(pace, 1e-6))))
            self._hear_all(said)
        left = [one for one in task if one[0] not in self._ended_blocks]
        if not left:
            return
        if status not in ("finished", "error") and not self._stopped.is_set():
            self._hear_of(left, GONE, self._gone())
        elif status == "error" and not died:
            self._hear_of(left, FAILED, _in_words(result[1]))
        elif self._stopped.is_set():
            self._hear_of(left, DROPPED, None)
        elif died and self._unclaimed[left[0][0]] < MOST_WAITED and not self._begun_by_one(key):
            self._unclaimed[left[0][0]] += 1  # it only waited where a worker died
            self._submit(left)
        elif died or result is None:
            self._retry(left)
        else:
            self._submit(left)

    def _retry(self, left: Task) -> None:
        """Run again what was left when a worker died, in order; the first block was its last."""
        suspect, *others = left
        if self._retired(self._begun.get(suspect[0], "")):
            self._submit(left)
            return
        self._deaths[suspect[0]] += 1
        if self._deaths[suspect[0]] < ATTEMPTS:
            self._submit([suspect])
        else:
            self._hear_of([suspect], LOST, None)
        if others:
            self._submit(others)

    def _retired(self, worker: str) -> bool:
        """Whether a worker ended because it was told to, which is nobody's fault."""
        with contextlib.suppress(Exception):  # of a scheduler that is gone
            for _, event in self._client.get_events(worker):
                if event.get("action") in ("retired", "close-worker") or event.get("expected"):
                    return True
        return False

    def _gone(self) -> WorkerError:
        return WorkerError(
            f"The Dask scheduler at {self._connection.address} no longer answers, or has cancelled "
            "the study's tasks. The finished runs are kept."
        )

    def _hear_of(self, task: Task, kind: str, value: Any) -> None:
        for number, _ in task:
            self._hear(number, kind, value)

    def _told(self, message: Mapping[str, Any]) -> None:
        """Take what a worker says of its blocks; in the client's own thread."""
        self._hear_all(message["said"], message["worker"])

    def _hear_all(self, said: list[Said], worker: str = "") -> None:
        for number, kind, value in said:
            if kind in LAST:
                kind, value = _unpacked(kind, value)
                self._ended_blocks.add(number)
            elif kind == BEGUN:
                self._begun[number] = worker
            if kind != ASKED:
                self._hear(number, kind, value)
            elif number in self._kept:
                self._let_go(number)
            if kind in LAST and self._options["until_kept"]:
                self._when_kept(partial(self._let_go, number))

    def _let_go(self, number: int) -> None:
        """Let the worker go on that had a block; from any thread."""
        self._kept.add(number)
        with contextlib.suppress(RuntimeError):  # of a client that was closed
            self._client.loop.add_callback(self._say_kept, number)

    async def _say_kept(self, number: int) -> None:
        scheduler, name = self._client.scheduler, kept_event(self._run, number)
        with contextlib.suppress(Exception):  # of a scheduler that is gone
            await scheduler.event_set(name=name)
            await scheduler.event_clear(name=name)  # who waits goes on; nothing stays behind

    def _begun_by_one(self, key: tuple[str, int]) -> bool:
        """Whether a worker has begun a task; also where nobody knows any more."""
        with contextlib.suppress(Exception):  # of a scheduler that is gone
            return bool(self._claim(key).is_set())
        return True

    def _unclaim(self, key: tuple[str, int]) -> None:
        """Let the scheduler forget that a task was begun."""
        with contextlib.suppress(Exception):
            self._claim(key).clear()

    def _claim(self, key: tuple[str, int]) -> Any:
        """Return the event that is set once a worker has begun a task."""
        from distributed import Event

        return Event(_claim_of(key), client=self._client)

    def _stop_workers(self) -> None:
        futures = list(self._futures.items())  # at once: others come and go
        self._cancel(
            [key for key, (_, task) in futures if not any(n in self._begun for n, _ in task)]
        )
        self._on_workers(stop_here)
        if not self._ended.wait(PATIENCE):
            self._cancel(self._futures)
            if not self._ended.wait(PATIENCE):
                self._given_up.set()

    def _on_workers(self, call: Any) -> None:
        with contextlib.suppress(Exception):  # what is gone needs no stopping
            self._client.run(call, self._run)

    def _cancel(self, keys: Any) -> None:
        found = map(self._futures.get, list(keys))  # others are let go meanwhile
        futures = [one[0] for one in found if one is not None]
        with contextlib.suppress(Exception):
            self._client.cancel(futures, force=True)


def _claim_of(key: tuple[str, int]) -> str:
    return "-".join(map(str, key))


def _listen(client: Any, run: str, hear: weakref.WeakMethod[Any]) -> None:
    """Let a run hear what its workers say.

    A client has one topic, its own, for all its runs: the scheduler forgets that with the client.
    """

    def told(event: tuple[float, Any]) -> None:
        message = event[1]  # the scheduler has its own about a client
        found = hearers.get(message.get("run", ""))
        if found is not None and (listener := found()) is not None:
            listener(message)

    with _listening:
        hearers = _hearers.setdefault(client, {})
        hearers[run] = hear
        client.subscribe_topic(client.id, told)


def _unlisten(client: Any, run: str) -> None:
    with _listening, contextlib.suppress(Exception):  # of a client that was closed
        hearers = _hearers.get(client, {})
        hearers.pop(run, None)
        if not hearers:
            client.unsubscribe_topic(client.id)


def _unpacked(kind: str, content: bytes) -> tuple[str, Any]:
    try:
        return kind, pickle.loads(content)
    except Exception as error:  # a user's own class may not be here
        return FAILED, portable(error)


def _in_words(error: BaseException) -> BaseException:
    if isinstance(error, ModuleNotFoundError) and (error.name or "").startswith("initlab"):
        return InitlabError(
            "A worker has no initlab, or has a different version of initlab than this machine. "
            "Install this machine's version of initlab on all workers."
        )
    return portable(error)
