"""A process -> nothing of it left, children and daemons included.

In a namespace of its own everything dies with the first process. Elsewhere a daemon has left its
family and its session, but on Linux the keeper adopts it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

SURE = 3  # looks that find nothing: what starts another and ends at once may slip through one
ROUNDS = 50  # a fork bomb needs a few: each round stops all that it finds


def kill_everything(process: subprocess.Popen[bytes]) -> None:
    """Kill ``process`` and all descendants of the calling process, and wait for ``process``.

    ``process`` is stopped first, so that it starts nothing more, and killed last: while it lives,
    its number belongs to nobody else.
    """
    if process.poll() is None:
        with contextlib.suppress(OSError):
            process.send_signal(signal.SIGSTOP)
    looks = 0
    for _ in range(ROUNDS):
        found = set(descendants(os.getpid())) - {process.pid}
        looks = 0 if found else looks + 1
        if looks == SURE:
            break
        for number in found:
            with contextlib.suppress(OSError):
                os.kill(number, signal.SIGKILL)
    if process.poll() is None:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def descendants(root: int) -> Iterator[int]:
    """Yield the live descendants of a process; none where there is no /proc."""
    parents: dict[int, list[int]] = {}
    with contextlib.suppress(OSError):
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            with contextlib.suppress(OSError, ValueError, IndexError):
                # the name may hold blanks and brackets; state and parent follow the last bracket
                state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
                if state not in "ZX":
                    parents.setdefault(int(parent), []).append(int(folder.name))
    waiting = list(parents.get(root, ()))
    while waiting:
        number = waiting.pop()
        yield number
        waiting += parents.get(number, ())
