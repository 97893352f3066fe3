"""What docs/own_data.md shows works as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from initlab.datasets.user_arrays import user_study
from initlab.errors import DataError
from tests.cli.running import initlab

PAGE = (Path(__file__).parents[2] / "docs" / "own_data.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    (initlab .+)$", PAGE, re.MULTILINE)
ROW = re.compile(r"^\| (.+?) \| (classification|regression|refused) \|$", re.MULTILINE)
LABELS = [  # one for each row of the page's table, in its order
    ["cat", "dog", "ant"] * 4,
    [0.5, 1.0, 2.0] * 4,
    [0, 1] * 6,
    [0, 1, 2] * 4,
    [3, 4, 5, 6, 7, 8] * 2,
    ["1", "01", "x"] * 4,
]


@pytest.fixture
def here(tmp_path):
    rows = [f"{k % 7},{k % 3},{'ab'[k % 2]}" for k in range(60)]
    (tmp_path / "iris.data").write_text("\n".join(rows))
    (tmp_path / "iris.csv").write_text("\n".join(["size,width,kind", *rows]))
    rows = [f"{k % 7 or '?'};{['red', 'blue'][k % 2]};{700 * (k * k % 31)}" for k in range(140)]
    (tmp_path / "houses.csv").write_text("\n".join(["size;color;price", *rows]))
    return tmp_path


def test_every_command_of_the_page_runs(here):
    assert len(COMMANDS) == 3
    for command in COMMANDS:
        done = initlab(*shlex.split(command)[1:], "--steps", "2", "--batch-size", "10", cwd=here)
        assert done.returncode == 0, f"{command}\n{done.stderr}"


def test_every_row_of_the_table_of_tasks_holds():
    rows = ROW.findall(PAGE)
    assert len(rows) == len(LABELS)
    for (what, task), labels in zip(rows, LABELS, strict=True):
        data = (np.arange(12.0).reshape(12, 1), labels)
        if task == "refused":
            with pytest.raises(DataError, match="give --task"):
                user_study(data)
        else:
            assert user_study(data).task == task, what
