"""Ctrl-C and termination signals -> KeyboardInterrupt, where it is looked for and nowhere else.

Raised anywhere, it may be lost: Python drops what is raised in a weak reference's callback, and
libraries have many of those. Or it falls between two steps that belong together.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Holds the first signal back until :meth:`look`; a second one is answered at once.

    Only in the main thread, and only signals that some Python function answers already.
    """

    def __init__(self) -> None:
        self._before: dict[int, Callable[[int, Any], Any]] = {}
        self._held: tuple[int, Any] | None = None
        self._answered = False

    def begin(self) -> None:
        """Hold signals back from now on."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in SIGNALS:
            before = signal.getsignal(number)
            if callable(before):
                self._before[number] = before
                signal.signal(number, self._hear)

    def end(self) -> None:
        """Leave signals to those who answered them before; :meth:`look` still knows of one."""
        with contextlib.suppress(ValueError):  # in another thread than it was begun in
            for number, before in self._before.items():
                signal.signal(number, before)

    def look(self) -> None:
        """Answer the signal that was held back.

        Raises:
            KeyboardInterrupt: there was one.
        """
        if self._held is not None and not self._answered:
            self._answered = True
            number, frame = self._held
            self._before[number](number, frame)

    def _hear(self, number: int, frame: Any) -> None:
        if self._held is None:
            self._held = number, frame
        else:
            self._answered = True
            self._before[number](number, frame)
