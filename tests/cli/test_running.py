"""A command gives the same in a fork as in a new interpreter."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from .forking import read_early
from .running import forks, initlab

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")


@pytest.mark.parametrize("line", ["inits --json", "inits nonsense", "check --list", "--version"])
def test_a_fork_prints_and_returns_what_a_new_interpreter_does(line, tmp_path):
    found, wanted = (initlab(*line.split(), cwd=tmp_path, fresh=fresh) for fresh in (False, True))
    assert vars(found) == vars(wanted)
    assert found.stdout + found.stderr


MINE = """
import os, sys
print(os.getcwd(), sys.argv[1:], os.environ["WHAT"], sys.modules["__main__"].__spec__.name)
sys.stdout.flush()
os.kill(os.getpid(), 9)
"""


def test_a_fork_has_the_folder_arguments_and_variables_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("WHAT", "this")
    (tmp_path / "mine.py").write_text(MINE)
    forked, wanted = (initlab("anatomy", "mine:Net", cwd=tmp_path, fresh=one) for one in (0, 1))
    assert vars(forked) == vars(wanted)
    assert forked.returncode == -9
    assert forked.stdout == f"{tmp_path} ['anatomy', 'mine:Net'] this initlab.__main__\n"


def test_a_command_that_takes_too_long_is_ended_and_the_next_one_runs(tmp_path):
    (tmp_path / "mine.py").write_text("import time\ntime.sleep(60)\n")
    before = forks().process
    with pytest.raises(subprocess.TimeoutExpired):
        initlab("anatomy", "mine:Net", cwd=tmp_path, timeout=0.5)
    children = Path(f"/proc/{before}/task/{before}/children")
    assert not children.exists() or not children.read_text()
    assert initlab("--version").returncode == 0
    assert forks().process == before


def test_commands_are_forks_in_a_worker_that_has_trained_a_module():
    pytest.importorskip("torch", reason="modules are PyTorch's")
    from initlab.engines.torch.engine import configure_cublas

    configure_cublas()
    assert forks().environment == read_early()
