"""A command -> its process, run in a folder of its own; both end with the checker.

The keeper stands between the checker and the learner's process. It watches a pipe whose other end
only the checker holds: that end closes when the checker is done, and when any signal ends it.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .folder import remove_folder
from .survivors import kill_everything

PR_SET_CHILD_SUBREAPER = 36
LOOK = 0.05  # seconds between two looks at the process


def main(order: str) -> None:
    """Run a command until it or the checker ends; end with its exit code or signal.

    Args:
        order: JSON of ``command``, ``environment``, ``folder`` (made here), ``pipes`` (numbers of
            files that the command gets) and ``life`` (number of the pipe to the checker).
    """
    told = json.loads(order)
    _adopt_orphans()
    folder = Path(told["folder"])
    folder.mkdir(mode=0o700)
    try:
        process = subprocess.Popen(
            told["command"], cwd=folder, env=told["environment"], pass_fds=told["pipes"],
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            _wait(process, told["life"], told["pipes"])
        finally:
            kill_everything(process)
    finally:
        remove_folder(folder)
    _end_as(process.returncode)


def _adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, so that none gets lost."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _wait(process: subprocess.Popen[bytes], life: int, pipes: Sequence[int]) -> None:
    for pipe in pipes:  # the command's alone from now on
        os.close(pipe)
    with selectors.DefaultSelector() as selector:
        selector.register(life, selectors.EVENT_READ)
        while process.poll() is None and not selector.select(LOOK):
            continue


def _end_as(returncode: int) -> None:
    if returncode < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with contextlib.suppress(OSError):  # SIGKILL cannot be handled, nor has to be
            signal.signal(-returncode, signal.SIG_DFL)
        os.kill(os.getpid(), -returncode)
    sys.exit(returncode)
