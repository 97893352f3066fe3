"""What docs/studies.md shows of stores works as it stands there, with fewer seeds."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from initlab.study.store import open_store

from ...cli.running import initlab

PAGE = (Path(__file__).parents[3] / "docs" / "studies.md").read_text(encoding="utf-8")
PART = PAGE.partition("## On one computer")[2].partition("\n## ")[0]
COMMANDS = [line.strip() for line in PART.splitlines() if line.startswith("    initlab ")]
FEWER = {"--seeds 200": "--seeds 2", "--seeds 400": "--seeds 3"}


def test_commands_of_the_page_run_one_after_another(tmp_path):
    pytest.importorskip("polars")
    assert len(COMMANDS) == 9
    name = ""
    for line in COMMANDS:
        for many, few in FEWER.items():
            line = line.replace(many, few)
        line = line.partition("  #")[0].replace("circles-3f2a9c01", name)
        done = initlab(*shlex.split(line)[1:], cwd=tmp_path)
        assert done.returncode == 0, (line, done.stderr)
        if not name:
            with open_store(tmp_path / "studies.db") as store:
                (name,) = store.names()
    with open_store(tmp_path / "studies.db") as store:
        assert store.names() == []  # the last command deletes it


def test_python_of_the_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", PART, re.DOTALL)
    found = {}
    exec(code, found)
    assert len(found["frame"]) == len(found["result"].cells) == 18
