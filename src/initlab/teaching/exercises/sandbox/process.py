"""A job for the child and limits -> the frames it sent, what it printed, and how it ended.

Whatever the child does, this returns within the limits, and nothing it started is left.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import selectors
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from initlab.teaching.exercises.sandbox.inside.values import EncodingError, decode, encode
from initlab.teaching.exercises.sandbox.isolation import Isolation
from initlab.teaching.exercises.sandbox.limits import Limits

BOOT = {
    "keeper": "import sys; sys.path.insert(0, sys.argv[1]); from around.keeper import main; "
    "main(sys.argv[2])",
    "child": "import sys; folder, job, result, *paths = sys.argv[1:]; del sys.argv[1:]; "
    "sys.path += paths; sys.path.insert(0, folder); from inside.child import main; "
    "sys.path.remove(folder); main(int(job), int(result))",
}
PACKAGE = Path(__file__).parents[3]
FRAMES = 2  # "ready" and the answers
LOOK = 0.05  # seconds between two looks at the clock
SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/dev/null",
          "/dev/urandom", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system")  # fmt: skip
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
    """Run one job in a process of its own, and end that process in any case.

    Args:
        job: plain values for ``inside.child``; what belongs to the walls is added here.
        limits: what it may use.
        isolation: walls to put up.
    """
    nonce = secrets.token_hex(16)
    scratch = str(Path(tempfile.gettempdir(), f"initlab-check-{secrets.token_hex(16)}"))
    content = encode({
        **job, "nonce": nonce, "scratch": scratch, "scratch_bytes": 4 * limits.file_bytes,
        "readable": _readable(), "lock": bool(isolation.command),
        "filter": isolation.filter, "limits": limits.resources,
    })  # fmt: skip
    with _Child(content, scratch, isolation) as child:
        return _watched(child, nonce.encode("ascii"), limits)


class _Child:
    """The keeper of a process, and pipes from that process; leaving the block ends everything.

    So does the end of this process, be it by SIGKILL: the keeper watches a pipe that closes then.
    """

    def __init__(self, job: bytes, scratch: str, isolation: Isolation) -> None:
        self.result, result_end = os.pipe()
        life_end, self.life = os.pipe()
        try:
            with tempfile.TemporaryFile() as file:  # a pipe could fill up before the child reads
                file.write(job)
                file.flush()
                file.seek(0)
                pipes = (file.fileno(), result_end)
                order = json.dumps({
                    "command": [
                        *isolation.command, *_python("child"), str(pipes[0]), str(pipes[1]),
                        *_library_folders(),
                    ],
                    "environment": _environment(scratch), "folder": scratch,
                    "pipes": pipes, "life": life_end,
                })  # fmt: skip
                self.process = subprocess.Popen(
                    [*_python("keeper"), order], pass_fds=(*pipes, life_end),
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    start_new_session=True, bufsize=0,
                )  # fmt: skip
        except BaseException:
            os.close(self.result)
            os.close(self.life)
            raise
        finally:
            os.close(result_end)
            os.close(life_end)

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.life)
        self.process.wait()
        os.close(self.result)
        if self.process.stdout:
            self.process.stdout.close()


def _python(boot: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-B", "-c", BOOT[boot], str(Path(__file__).parent)]


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
    ended.returncode = child.process.wait()  # its keeper has closed the pipes, so it is ending
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


def _environment(scratch: str) -> dict[str, str]:
    """Return the few variables a child gets; secrets and settings stay outside."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {
        **kept, "PATH": "/usr/bin:/bin", "HOME": scratch, "TMPDIR": scratch, "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg", "MPLCONFIGDIR": scratch,
        "JOBLIB_MULTIPROCESSING": "0",  # else it tries, fails and warns
        **dict.fromkeys(SINGLE_THREADED, "1"),
    }  # fmt: skip


def _library_folders() -> list[str]:
    """Return where NumPy and its like are installed; -S keeps everything else away."""
    names = ("site-packages", "dist-packages")
    return [path for path in sys.path if Path(path).name in names]


def _readable() -> list[str]:
    """Return files and folders of Python and its libraries, without this package."""
    python = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"),
              f"{sys.base_prefix}/lib", *_library_folders())  # fmt: skip
    roots = {Path(path).resolve() for path in (*python, *SYSTEM) if Path(path).exists()}
    return sorted({str(path) for root in roots for path in _all_but(PACKAGE.resolve(), root)})


def _all_but(hidden: Path, folder: Path) -> Iterator[Path]:
    """Yield the folder, or the parts of it in which the hidden folder is not."""
    if not hidden.is_relative_to(folder):
        yield folder
    elif hidden != folder:
        for path in folder.iterdir():
            yield from _all_but(hidden, path)
