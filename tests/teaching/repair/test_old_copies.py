"""Stand-ins of copies that need more than a helper file: ``--fix`` first, then a fresh kernel."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest

from ...cli.running import initlab
from ...datasets.making import REAL_DATA, needs_real_data
from ..drop_ins.test_kernel import accuracies, costs
from ..drop_ins.test_kernel import jupyter_as_installed as jupyter_as_installed  # a fixture
from ..stand_ins.running import STAND_INS, as_notebook, run


@pytest.fixture
def fixed(tmp_path):
    """Give a course and a stand-in; get what ``--fix`` said and its copy beside the drop-ins."""

    def repaired(course, name):
        assert initlab("dropin", course, ".", cwd=tmp_path).returncode == 0
        if name.endswith("_script"):
            path = shutil.copy(STAND_INS / f"{name}.txt", tmp_path / f"{name}.py")
        else:
            path = as_notebook(name, tmp_path)
        done = initlab("dropin", "--fix", path.name, cwd=tmp_path)
        assert "not repaired" not in done.stdout
        return done.stdout, path.with_name(f"{path.stem}_fixed{path.suffix}")

    return repaired


def test_a_notebook_of_python_2_from_colab(fixed):
    said, path = fixed("coursera", "python_2")
    for rule in ("print-statement", "xrange", "colab", "absent-folder", "ipython-magic",
                 "print-threshold", "unneeded-imports"):  # fmt: skip
        assert f": {rule}. " in said
    done = run(path)
    assert not done.error
    assert "points: (2, 300) (2, 100)" in done.text
    assert "layer 1 layer 2 layer 3" in done.text
    assert costs(done.text) == pytest.approx({0: 0.8830537463, 1000: 0.6879825920}, abs=1e-9)
    assert done.text.endswith("\n300\n")
    assert [one.figures for one in done.cells] == [0, 1, 1, 0]


def test_helper_files_in_a_folder(fixed):
    said, path = fixed("coursera", "in_a_folder")
    assert "+ import init_utils   # 第一部分" in said
    assert "+ from init_utils import plot_decision_boundary" in said
    done = run(path)
    assert not done.error
    printed = dict(re.findall(r"第(\d+)次迭代，成本值为：([\d.]+)", done.text))
    assert float(printed["14000"]) == pytest.approx(0.0735789596, abs=1e-10)
    assert accuracies(done.text) == pytest.approx([0.9933333333, 0.96])
    assert [one.figures for one in done.cells] == [1, 0, 1]


def test_an_exported_script_runs_without_ipython(fixed):
    said, path = fixed("coursera", "exported_script")
    assert "\nline 15: ipython-line. " in said
    done = subprocess.run(
        [sys.executable, path.name], cwd=path.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert costs(done.stdout) == pytest.approx({0: 0.8830537463, 1000: 0.6879825920}, abs=1e-10)
    assert len(accuracies(done.stdout)) == 1
    assert (path.parent / "boundary.png").read_bytes().startswith(b"\x89PNG")


@needs_real_data
def test_helper_by_its_older_name_with_other_layers_and_the_test_images(fixed, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setenv("INITLAB_DATA", str(REAL_DATA))
    said, path = fixed("udacity", "udacity_helper")
    for after in ("import torch, initlab.teaching.drop_ins.udacity as torchvision",
                  "import helpers as helper",
                  "from initlab.teaching.drop_ins.udacity import datasets, transforms",
                  "num=len(values)//2",
                  "# !pip install"):  # fmt: skip
        assert after in said
    done = run(path)
    assert not done.error
    assert "torch.Size([60000, 28, 28]) [9, 0, 0] 8" in done.text
    assert [one.figures for one in done.cells] == [0, 2, 1, 0]
    assert len(re.findall(r"^ +\d\d\.\d{3}% -- (?:Kaiming|Default)$", done.text, re.M)) == 2
    assert float(re.search(r"Test accuracy: ([\d.]+)", done.text)[1]) > 0.65
