"""Blocks -> the workers of a Dask cluster, on this machine or others.

Dask chooses the worker, moves the problem there and runs a block again whose worker was lost. Each
result is fetched and let go as it comes, so that a lost worker repeats only what it had.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import uuid
import weakref
from collections import Counter
from collections.abc import Mapping
from typing import Any

from initlab.errors import InitlabError, refusal
from initlab.study.executors.connection import Connection
from initlab.study.executors.on_worker import end_here, itself, run_here, stop_here
from initlab.study.executors.shipping import ship
from initlab.study.executors.working import (
    ATTEMPTS,
    BEGUN,
    DROPPED,
    FAILED,
    GONE,
    LOST,
    WAITING,
    Hear,
    portable,
)
from initlab.study.expansion import Block
from initlab.study.loaded import LoadedProblem

WINDOW = 2_000  # blocks that the scheduler knows of: more than its workers hold, few in memory
SUSPECT = 2  # times that a block had begun on workers that died; the third word may be lost
PATIENCE = 5.0  # seconds in which workers end after a stop; a stopped machine may never


class Cluster:
    """The workers of a Dask cluster; see :class:`Pool`."""

    def __init__(
        self, loaded: LoadedProblem, executor: Any, workers: int | None,
        options: Mapping[str, Any], hear: Hear,
    ) -> None:  # fmt: skip
        if options["frame_every"]:
            raise refusal("frame_every", "0 on a cluster", options["frame_every"])
        self._connection = Connection(executor, workers)
        self._client = self._connection.client
        self._options, self._hear = options, hear
        self._run = f"initlab-{uuid.uuid4().hex[:12]}"
        self._futures: dict[Any, tuple[Any, int, Block]] = {}  # by key: future, number, block
        self._begun: Counter[int] = Counter()  # how often, by number of the block
        self._attempts: Counter[int] = Counter()  # submissions
        self._stopped, self._ended = threading.Event(), threading.Event()
        self._problem: Any = None
        try:
            self._shipped = ship(loaded, executor)
        except BaseException:
            self._connection.close(patient=True)
            raise

    def begin(self, blocks: list[Block]) -> None:
        """Hand the blocks to the scheduler, as many as it needs to know of."""
        import dask
        from distributed import as_completed

        client, told = self._client, weakref.WeakMethod(self._told)
        client.subscribe_topic(self._run, lambda event: (told() or _nobody)(event))
        if not client.nthreads():
            reason = f"The cluster {self._connection.address} has no worker yet."
            self._hear(0, WAITING, reason)
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TB"}):
            # a task, no scattered data: that is lost with the worker that holds it
            key = f"{self._run}-problem"
            self._problem = client.submit(itself, self._shipped, key=key, pure=False)
        self._waiting, self._count = iter(enumerate(blocks)), len(blocks)
        self._done = as_completed(loop=client.loop, with_results=True, raise_errors=False)
        self._submit_more(WINDOW)
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
        with contextlib.suppress(Exception):
            self._client.unsubscribe_topic(self._run)
        self._cancel(self._futures)
        self._problem = None  # lets go of it
        reached = self._client.status == "running"
        if patient and reached and self._connection.outlived:
            ending = threading.Thread(target=self._on_workers, args=[end_here], daemon=True)
            ending.start()
            ending.join(PATIENCE)
        self._connection.close(patient=patient)

    def _submit_more(self, count: int) -> None:
        if not self._stopped.is_set():
            for number, block in itertools.islice(self._waiting, count):
                self._submit(number, block)

    def _submit(self, number: int, block: Block) -> None:
        self._attempts[number] += 1
        key = (self._run, number, self._attempts[number])
        future = self._client.submit(
            run_here, self._problem, self._run, number, block, self._options,
            key=key, pure=False, priority=-number,
        )  # fmt: skip
        self._futures[key] = future, number, block
        self._done.add(future)

    def _follow(self) -> None:
        """Hand over each result as it comes, and submit another block."""
        word: str = DROPPED  # on those that were never submitted
        error: BaseException | None = None
        try:
            for future, result in self._done:
                _, number, block = self._futures.pop(future.key)
                status = future.status
                future.release()  # for which its worker waits
                self._come(status, result, number, block)
                self._submit_more(1)
        except BaseException as raised:  # a client that was closed; else the run would not end
            word, error = GONE, raised
        for number in range(self._count):
            self._hear(number, word, error)
        self._ended.set()

    def _come(self, status: str, result: Any, number: int, block: Block) -> None:
        from distributed import KilledWorker

        if status == "finished":
            self._hear(number, *result)
        elif status != "error" and not self._stopped.is_set():
            self._lost(number)
        elif status != "error":
            self._hear(number, DROPPED, None)
        elif not isinstance(result[1], KilledWorker):
            self._hear(number, FAILED, _in_words(result[1]))
        elif self._begun[number] >= SUSPECT or self._attempts[number] >= ATTEMPTS:
            self._hear(number, LOST, None)
        elif not self._stopped.is_set():  # it only waited on the workers that died
            self._submit(number, block)

    def _lost(self, number: int) -> None:
        address = self._connection.address
        words = f"The Dask scheduler at {address} is gone, or dropped the study."
        self._hear(number, GONE, InitlabError(f"{words} What is finished is kept."))

    def _told(self, event: tuple[float, Any]) -> None:
        """Take what a worker says of a block in training; in the client's own thread."""
        number, kind, value = event[1]
        self._begun[number] += kind == BEGUN
        self._hear(number, kind, value)

    def _stop_workers(self) -> None:
        futures = list(self._futures.items())  # at once: others come and go
        self._cancel([key for key, (_, number, _) in futures if not self._begun[number]])
        self._on_workers(stop_here)
        if not self._ended.wait(PATIENCE):
            self._cancel(self._futures)

    def _on_workers(self, call: Any) -> None:
        with contextlib.suppress(Exception):  # what is gone needs no stopping
            self._client.run(call, self._run)

    def _cancel(self, keys: Any) -> None:
        found = map(self._futures.get, list(keys))  # others are let go meanwhile
        futures = [one[0] for one in found if one is not None]
        with contextlib.suppress(Exception):
            self._client.cancel(futures, force=True)


def _nobody(event: Any) -> None:
    """Hear what is said after the end."""


def _in_words(error: BaseException) -> BaseException:
    if isinstance(error, ModuleNotFoundError) and (error.name or "").startswith("initlab"):
        return InitlabError("A worker has no initlab of this version: install it there.")
    return portable(error)
