"""Which walls this system can put around a process."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache

NAMESPACES = ("--user", "--map-root-user", "--pid", "--fork", "--net", "--ipc", "--mount",
              "--kill-child")  # fmt: skip


@dataclass(frozen=True)
class Isolation:
    """Which protections to use, as far as the system has them.

    Attributes:
        namespaces: processes, network and files of its own, by util-linux's ``unshare``.
        filter: no reading but of Python's own libraries, no writing outside the working folder, no
            processes, no sockets, by Landlock and a filter of system calls.
    """

    namespaces: bool = True
    filter: bool = True

    @property
    def command(self) -> list[str]:
        """What to put in front of a program."""
        tool = _unshare() if self.namespaces else None
        return [tool, *NAMESPACES, "--"] if tool else []


@cache
def _unshare() -> str | None:
    """Path of ``unshare`` if it does here what we need, found out by trying."""
    tool = shutil.which("unshare") if sys.platform.startswith("linux") else None
    if tool is None:
        return None
    try:
        done = subprocess.run([tool, *NAMESPACES, "--", "true"], capture_output=True, timeout=20,
                              check=False, stdin=subprocess.DEVNULL)  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return tool if done.returncode == 0 else None
