"""Blocks -> worker processes of this machine, each with its own pipe and replaced where it dies."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from initlab.study.executors.working import (
    ATTEMPTS,
    DONE,
    DROPPED,
    FAILED,
    LOST,
    Hear,
    portable,
    work,
)
from initlab.study.expansion import Block
from initlab.study.loaded import LoadedProblem

LOOK_SECONDS = 1.0  # between two looks at a silent process


class Processes:
    """Worker processes; see :class:`Pool`.

    One thread follows each of them, so that it is known whose block a dead process had.
    """

    def __init__(
        self, loaded: LoadedProblem, count: int, options: Mapping[str, Any], hear: Hear
    ) -> None:
        self._load, self._count, self._options, self._hear = loaded.reload, count, options, hear
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._processes: list[Process] = []
        self._waiting: queue.SimpleQueue[tuple[int, Block]] = queue.SimpleQueue()
        self._threads = ThreadPoolExecutor(count)

    def begin(self, blocks: list[Block]) -> None:
        """Hand every block to the processes."""
        for numbered in enumerate(blocks):
            self._waiting.put(numbered)
        with ctrl_c_later():
            for _ in range(self._count):
                self._threads.submit(self._serve)

    def stop(self) -> None:
        """Let blocks in training stop at the next look."""
        with self._lock:
            self._stopped.set()
            for process in self._processes:
                process.send(None)

    def close(self, *, patient: bool) -> None:
        """Wait for the processes, or kill them: a user's code would outlive us."""
        if not patient:
            with self._lock:
                for process in self._processes:
                    process.kill()
        self._threads.shutdown()  # each ends with its process

    def _serve(self) -> None:
        """Hand over one block after another, until none is left."""
        process: Process | None = None
        while True:
            try:
                number, block = self._waiting.get_nowait()
            except queue.Empty:
                break
            try:
                process = self._run(number, block, process)
            except BaseException as error:  # a process could not be started
                self._hear(number, FAILED, error)
        if process is not None:
            process.end()

    def _run(self, number: int, block: Block, process: Process | None) -> Process | None:
        """Let a process run a block, another where it dies; return the living one."""
        for _ in range(ATTEMPTS):
            with self._lock:
                if self._stopped.is_set():
                    self._hear(number, DROPPED, None)
                    return process
                if process is None:
                    process = Process(_run_blocks, self._load, self._options)
                    self._processes.append(process)
                process.send((number, block))
            for message in process.messages():
                self._hear(*message)
                if message[1] in (DONE, FAILED, DROPPED):
                    return process
            with self._lock:
                self._processes.remove(process)
            process = None
        self._hear(number, LOST, None)
        return None


class Process:
    """A worker process, seen from the one that began it.

    Args:
        target: what it runs, ``target(pipe, *args)``; an importable function.
        args: further arguments.
    """

    def __init__(self, target: Callable[..., None], *args: Any) -> None:
        import multiprocessing

        context = multiprocessing.get_context("spawn")  # the fork of a threaded process may hang
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_main, args=(target, theirs, args))
        self._process.start()
        theirs.close()  # ours alone is left: reading ends when the process does

    def send(self, message: Any) -> None:
        """Send a message, such as a block, or None to stop; a dead process hears nothing."""
        with contextlib.suppress(OSError):
            self._pipe.send(message)

    def messages(self) -> Iterator[Any]:
        """Yield what the process says, until it dies."""
        alive = True
        with contextlib.suppress(EOFError, OSError):  # its own children may hold the pipe open
            while alive:
                alive = self._process.is_alive()
                while self._pipe.poll(LOOK_SECONDS if alive else 0):
                    yield self._pipe.recv()
        self._process.join()

    def end(self) -> None:
        """Let an idle process end."""
        self.send(None)
        self._process.join()

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()


class _Stop:
    """Set as soon as the other side of the pipe sends anything, or is gone."""

    def __init__(self, pipe: Any) -> None:
        self._pipe = pipe
        self._set = False

    def is_set(self) -> bool:
        self._set = self._set or self._pipe.poll()
        return self._set


def _main(target: Callable[..., None], pipe: Any, args: tuple[Any, ...]) -> None:
    """Run what a worker process is for, until it ends or its parent does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError, OSError):  # the parent is gone
        target(pipe, *args)


def _run_blocks(pipe: Any, load: Callable[[], LoadedProblem], options: Mapping[str, Any]) -> None:
    """Run blocks as they come; the first one loads the problem, whose errors then are a block's."""
    limits = contextlib.ExitStack()  # ends with the process

    @cache
    def loaded() -> LoadedProblem:
        problem = load()
        limits.enter_context(problem.repeatable())
        return problem

    def tell(number: int, kind: str, value: Any) -> None:
        pipe.send((number, kind, portable(value) if kind == FAILED else value))

    while (numbered := pipe.recv()) is not None:
        number, block = numbered
        work(number, block, loaded, tell, _Stop(pipe), options)


def _end_with_parent() -> None:
    """End this process once its parent was killed, whatever a user's code does in it."""
    import multiprocessing

    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


@contextlib.contextmanager
def ctrl_c_later() -> Iterator[None]:
    """Hold Ctrl-C back; processes begun meanwhile never hear it: it is their parent's to answer."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # beginning it later would let Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
