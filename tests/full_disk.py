"""A test's folder -> a file system of 64 kB in it, where the system lets us mount one."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest


@pytest.fixture
def full_disk(tmp_path):
    """A folder with room for 64 kB."""
    folder = tmp_path / "small disk"
    folder.mkdir()
    if sys.platform != "linux" or shutil.which("mount") is None:
        pytest.skip("no small disk can be made here")
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
