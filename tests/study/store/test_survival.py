"""A study that is killed again and again loses no cell, and ends as if nothing had happened."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[3] / "benchmarks" / "survival.py"


@pytest.mark.skipif(sys.platform != "linux", reason="forks, and reads /proc")
def test_fifty_kills_lose_double_and_damage_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, PROGRAM, "--kills", "50"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "other digests 0" in done.stdout
