"""What the README shows works as it stands there, with fewer seeds."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from initlab.cli.main import app
from tests.cli.running import initlab

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    (initlab .+?)(?:\s+#.*)?$", README, re.MULTILINE)
FEWER = {"--seeds 50": "--seeds 3", "--seeds 200": "--seeds 4"}
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_every_command_of_the_readme_runs_in_order(tmp_path):
    assert len(COMMANDS) >= 5
    for command in COMMANDS:
        for many, few in FEWER.items():
            command = command.replace(many, few)
        done = initlab(*shlex.split(command)[1:], cwd=tmp_path)
        assert done.returncode == 0, f"{command}\n{done.stderr}"


def test_python_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert PYTHON
    for block in PYTHON:
        exec(compile(block, "README.md", "exec"), {})
    assert "99.3 %" in capsys.readouterr().out


@pytest.mark.parametrize("name", [command.name for command in app.registered_commands])
def test_every_command_stands_in_the_readme(name):
    assert f"initlab {name}" in README
