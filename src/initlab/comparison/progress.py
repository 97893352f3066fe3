"""Events of a run -> a progress bar on standard error, once a run is worth one."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING

from initlab.study import Compiling, Event, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

SHOW_AFTER = 1.0  # seconds: a bar that flashes up and goes is only noise


class ProgressBar:
    """A bar with the time left; silent where standard error is no terminal or notebook.

    Use it as a context manager and :meth:`show` it every event of the run.
    """

    def __init__(self, total_steps: int, *, enabled: bool = True) -> None:
        self.enabled = enabled
        self._total = total_steps
        self._done = 0
        self._begun = time.monotonic()
        self._lock = threading.Lock()
        self._bar: Bar | None = None

    def show(self, event: Event) -> None:
        """Take an event of the run into account."""
        if isinstance(event, Progress):
            self.advance(event.steps)
        elif isinstance(event, Compiling):
            self._say_compiling()

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            if self._bar is not None:
                self._bar.stop()
            self.enabled = False

    def _say_compiling(self) -> None:
        if self.enabled:
            print(
                "Compiling a training kernel for this network: a few seconds, once.",
                file=sys.stderr,
            )
        self._begun = time.monotonic()

    def advance(self, steps: int) -> None:
        """Count steps that are done."""
        with self._lock:
            self._done += steps
            if not self.enabled:
                return
            if self._bar is None:
                if time.monotonic() - self._begun < SHOW_AFTER or self._done >= self._total:
                    return
                self._bar = _bar()
                if self._bar is None:
                    self.enabled = False
                    return
                self._task = self._bar.add_task("training", total=self._total)
                self._bar.start()
            self._bar.update(self._task, completed=self._done)


def _bar() -> Bar | None:
    """Return a bar, or None where nobody would see it move."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    if not (console.is_terminal or console.is_jupyter):
        return None
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
