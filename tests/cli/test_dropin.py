"""`initlab dropin` in the shell."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.cli.running import initlab, one_json

COURSERA = ["init_utils.py", "public_tests.py", "test_utils.py"]
CELLS = """
import matplotlib
matplotlib.use("Agg")
from public_tests import *
from test_utils import multiple_test, single_test
from init_utils import sigmoid, relu, compute_loss, forward_propagation, backward_propagation
from init_utils import update_parameters, predict, load_dataset, plot_decision_boundary, predict_dec
import init_utils
train_X, train_Y, test_X, test_Y = load_dataset()
initialize_parameters_he_test(init_utils.initialize_parameters_he)
initialize_parameters_random_test(init_utils.initialize_parameters_random)
initialize_parameters_zeros_test(init_utils.initialize_parameters_zeros)
parameters = init_utils.model(train_X, train_Y, num_iterations=1, initialization="he")
predict(train_X, train_Y, parameters)
"""


def written(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_course_cells_run_beside_the_files(tmp_path):
    done = initlab("dropin", "coursera", str(tmp_path))
    assert done.stdout.split() == [str(tmp_path / name) for name in COURSERA]
    assert written(tmp_path) == COURSERA
    run = subprocess.run([sys.executable, "-B", "-c", CELLS], cwd=tmp_path, capture_output=True,
                         text=True, check=False, timeout=100)  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("All tests passed") == 3
    assert "Cost after iteration 0: 0.88305374634" in run.stdout
    assert "Accuracy: " in run.stdout


def test_nothing_is_overwritten_or_half_written_without_force(tmp_path):
    (tmp_path / "test_utils.py").write_text("mine")
    refused = initlab("dropin", "coursera", cwd=tmp_path)
    assert refused.returncode == 5
    assert "test_utils.py exists already" in refused.stderr
    assert written(tmp_path) == ["test_utils.py"]
    forced = initlab("dropin", "coursera", "--force", "--json", cwd=tmp_path)
    assert one_json(forced.stdout)["written"] == [str(tmp_path / name) for name in COURSERA]
    assert "multiple_test" in (tmp_path / "test_utils.py").read_text()


def test_bambergs_files_lie_where_its_notebook_looks_and_its_test_runs(tmp_path):
    folder = tmp_path / "assignment"
    done = initlab("dropin", "bamberg", str(folder))
    assert done.returncode == 0, done.stderr
    files = ["assignment/tests/test_initialization.py", "data/initialization.pkl"]
    assert written(tmp_path) == files
    assert done.stdout.split() == [str(tmp_path / name) for name in files]
    cell = "import numpy as np\ndef preprocess(a, b, c, d):\n    return a.T, b[np.newaxis], c.T, {}"
    for answer, code in (("d[np.newaxis]", 0), ("d", 1)):
        source = cell.format(answer)
        notebook = {"cells": [{"cell_type": "code", "source": source}], "nbformat": 4}
        (folder / "init.ipynb").write_text(json.dumps(notebook))
        run = subprocess.run(
            [sys.executable, "tests/test_initialization.py", "--test_case", "TestPreprocessing"],
            cwd=folder, capture_output=True, text=True, check=False, timeout=100,
        )  # fmt: skip
        assert run.returncode == code, run.stderr
    assert "wrong shape: the test labels must have" in run.stderr


def test_a_repaired_copy_is_listed_cell_by_cell(tmp_path):
    notebook = {
        "cells": [
            {"cell_type": "code", "source": ["x = it.next()\n", "from torchvision import models"]}
        ]
    }
    (tmp_path / "old.ipynb").write_text(json.dumps(notebook))
    said = initlab("dropin", "--fix", "old.ipynb", cwd=tmp_path).stdout
    assert "cell 1, line 1: iterator-next." in said
    assert "+ x = next(it)" in said
    assert "not repaired: torchvision" in said
    assert str(tmp_path / "old_fixed.ipynb") in said
    facts = one_json(initlab("dropin", "--fix", "old.ipynb", "--force", "--json",
                             cwd=tmp_path).stdout)  # fmt: skip
    assert facts["changes"][0]["after"] == "x = next(it)"
    assert facts["left"][0]["name"] == "torchvision"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 2),
        (["bamburg"], 2),
        (["coursera", "--fix", "x.ipynb"], 2),
        (["--fix", "x.ipynb"], 5),
        (["coursera", "file/below"], 5),
    ],
)
def test_misuse_has_its_exit_code_and_writes_nothing(arguments, code, tmp_path):
    (tmp_path / "file").touch()
    assert initlab("dropin", *arguments, cwd=tmp_path).returncode == code
    assert written(tmp_path) == ["file"]
