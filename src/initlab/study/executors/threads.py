"""Blocks -> worker threads of this process."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from initlab.study.executors.working import Hear, work
from initlab.study.expansion import Block
from initlab.study.loaded import LoadedProblem


class Threads:
    """Worker threads; see :class:`Pool`."""

    def __init__(
        self, loaded: LoadedProblem, count: int, options: Mapping[str, Any], hear: Hear
    ) -> None:
        self._loaded, self._options, self._hear = loaded, options, hear
        self._stop = threading.Event()
        self._limits = contextlib.ExitStack()
        self._limits.enter_context(loaded.repeatable())
        self._threads = ThreadPoolExecutor(count)

    def begin(self, blocks: list[Block]) -> None:
        """Hand every block to the threads."""
        for number, block in enumerate(blocks):
            self._threads.submit(self._work, number, block)

    def _work(self, number: int, block: Block) -> None:
        work(number, block, lambda: self._loaded, self._hear, self._stop, self._options)

    def stop(self) -> None:
        """Let blocks in training stop at the next look."""
        self._stop.set()

    def close(self, *, patient: bool) -> None:
        """Wait for the threads, or leave those that hang."""
        self._threads.shutdown(wait=patient, cancel_futures=True)
        self._limits.close()
