"""What docs/studies.md shows of clusters works as it stands there, with fewer seeds and workers."""

from __future__ import annotations

import contextlib
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ...cli.running import initlab

pytest.importorskip("distributed", reason="clusters are Dask's")
PAGE = (Path(__file__).parents[3] / "docs" / "studies.md").read_text(encoding="utf-8")
PART = PAGE.partition("## On several machines")[2].partition("\n## ")[0]
COMMANDS = re.findall(r"^    ((?:initlab|dask) .+?)(?:\s+#.*)?$", PART, re.MULTILINE)
(PYTHON,) = re.findall(r"```python\n(.*?)```", PART, re.DOTALL)
FEWER = {"--seeds 100": "--seeds 2", "--nworkers 4": "--nworkers 1"}


def here(text, port):
    for many, few in {**FEWER, "scheduler:8786": f"127.0.0.1:{port}", "8786": str(port)}.items():
        text = text.replace(many, few)
    return text


def test_commands_of_the_page_run_one_after_another_and_its_python_too(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert [command.split()[0] for command in COMMANDS] == ["initlab", "dask", "dask", "initlab"]
    shown = []
    with contextlib.ExitStack() as ending:
        for command in COMMANDS:
            program, *arguments = shlex.split(here(command, port))
            if program == "dask":
                quiet = ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0"]
                background = subprocess.Popen(
                    [sys.executable, "-m", "dask", *arguments, *quiet],
                    cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
                ending.callback(background.wait)
                ending.callback(background.terminate)
                continue
            done = initlab(*arguments, cwd=tmp_path)
            assert done.returncode == 0, (command, done.stderr)
            assert "Traceback" not in done.stderr
            assert "distributed" not in done.stderr  # none of Dask's own log
            shown.append(done.stdout)
        found = {}
        exec(here(PYTHON, port), found)
    shown.append(initlab("compare", "circles", "--seeds", "2").stdout)
    assert " --cluster local --workers 2\n" in shown[0]  # the next command keeps the cluster
    assert f" --cluster tcp://127.0.0.1:{port}\n" in shown[1]
    assert len({re.sub(" --cluster .*", "", text) for text in shown}) == 1
    assert {cell.outcome for cell in found["result"].cells} == {"finished"}
