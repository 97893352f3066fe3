"""Runs the ``initlab`` command as a shell would."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def initlab(*arguments: str, cwd: Path | None = None, timeout: float = 120):
    """Return the finished process; standard output and error are text."""
    return subprocess.run(
        [sys.executable, "-m", "initlab", *arguments],
        capture_output=True, text=True, cwd=cwd, timeout=timeout, check=False,
    )  # fmt: skip


def one_json(text: str):
    """Parse the whole of standard output as one JSON document without NaN or infinities."""
    return json.loads(text, parse_constant=lambda token: pytest.fail(f"not JSON: {token}"))
