"""Runs the ``initlab`` command as a shell would."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
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


def initlab_here(*arguments: str):
    """Run the command in this process; return exit code, standard output and error.

    Quicker than a shell where torch is loaded, with the same handling of errors.
    """
    from initlab.cli.main import main

    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as done, redirect_stdout(out), redirect_stderr(err):
        main(list(arguments))
    return done.value.code, out.getvalue(), err.getvalue()
