"""Events of a run -> a progress bar on standard error, once a run is worth one."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from initlab.study import Compiling, Event, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

LONG = 600.0  # seconds: from here on a user wants to know before waiting
SHOW_AFTER = 1.0  # seconds: a bar that flashes up and goes is only noise


class ProgressBar:
    """A bar with the time left; silent where standard error is no terminal or notebook.

    Use it as a context manager and :meth:`show` it every event of the run.
    """

    def __init__(self, total_steps: int, *, runs: int = 1, enabled: bool = True) -> None:
        self.enabled = enabled
        self._runs = runs
        self._estimated = not enabled
        self._first: tuple[float, int] | None = None  # time and steps at the first report
        self._total = total_steps
        self._done = 0
        self._begun = time.monotonic()
        self._bar: Bar | None = None

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.stop()
        self.enabled = False

    def show(self, event: Event) -> None:
        """Take an event of the run into account."""
        if isinstance(event, Progress):
            self.advance(event.steps)
        elif isinstance(event, Compiling):
            words = "Compiling a training kernel for this network: a few seconds, once."
            if self.enabled:
                print(words, file=sys.stderr)
            self._begun = time.monotonic()

    def announce(self, seconds: float | None) -> None:
        """Say how long a long study takes, once; None where it is not known before it runs."""
        if seconds is None or self._estimated:
            return
        self._estimated = True
        if seconds >= LONG:
            print(
                f"initlab: {self._runs:,} runs, {self._total:,} updates in all, take about "
                f"{duration(seconds)}. Ctrl-C keeps what is finished.",
                file=sys.stderr,
            )

    def advance(self, steps: int) -> None:
        """Count steps that are done."""
        self._done += steps
        if not self._estimated:  # without a terminal too
            self._estimate()
        if self._bar is None and self.enabled and self._done < self._total:
            if time.monotonic() - self._begun < SHOW_AFTER:
                return
            self._bar = _bar(self._total)
            self.enabled = self._bar is not None
        if self._bar is not None and self.enabled:
            self._bar.update(self._bar.task_ids[0], completed=self._done)

    def _estimate(self) -> None:
        """Say after the first second of training how long a long study takes, if nobody has."""
        if self._first is None:  # what came before the first step, compiling too, is not its pace
            self._first = time.monotonic(), self._done
        begun, before = self._first
        elapsed, done = time.monotonic() - begun, self._done - before
        if elapsed < SHOW_AFTER or done <= 0:
            return
        self.announce(elapsed * (self._total - self._done) / done)


def duration(seconds: float) -> str:
    """Return a time to wait, in its largest unit.

    Example:
        >>> duration(5400), duration(9e5)
        ('1.5 hours', '10 days')
    """
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= size:
            count = f"{seconds / size:,.0f}" if seconds >= 9.95 * size else f"{seconds / size:.2g}"
            return f"{count} {unit.removesuffix('s') if count == '1' else unit}"
    return f"{seconds:.0f} seconds"


def _bar(total: int) -> Bar | None:
    """Return a bar that is shown, or None where nobody would see it move."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if not (console.is_terminal or console.is_jupyter):
        return None
    bar = Progress(console=console, transient=True)
    bar.add_task("training", total=total)
    bar.start()
    return bar
