"""Scenes -> recordings, made by worker processes and followed by any number of pages.

Everything here but :meth:`Runs._serve` is called in the server's event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from initlab.errors import InitlabError
from initlab.lab.recording import FILE
from initlab.lab.scene import Prepared, scene_of
from initlab.lab.worker import STOP, as_json, failure, work
from initlab.study.executors.processes import Process, ctrl_c_later

WORKERS = 2  # so that a scene need not wait for the seeds of another
MOST_RUNS = 8  # that wait or train
MOST_BYTES = 2**24  # of a recording; later frames are dropped, and counted
KEPT_BYTES = 2**26  # of all recordings; the oldest are forgotten
LEAST_BYTES = 2**20  # that each counts for at least, with its data
ALONE_SECONDS = 10.0  # that a run goes on without a page
LOST = "The training process was ended from outside, or memory ran out."


class FullError(InitlabError):
    """As many runs as are allowed wait or train."""


@dataclass(eq=False)
class Recording:
    """The events of a run, so far: a page reads them at its own pace, and again after a break.

    Attributes:
        id: digest of what was asked for.
        prepared: the study and its problem.
        seeds: number of seeds; 0 for the frames of the scene's own seed.
        log: name and JSON of its events, in order.
        study_file: study.json, once it has ended.
        begun: whether a process has taken it up.
        stopped: whether it was asked to end early.
        ended: whether nothing will be added.
        news: set when something was added; the next one waits for what is added then.
        followers: number of pages that follow it.
        alone_since: when the last of them went.
        frames: JSON of its frames, by panel and step.
    """

    id: str
    prepared: Prepared
    seeds: int = 0
    log: list[tuple[str, str]] = field(default_factory=list)
    study_file: str = ""
    begun: bool = False
    stopped: bool = False
    ended: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)
    followers: int = 0
    alone_since: float = 0.0
    frames: dict[tuple[int, int], str] = field(default_factory=dict)
    _bytes: int = 0
    _dropped: Counter[int] = field(default_factory=Counter)

    @property
    def scene(self) -> dict[str, Any]:
        """The canonical scene."""
        return scene_of(self.prepared[0])

    @property
    def size(self) -> int:
        """Bytes that keeping it takes, about."""
        return max(LEAST_BYTES, self._bytes + len(self.study_file))

    @property
    def worth_keeping(self) -> bool:
        """Whether the same scene need not be trained again."""
        return not self.stopped and not (self.ended and self.log[-1][0] == "failed")

    def add(self, name: str, text: str, frame: tuple[int, int] | None = None) -> None:
        """Add an event; one that is a frame, of a panel and a step, only while there is room."""
        if frame is not None:
            if self._bytes + len(text) > MOST_BYTES:
                self._dropped[frame[0]] += 1
                return
            self.frames[frame] = text
        if self._dropped:
            dropped = {"frames": self._dropped.total(), "panels": dict(self._dropped)}
            self._dropped.clear()
            self.add("dropped", as_json(dropped))
        if name == FILE:
            self.study_file = text
            return
        self._bytes += len(text)
        self.log.append((name, text))
        self._tell()

    def end(self) -> None:
        """Let followers know that nothing more will come."""
        self.ended = True
        self._tell()

    def _tell(self) -> None:
        self.news.set()
        self.news = asyncio.Event()


class Runs:
    """All recordings, and the processes that make them."""

    def __init__(self) -> None:
        self._kept: dict[str, Recording] = {}  # the one asked for last is the last
        self._left: list[Recording] = []  # that wait or train
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._closed = False
        self._ready = False  # whether a process has all loaded and compiled
        self._waiting: queue.SimpleQueue[Recording | None] = queue.SimpleQueue()
        self._processes: set[Process] = set()
        self._training: dict[Recording, Process] = {}
        self._threads = [threading.Thread(target=self._serve) for _ in range(WORKERS)]
        for thread in self._threads:
            thread.start()

    def get(self, number: str) -> Recording | None:
        """Return a recording by its id; None where there is none, or none any more."""
        return self._kept.get(number)

    def begin(self, prepared: Prepared, seeds: int = 0) -> Recording:
        """Return the recording of a scene: the one there is, or a new one.

        Raises:
            FullError: too many wait or train.
        """
        asked = as_json([scene_of(prepared[0]), seeds])
        number = hashlib.sha256(asked.encode()).hexdigest()[:32]
        found = self._kept.get(number)
        if found is None or not found.worth_keeping:
            self._left = [one for one in self._left if not one.ended]
            if len(self._left) >= MOST_RUNS:
                raise FullError(
                    f"{MOST_RUNS} runs are waiting or training: try again when one of them ends."
                )
            found = Recording(number, prepared, seeds)
            if self._threads and not self._ready:
                found.add("waiting", as_json({"reason": "starting"}))
            self._left.append(found)
            self._waiting.put(found)
            self._left_alone(found)
        self._kept.pop(number, None)
        self._kept[number] = found
        self._forget()
        return found

    def stop(self, recording: Recording) -> None:
        """End a run that waits, and let one that trains end at its next look."""
        if recording.stopped or recording.ended:
            return
        with self._lock:
            recording.stopped = True
            waits = not recording.begun
            if recording in self._training:
                self._training[recording].send(STOP)
        if waits:
            recording.add("end", as_json({"seconds": 0}))
            recording.end()

    @contextlib.contextmanager
    def followed(self, recording: Recording) -> Iterator[None]:
        """Keep a run going while this lasts."""
        recording.followers += 1
        try:
            yield
        finally:
            recording.followers -= 1
            self._left_alone(recording)

    def close(self) -> None:
        """End all processes and threads, at once."""
        with self._lock:
            self._closed = True
            for process in self._processes:
                process.kill()
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()
        for process in self._processes:
            process.end()

    def _left_alone(self, recording: Recording) -> None:
        if not recording.ended:
            recording.alone_since = self._loop.time()
            self._loop.call_later(ALONE_SECONDS, self._stop_if_alone, recording)

    def _stop_if_alone(self, recording: Recording) -> None:
        alone = self._loop.time() - recording.alone_since >= ALONE_SECONDS - 0.1
        if alone and not recording.followers:
            self.stop(recording)

    def _forget(self) -> None:
        size = sum(one.size for one in self._kept.values())
        for number, one in list(self._kept.items())[:-1]:
            if size > KEPT_BYTES and one.ended and not one.followers:
                size -= self._kept.pop(number).size

    def _serve(self) -> None:
        """Let one process make recordings, another where it dies; a thread of its own."""
        process = self._new_process(None)
        while (recording := self._waiting.get()) is not None and process is not None:
            lived = self._made(recording, process)
            if not lived:
                self._in_loop(recording.add, "failed", failure(LOST, refused=False))
            self._in_loop(recording.end)  # before the wait for another process
            if not lived:
                process = self._new_process(process)

    def _made(self, recording: Recording, process: Process) -> bool:
        """Hand a recording what a process makes of it; return whether the process lived."""
        with self._lock:
            if recording.stopped:
                return True
            recording.begun = True
            self._training[recording] = process
            process.send((recording.scene, recording.seeds))
        try:
            for message in process.messages():
                if message is None:
                    return True
                self._in_loop(recording.add, *message)
            return False
        finally:
            with self._lock:
                del self._training[recording]

    def _new_process(self, dead: Process | None) -> Process | None:
        """Begin a process in place of one that died, and wait until it is ready.

        Returns:
            The process; None once all is closed.
        """
        with self._lock, ctrl_c_later():
            self._processes -= {dead}
            if self._closed:
                return None
            process = Process(work)
            self._processes.add(process)
        if None in process.messages():
            self._ready = True
        return process

    def _in_loop(self, call: Callable[..., None], *args: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the server has ended
            self._loop.call_soon_threadsafe(call, *args)
