"""Stand-ins of old notebooks: repaired in an empty folder, then every cell is run by IPython.

They are run one after another in one process; ``test_old_copies`` and ``test_kernel`` run others
in kernels of their own.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import nbformat
import pytest

from initlab.teaching.repair import repair_notebook

from ..stand_ins.running import STAND_INS, as_notebook

PRINTED = {  # stand-in -> what it prints, in this order
    "a_step_by_hand": ["cost: 0.693147", "(2, 2) (1, 2)"],
    "checked_by_a_file": ["All tests passed"],
    "circles_of_scikit_learn": ["[150, 50]", "found: True"],
    "classifier_2015": ["train: 1347, test: 450", "test accuracy above 0.9: True"],
    "counting_with_scipy": ["10 24 0.6931", "2.0 2.0", "(5,) [1.0, 2.0, 3.0]"],
    "dictionaries_of_python_2": [
        "W2 True False", "refused: no layers", "[('a', 0), ('b', 1)]",
        "[('a', 'c'), ('b', None)] 0o755 text",
    ],
    "figures_of_2013": ["20 jet"],
    "grid_2014": ["mean above 0.9: True", "dict_keys(['C'])"],
    "magic_of_2012": ["4 layers"],
    "magic_words": ["45.0", "6 1"],
    "missing_values": ["(3, 2) True"],
    "numpy_before_two": ["(4, 3) [0, 1, 0] 6 True", "True True [1, 2, 6] float64", "3 True"],
    "public_tests_2021": ["All tests passed", "[1.78862847 0.43650985]"],
    "uploaded": ["0 (2,)"],
    "week_one_folder": ["['W1', 'W2', 'W3', 'b1', 'b2', 'b3'] [0.0, 2.0] 0.5", "Accuracy"],
    "with_a_script": ["counted 75 weights"],
}  # fmt: skip
BESIDE = {"with_a_script": {"nets_script": "nets.py", "layers_script": "layers.py"}}
PROGRAM = """
import contextlib, gc, io, json, os, sys
from IPython.core.interactiveshell import InteractiveShell

found, here = {}, set(sys.modules)
for name, folder, cells in json.load(open(sys.argv[1])):
    os.chdir(folder)
    sys.path.insert(0, folder)
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.enable_gui = lambda gui=None: None  # a kernel does
    said, error = io.StringIO(), ""
    with contextlib.redirect_stdout(said):
        for cell in cells:
            done = shell.run_cell(cell)
            if not done.success:
                error = repr(done.error_before_exec or done.error_in_exec)
                break
    found[name] = [said.getvalue(), error]
    sys.path.remove(folder)
    for module in set(sys.modules) - here:
        if getattr(sys.modules[module], "__file__", None) in [
            os.path.join(folder, one) for one in os.listdir(folder)
        ]:
            del sys.modules[module]
json.dump(found, open(sys.argv[2], "w"))
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Name of a stand-in -> what it printed, the error it ended with, what was not repaired."""
    base = tmp_path_factory.mktemp("stand_ins")
    jobs, left = [], {}
    for name in PRINTED:
        folder = base / name
        folder.mkdir()
        for text, place in BESIDE.get(name, {}).items():
            shutil.copy(STAND_INS / f"{text}.txt", folder / place)
        done = repair_notebook(as_notebook(name, folder))
        left[name] = done.left
        content = nbformat.read(done.written, as_version=4)
        cells = [cell.source for cell in content.cells if cell.cell_type == "code"]
        jobs.append((name, str(folder), cells))
    (base / "jobs.json").write_text(json.dumps(jobs))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(base / "ipython"))
        patch.setenv("MPLBACKEND", "Agg")
        subprocess.run(
            [sys.executable, "-c", PROGRAM, "jobs.json", str(base / "found.json")],
            cwd=base, check=True, capture_output=True, timeout=300,
        )  # fmt: skip
    found = json.loads((base / "found.json").read_text())
    return {name: (*found[name], left[name]) for name in PRINTED}


@pytest.mark.parametrize("name", PRINTED)
def test_an_old_notebook_runs_after_the_repair(ran, name):
    said, error, left = ran[name]
    assert not error
    assert not left
    place = 0
    for words in PRINTED[name]:
        assert words in said[place:]
        place = said.index(words, place)


def test_there_are_thirty_stand_ins():
    beside = {text for texts in BESIDE.values() for text in texts}
    assert len({path.stem for path in STAND_INS.glob("*.txt")} - beside) >= 30
