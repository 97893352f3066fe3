"""Events of a run -> a progress bar on standard error, once a run is worth one."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from initlab.analysis.wording import counted
from initlab.study import Compiling, Event, Progress, Waiting

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

LONG = 60.0  # seconds: from here on a user wants to know before waiting
SHOW_AFTER = 1.0  # seconds: a bar that flashes up and goes is only noise
ENOUGH_SECONDS, ENOUGH_STEPS = 10.0, 100  # show a pace before a whole run is done
SLOW = 60.0  # seconds after which fewer steps do: each one takes long


class ProgressBar:
    """A bar with the time left; silent where standard error is no terminal or notebook.

    Use it as a context manager and :meth:`show` it every event of the run.

    Args:
        total_steps: of all runs that are trained.
        runs: their number.
        steps_before: of the runs that were there already: the bar begins after them.
        enabled: whether anything is shown.
        run_size: returns the bytes that a run takes in a store; 0 where there is none.
    """

    def __init__(
        self, total_steps: int, *, runs: int = 1, steps_before: int = 0, enabled: bool = True,
        run_size: Callable[[], float] = lambda: 0.0,
    ) -> None:  # fmt: skip
        self.enabled = enabled
        self._runs, self._run_size = runs, run_size
        self._estimated = not enabled
        self._first: tuple[float, int] | None = None  # time and steps from which the pace counts
        self._warm = False
        self._total = total_steps
        self._before = steps_before
        self._done = 0
        self._begun = time.monotonic()
        self._compiling_said = False  # each process has to
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
            words = (
                "Compiling code that trains this network. This takes a few seconds and happens "
                "only once."
            )
            if self.enabled and not self._compiling_said:
                tell(words)
            self._compiling_said = True
            self._begun = time.monotonic()
            self.forget_pace()
        elif isinstance(event, Waiting) and self.enabled:
            tell(f"initlab: {event.reason}")

    def announce(self, seconds: float | None) -> None:
        """Say how long a long study takes, once; None where it is not known before it runs."""
        if seconds is None or self._estimated:
            return
        self._estimated = True
        if seconds >= LONG:
            from rich.filesize import decimal

            size = self._run_size() * self._runs
            disk = f" and {decimal(int(size))} of disk space" if size else ""
            take = "takes" if self._runs == 1 else "take"
            tell(
                f"initlab: {counted(self._runs, 'run')} ({self._total:,} updates in all) {take} "
                f"about {duration(seconds)}{disk}. Ctrl-C stops the training and gives the "
                "results of the finished runs."
            )

    def forget_pace(self) -> None:
        """Measure the pace anew: what trains from here on is slower or faster."""
        self._first, self._warm = None, False

    def advance(self, steps: int) -> None:
        """Count steps that are done."""
        self._done += steps
        left = self._seconds_left()
        if left is not None:
            self.announce(left)  # without a terminal too
        if self._bar is None and self.enabled and self._done < self._total:
            if time.monotonic() - self._begun < SHOW_AFTER:
                return
            self._bar = _bar(self._before + self._total)
            self.enabled = self._bar is not None
        if self._bar is not None and self.enabled:
            words = "" if left is None else f"{duration(left)} left"
            self._bar.update(self._bar.task_ids[0], completed=self._before + self._done, left=words)

    def _seconds_left(self) -> float | None:
        """Return the time that the other steps take; None until the pace is known.

        The first steps only warm up: a worker loads, and others wait for it. After them a whole run
        shows the pace, or many steps and seconds do.
        """
        now = time.monotonic()
        if self._first is None:  # what came before the first step, compiling too, is not its pace
            self._first = now, self._done
        begun, before = self._first
        elapsed, done = now - begun, self._done - before
        if elapsed < SHOW_AFTER or done <= 0:
            return None
        whole = done * self._runs >= self._total
        if not self._warm:
            if done >= ENOUGH_STEPS or whole or elapsed >= SLOW / 2:
                self._warm, self._first = True, (now, self._done)
            return None
        many = elapsed >= ENOUGH_SECONDS and done >= ENOUGH_STEPS
        if not (whole or many or elapsed >= SLOW):
            return None
        return elapsed * (self._total - self._done) / done


def tell(words: str) -> None:
    """Print a line on standard error; where it is full or closed, a study runs without it."""
    if sys.stderr is not None:  # as in a program without a console
        with contextlib.suppress(OSError, ValueError):
            print(words, file=sys.stderr, flush=True)


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
    return counted(round(seconds), "second")


def _bar(total: int) -> Bar | None:
    """Return a bar that is shown, or None where nobody would see it move."""
    from rich.console import Console
    from rich.progress import Progress, TextColumn

    console = Console(stderr=True)
    if not (console.is_terminal or console.is_jupyter):
        return None
    *columns, _ = Progress.get_default_columns()  # rich's own time left jumps with every report
    words = TextColumn("{task.fields[left]}")
    bar = Progress(*columns, words, console=console, transient=True)
    bar.add_task("training", total=total, left="")
    bar.start()
    return bar
