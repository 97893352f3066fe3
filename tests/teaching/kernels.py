"""A notebook -> the same one run in a Jupyter kernel, which is a fork where processes fork.

Importing takes a kernel one to three seconds. A new interpreter runs where a test asks for it.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.provisioning import local_provisioner
from nbclient import NotebookClient

from ..cli.forking import KERNELS
from ..cli.running import Forks, forks, may_fork

LONGEST = 120  # seconds for one cell, on a busy machine


def execute(notebook: Any, folder: Path, *, fresh: bool = False) -> None:
    """Run a notebook from top to bottom in a folder, as Jupyter would; errors are outputs.

    With ``fresh`` its kernel is a new interpreter: for what depends on imports.
    """
    with pytest.MonkeyPatch.context() as patch:
        if not fresh and may_fork(KERNELS):
            patch.setattr(local_provisioner, "launch_kernel", Kernel)
        NotebookClient(
            notebook, timeout=LONGEST, kernel_name="python3", allow_errors=True,
            resources={"metadata": {"path": str(folder)}},
        ).execute()  # fmt: skip


class Kernel:
    """What Jupyter asks of a kernel's process."""

    stdin = stdout = stderr = None

    def __init__(self, command: list[str], *, env: dict[str, str], cwd: str, **_: Any) -> None:
        self.forks: Forks = forks(KERNELS)
        arguments = command[command.index(KERNELS) + 1 :]
        nowhere = [Path(os.devnull)] * 2
        self.pid = self.forks.begin(arguments, Path(cwd), env, nowhere)
        self.code: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, or None while the kernel runs."""
        if self.code is None and self.forks.has_ended(0):
            self.code = self.forks.exit_code()
        return self.code

    def wait(self) -> int:
        """Wait for the exit code."""
        if self.code is None:
            self.code = self.forks.exit_code()
        return self.code

    def send_signal(self, number: int) -> None:
        """Send the kernel a signal."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End the kernel at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)
