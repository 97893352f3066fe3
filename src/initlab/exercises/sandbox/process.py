"""A job for the child and limits -> the frames it sent, what it printed, and how it ended.

Whatever the child does, this returns within the limits, and nothing it started is left.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import selectors
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from initlab.exercises.sandbox.inside.values import EncodingError, decode, encode
from initlab.exercises.sandbox.isolation import Isolation
from initlab.exercises.sandbox.limits import Limits
from initlab.exercises.sandbox.survivors import MARKER, kill_everything

BOOT = (
    "import sys; folder, job, result, *paths = sys.argv[1:]; del sys.argv[1:]; "
    "sys.path += paths; sys.path.insert(0, folder); from inside.child import main; "
    "sys.path.remove(folder); main(int(job), int(result))"
)
PACKAGE = Path(__file__).parents[2]
FRAMES = 2  # "ready" and the answers
LOOK = 0.05  # seconds between two looks at the clock
SINGLE_THREADED = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass
class Ended:
    """How a child ended.

    Attributes:
        how: "answered", "ended", "too slow", "never started", "printed too much" or "answered too
            much".
        frames: decoded values of the frames, in order.
        returncode: of the process where it ended by itself; -11 is signal 11.
        output: what it printed, cut.
    """

    how: str = "ended"
    frames: list[Any] = field(default_factory=list)
    returncode: int | None = None
    output: bytes = b""


def run_child(job: dict[str, Any], limits: Limits, isolation: Isolation) -> Ended:
    """Run one job in a process of its own and end that process, always.

    Args:
        job: plain values for ``inside.child``; what belongs to the walls is added here.
        limits: what it may use.
        isolation: walls to put up.
    """
    nonce, marker = secrets.token_hex(16), secrets.token_hex(16)
    scratch = tempfile.mkdtemp(prefix="initlab-check-")
    try:
        content = encode({
            **job, "nonce": nonce, "scratch": scratch, "scratch_bytes": 4 * limits.file_bytes,
            "hidden": _hidden(scratch), "lock": bool(isolation.command),
            "filter": isolation.filter, "limits": limits.resources,
        })  # fmt: skip
        with _Child(content, scratch, marker, isolation) as child:
            return _watched(child, nonce.encode("ascii"), limits)
    finally:
        _remove(scratch)


class _Child:
    """The process and its pipes; leaving the block kills it and all that came of it."""

    def __init__(self, job: bytes, scratch: str, marker: str, isolation: Isolation) -> None:
        self.marker = marker
        self.result, result_end = os.pipe()
        with tempfile.TemporaryFile() as file:  # a pipe could fill up before the child reads
            file.write(job)
            file.flush()
            file.seek(0)
            ends = (file.fileno(), result_end)
            command = [
                *isolation.command, sys.executable, "-I", "-S", "-B", "-c", BOOT,
                str(Path(__file__).parent), *map(str, ends), *_library_folders(),
            ]  # fmt: skip
            try:
                self.process = subprocess.Popen(
                    command, cwd=scratch, env=_environment(scratch, marker), pass_fds=ends,
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    start_new_session=True, bufsize=0,
                )  # fmt: skip
            except BaseException:
                os.close(self.result)
                raise
            finally:
                os.close(result_end)

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *_: object) -> None:
        kill_everything(self.process, self.marker)
        os.close(self.result)
        if self.process.stdout:
            self.process.stdout.close()


def _watched(child: _Child, nonce: bytes, limits: Limits) -> Ended:
    """Read both pipes until the answers are there, a limit is hit, or the process ends."""
    ended, answers, answered, printed = Ended(), bytearray(), 0, 0
    assert child.process.stdout is not None
    output = child.process.stdout.fileno()
    deadline = time.monotonic() + limits.start_seconds
    with selectors.DefaultSelector() as selector:
        selector.register(child.result, selectors.EVENT_READ)
        selector.register(output, selectors.EVENT_READ)
        while selector.get_map():
            if time.monotonic() > deadline:
                ended.how = "too slow" if ended.frames else "never started"
                return ended
            for key, _ in selector.select(LOOK):
                part = os.read(key.fd, 65536)
                if not part:
                    selector.unregister(key.fd)
                elif key.fd == output:
                    printed += len(part)
                    ended.output += part[: limits.output_kept - len(ended.output)]
                else:
                    answers += part
                    answered += len(part)
                    if _take_frames(answers, nonce, ended) and len(ended.frames) == 1:
                        deadline = time.monotonic() + limits.seconds
            if len(ended.frames) == FRAMES:
                ended.how = "answered"
                _drain(output, ended, limits)
                return ended
            if printed > limits.output_most or answered > limits.answer_bytes:
                which = "printed" if printed > limits.output_most else "answered"
                ended.how = f"{which} too much"
                return ended
            if child.process.poll() is not None and not selector.select(0):
                break  # a child of its may hold the pipes open; nobody waits for that
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.process.wait(timeout=max(0.0, deadline - time.monotonic()))
    ended.returncode = child.process.returncode
    if ended.returncode is None:  # it closed its pipes and goes on
        ended.how = "too slow"
    return ended


def _drain(output: int, ended: Ended, limits: Limits) -> None:
    """Keep what was printed before the answers and is still in the pipe."""
    os.set_blocking(output, False)
    while len(ended.output) < limits.output_kept:
        try:
            part = os.read(output, 65536)
        except BlockingIOError:
            return
        if not part:
            return
        ended.output += part[: limits.output_kept - len(ended.output)]


def _take_frames(content: bytearray, nonce: bytes, ended: Ended) -> bool:
    """Move complete frames from the bytes to the list; skip what does not begin with the nonce."""
    taken = False
    while len(ended.frames) < FRAMES:
        begin = content.find(nonce)
        if begin < 0:
            del content[: 1 - len(nonce)]  # its beginning may be the end of what has come so far
            return taken
        del content[:begin]
        head = len(nonce) + 8
        if len(content) < head:
            return taken
        size = int.from_bytes(content[head - 8 : head], "big")
        if len(content) < head + size:
            return taken
        value = bytes(content[head : head + size])
        del content[: head + size]
        with contextlib.suppress(EncodingError):
            ended.frames.append(decode(value))
            taken = True
    return taken


def _environment(scratch: str, marker: str) -> dict[str, str]:
    """Return the few variables a child gets; secrets and settings stay outside."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {
        **kept, "PATH": "/usr/bin:/bin", "HOME": scratch, "TMPDIR": scratch, "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg", "MPLCONFIGDIR": scratch, MARKER: marker,
        "JOBLIB_MULTIPROCESSING": "0",  # else it tries, fails and warns
        **dict.fromkeys(SINGLE_THREADED, "1"),
    }  # fmt: skip


def _library_folders() -> list[str]:
    """Return where NumPy and its like are installed; -S keeps everything else away."""
    names = ("site-packages", "dist-packages")
    return [path for path in sys.path if Path(path).name in names]


def _hidden(scratch: str) -> list[str]:
    """Return folders the child must not see: this package with its answers, and the home."""
    needed = [Path(p).resolve() for p in (scratch, sys.prefix, sys.base_prefix, sys.executable,
                                          *_library_folders())]  # fmt: skip
    home = Path.home().resolve()
    hide_home = home.is_dir() and not any(path.is_relative_to(home) for path in needed)
    return [str(PACKAGE), *([str(home)] if hide_home else [])]


def _remove(folder: str) -> None:
    """Remove a folder, however deep, unreadable parts included; links are not followed.

    Folders inside a folder are moved to the top first: a path of thousands of names is too long
    for the system, and for a recursion.
    """
    top, name = Path(folder), secrets.token_hex(16)
    with contextlib.suppress(OSError):
        top.chmod(0o700)
        moved = 0
        while inside := list(top.iterdir()):
            for path in inside:
                if path.is_symlink() or not path.is_dir():
                    path.unlink()
                    continue
                path.chmod(0o700)
                for below in path.iterdir():
                    if below.is_symlink() or not below.is_dir():
                        below.unlink()
                        continue
                    below.chmod(0o700)
                    below.rename(top / f"{name}-{moved}")
                    moved += 1
                path.rmdir()
        top.rmdir()
