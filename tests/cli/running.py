"""Runs the ``initlab`` command as a shell would.

Importing takes a command one to three seconds. So, where processes fork, a command runs in a fork
of one process that has imported what commands need, for all workers of a run; a new interpreter
runs where a test asks.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from .forking import CLOSED, COMMANDS, KERNELS, NO_READER, READ_LATE, READ_ONLY, read_early

REDIRECTIONS = {  # of a shell -> what a fork gets in its place
    "> /dev/full": {"out": "/dev/full"}, "2> /dev/full": {"err": "/dev/full"},
    ">&-": {"out": CLOSED}, "2>&-": {"err": CLOSED}, ">&- 2>&-": {"out": CLOSED, "err": CLOSED},
    "2< /dev/null": {"err": READ_ONLY}, "| true": {"out": NO_READER},
}  # fmt: skip
SOCKETS = "PYTEST_SOCKETS_OF_FORKS"  # variable with the folder of the sockets, one of each module


def initlab(*arguments: str, cwd: Path | None = None, timeout: float = 120, fresh: bool = False):
    """Return the finished process; standard output and error are text.

    With ``fresh`` it is a new interpreter: for what depends on imports or on the order of sets.
    """
    command = [sys.executable, "-m", "initlab", *arguments]
    if not fresh and may_fork():
        return forks().run(command, cwd, timeout)
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, timeout=timeout, check=False
    )


def redirected(
    words: str, where: str, *, cwd: Path | None = None, fresh: bool = False, **variables
):
    """Run a command as a shell does with a redirection, or with ``| true``.

    With ``fresh``, or with variables that Python reads as it begins, a shell runs it in a new
    interpreter.
    """
    command = [sys.executable, "-m", "initlab", *shlex.split(words)]
    if not fresh and not variables and may_fork():
        return forks().run(command, cwd, 120, **REDIRECTIONS[where])
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {shlex.join(command)} {where}"], cwd=cwd,
        capture_output=True, text=True, check=False, timeout=120, env={**os.environ, **variables},
    )  # fmt: skip


def one_json(text: str):
    """Parse the whole of standard output as one JSON document without NaN or infinities."""
    return json.loads(text, parse_constant=lambda token: pytest.fail(f"not JSON: {token}"))


def answer(*arguments: str) -> tuple[int, str, str]:
    """Return the exit code, standard output and error of a command."""
    done = initlab(*arguments)
    return done.returncode, done.stdout, done.stderr


def begin_forking() -> None:
    """Begin the processes of ``forking.py`` for this one and those it begins, and end with it.

    They import when they are asked.
    """
    if SOCKETS in os.environ or not hasattr(os, "fork"):
        return
    os.environ[SOCKETS] = folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    for module in (COMMANDS, KERNELS):
        order = f"from tests.cli.forking import listen; listen({module!r}, {folder!r})"
        process = subprocess.Popen(
            [sys.executable, "-c", order], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            start_new_session=True, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        with process.stdout:
            process.stdout.readline()
        atexit.register(process.wait)
        atexit.register(process.stdin.close)  # it ends with its standard input


def may_fork(module: str = COMMANDS) -> bool:
    """Whether forks of the module have what a new interpreter would have here."""
    return hasattr(os, "fork") and forks(module).environment == read_early()


@functools.cache
def forks(module: str = COMMANDS) -> Forks:
    """Return what runs this session's commands, or another module."""
    return Forks(module)


class Forks:
    """A process of ``forking.py``, which runs one command after another."""

    def __init__(self, module: str) -> None:
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.connect(str(Path(os.environ[SOCKETS], module)))
        self.lines = self.connection.makefile("rwb", buffering=0)  # select sees what is unread
        self.process, self.environment = json.loads(self.lines.readline())
        atexit.register(self.end)

    def run(self, command: list[str], cwd: Path | None, timeout: float, *, out=None, err=None):
        """Run a command; ``out`` and ``err`` stand for files that catch what it prints."""
        with tempfile.TemporaryDirectory() as folder:
            caught = [Path(folder, name) for name in ("out", "err")]
            output = [given or file for given, file in zip((out, err), caught, strict=True)]
            child = self.begin(command[3:], cwd or Path.cwd(), os.environ, output)
            in_time = self.has_ended(timeout)
            if not in_time:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child, signal.SIGKILL)
            code = self.exit_code()
            if not in_time:
                raise subprocess.TimeoutExpired(command, timeout)
            texts = [file.read_text() if file.exists() else "" for file in caught]
            return subprocess.CompletedProcess(command, code, *texts)

    def begin(self, arguments: list[str], folder: Path, environment, output: list) -> int:
        """Begin a fork and return its process; the one before must have ended."""
        late = {name: text for name, text in environment.items() if name.startswith(READ_LATE)}
        order = {"arguments": arguments, "folder": str(folder), "environment": late,
                 "output": [str(path) for path in output]}  # fmt: skip
        self.lines.write(f"{json.dumps(order)}\n".encode())
        return int(self.lines.readline())

    def has_ended(self, timeout: float) -> bool:
        """Wait so many seconds for the end of the fork."""
        return bool(select.select([self.connection], [], [], timeout)[0])

    def exit_code(self) -> int:
        """Wait for the end of the fork; to be asked once."""
        return int(self.lines.readline())

    def end(self) -> None:
        self.lines.close()
        self.connection.close()  # the process ends
