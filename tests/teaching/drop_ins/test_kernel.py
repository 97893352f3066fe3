"""Stand-ins for the courses' notebooks in a real kernel, beside the drop-ins in an empty folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sklearn.datasets

from initlab.teaching.drop_ins.bamberg import check_notebook
from initlab.teaching.notebook import CodeCell
from initlab.teaching.repair import repair_notebook

from ...cli.running import initlab
from ..notebooks import cell, sources, write
from ..stand_ins.running import STAND_INS, as_notebook, run

COURSES = ("coursera", "bamberg")
HE_AT_14000 = 0.0735789596  # of the course's own run


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """For each course a folder that was empty before ``initlab dropin COURSE .`` ran in it."""
    folders = {}
    for course in COURSES:
        folders[course] = tmp_path_factory.mktemp(course) / "notebook"
        folders[course].mkdir()
        done = initlab("dropin", course, ".", cwd=folders[course])
        assert done.returncode == 0, done.stderr
    return folders


@pytest.fixture
def beside(written, tmp_path):
    """Give a course's name, get a fresh folder with its drop-ins."""

    def copied(course):
        shutil.copytree(written[course].parent, tmp_path / course)
        return tmp_path / course / "notebook"

    return copied


@pytest.fixture(autouse=True)
def jupyter_as_installed(monkeypatch, tmp_path):
    """A kernel of this environment, without what the user of this machine set up for Jupyter."""
    for variable in ("DATA_DIR", "CONFIG_DIR", "RUNTIME_DIR"):
        monkeypatch.setenv(f"JUPYTER_{variable}", str(tmp_path / "jupyter"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("JUPYTER_PATH", raising=False)
    monkeypatch.delenv("MPLBACKEND", raising=False)  # the kernel chooses, as for any notebook
    here = str(Path(sys.executable).parent)  # what !python finds
    monkeypatch.setenv("PATH", os.pathsep.join([here, os.environ["PATH"]]))


def costs(text):
    return {int(i): float(c) for i, c in re.findall(r"ost after iteration (\d+): (\S+)", text)}


def accuracies(text):
    return [float(a) for a in re.findall(r"^Accuracy.*: +([\d.]+)$", text, re.MULTILINE)]


def test_the_whole_notebook_of_2017_prints_the_documents_numbers(beside):
    done = run(as_notebook("coursera_2017", beside("coursera")), fresh=True)
    assert not done.error
    zeros, large, he = (
        done.cell(rf'initialization = "{s}"\)\n') for s in ("zeros", "random", "he")
    )
    assert costs(zeros.text) == pytest.approx(dict.fromkeys(range(0, 15_000, 1000), 0.6931471806))
    assert accuracies(zeros.text) == [0.5, 0.5]
    assert costs(large.text)[0] == float("inf")
    # ten times too large is chaotic in its last bits: a point or two may fall otherwise
    assert accuracies(large.text) == pytest.approx([0.83, 0.86], abs=0.02)
    assert costs(he.text)[0] == pytest.approx(0.8830537463, abs=1e-10)
    assert costs(he.text)[14_000] == pytest.approx(HE_AT_14000, abs=1e-10)
    assert accuracies(he.text) == pytest.approx([0.9933333333, 0.96])
    for row in (
        "W1 = [[0. 0. 0.]\n [0. 0. 0.]]",
        "W1 = [[ 17.88628473   4.36509851   0.96497468]\n [-18.63492703 ",
        "W2 = [[-0.82741481 -6.27000677]]",
        "W2 = [[-0.03098412 -0.33744411 -0.92904268  0.62552248]]",
        "predictions_test = [[0 0 0",
    ):
        assert row in done.text
    drawn = [(one.figures, "plot_decision_boundary(lambda" in one.source) for one in done.cells]
    assert [figures for figures, boundary in drawn if boundary] == [1, 1, 1]
    assert [one.figures for one in (done.cells[0], zeros, large, he)] == [1, 1, 1, 1]


def test_star_imports_reloading_and_the_public_tests(beside):
    done = run(as_notebook("coursera_2021", beside("coursera")))
    assert not done.error
    assert "same points: True" in done.text
    assert done.text.count("All tests passed") == 3
    assert "sqrt was forgotten" in done.cell("told:").text
    timed = done.cell("%%time")
    after = [float(c) for c in re.findall(r"after iteration 1000: (\S+)", timed.text)]
    assert after[0] == pytest.approx(0.6931471806)
    assert after[2] == pytest.approx(0.6879825920, abs=1e-10)
    assert timed.figures == 3
    assert done.cells[-1].figures == 1


def test_helpers_by_the_modules_name_with_wider_layers(beside):
    done = run(as_notebook("module_names", beside("coursera")))
    assert not done.error
    assert [one.figures for one in done.cells] == [0, 0, 1, 0, 1]  # is_plot=False draws no points
    first, *_, last = (float(c) for c in re.findall(r"cost: (\S+)", done.text))
    assert last < first
    assert len(accuracies(done.text)) == 2


def test_curves_of_all_three_starts_in_one_figure(beside):
    folder = beside("coursera")
    done = run(as_notebook("costs_plotted", folder))
    assert not done.error
    assert "(2, 300) (1, 300) (2, 100) (1, 100) int64" in done.text
    assert "zeros  first 0.6931471806, after 1000: 0.6931471806" in done.text
    assert "he     first 0.8830537463, after 1000: 0.6879825920" in done.text
    assert [one.figures for one in done.cells] == [0, 1, 0, 1, 0]
    assert done.cells[-1].text.split() == ["costs.png"]
    assert (folder / "costs.png").read_bytes().startswith(b"\x89PNG")


def test_predictions_printed_and_misses_counted(beside):
    done = run(as_notebook("predictions", beside("coursera")))
    assert not done.error
    assert accuracies(done.text) == pytest.approx([0.9933333333, 0.96])
    shown = done.cell("predictions_test =").text
    assert re.search(r"predictions_test = \[\[[01\s]{199,210}\]\]\n\(1, 100\) int64", shown)
    assert "missed: 2 of 300\n[[149   1]\n [  1 149]]" in done.text
    assert "same decision: True" in done.text
    assert [one.figures for one in done.cells] == [0, 1, 0, 0, 0, 1]


def test_the_planar_notebooks_way_of_testing_after_the_repair(beside):
    path = as_notebook("planar", beside("coursera"))
    done = initlab("dropin", "--fix", path.name, cwd=path.parent)
    assert "one-number" in done.stdout
    done = run(path.with_name("planar_fixed.ipynb"))
    assert not done.error
    assert done.text.count("All tests passed") == 2
    assert "told: 1 of 3 tests of tanh failed. Wrong value." in done.text
    (accuracy,) = re.findall(r"^Accuracy: (\d+)%$", done.text, re.MULTILINE)
    assert int(accuracy) > 85
    assert [one.figures > 0 for one in done.cells] == [True, True, False, False, True, False]


def test_old_habits_run_after_the_repair_and_not_before(beside):
    path = as_notebook("old_habits", beside("coursera"))
    assert run(path).error  # h5py, TensorFlow or np.int, whichever is missed first
    done = initlab("dropin", "--fix", path.name, cwd=path.parent)
    assert "not repaired" not in done.stdout
    done = run(path.with_name("old_habits_fixed.ipynb"))
    assert not done.error
    assert costs(done.text) == pytest.approx({0: 0.8830537463, 1000: 0.6879825920}, abs=1e-10)
    accuracy = accuracies(done.text)[0]
    assert f"Accuracy: {int(100 * accuracy)}%\n{accuracy}\n" in done.text
    assert "(2, 100) 200" in done.text
    assert [one.figures for one in done.cells] == [0, 1, 1, 1, 0, 1]


def test_a_boundary_of_ones_own_that_reads_rows_runs_after_the_repair(beside):
    path = as_notebook("own_boundary", beside("coursera"))
    assert "ValueError: 'c' argument has 300 elements" in run(path).error
    done = initlab("dropin", "--fix", path.name, cwd=path.parent)
    assert done.stdout.count("points-in-columns") == 6
    assert "not repaired" not in done.stdout
    done = run(path.with_name("own_boundary_fixed.ipynb"))
    assert not done.error
    xs = sklearn.datasets.make_circles(300, noise=0.05, random_state=1)[0][:, 0]
    assert f"x from {xs.min() - 1:.2f} to {xs.max() + 1:.2f}" in done.text
    assert [one.figures for one in done.cells] == [1, 1, 0, 0, 1]


def test_a_script_runs_from_a_terminal(beside):
    folder = beside("coursera")
    shutil.copy(STAND_INS / "script.py", folder)
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "All tests passed" in done.stdout
    assert costs(done.stdout)[14_000] == pytest.approx(HE_AT_14000, abs=1e-10)
    assert accuracies(done.stdout) == pytest.approx([0.9933333333, 0.96])
    for name in ("points", "cost", "boundary"):
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_the_bamberg_notebook_runs_from_generation_to_the_last_figure(beside):
    done = run(as_notebook("bamberg", beside("bamberg")), fresh=True)
    assert not done.error
    passed = re.findall(r"^(Test\w+): passed \(bamberg.ipynb\)$", done.text, re.MULTILINE)
    assert passed == [
        "TestDataGeneration", "TestPreprocessing", "TestZeroInitialization",
        "TestRandomInitialization", "TestHeInitialization",
    ]  # fmt: skip
    trained = [one for one in done.cells if "Cost after iteration 15000" in one.text]
    zeros, large, he = (costs(one.text) for one in trained)
    assert zeros == pytest.approx(dict.fromkeys(range(0, 15_001, 1000), 0.6931471806))
    assert large[0] == float("inf")
    assert he[14_000] == pytest.approx(HE_AT_14000, abs=1e-10)
    assert [accuracies(one.text) for one in trained] == [
        [0.5, 0.5],
        pytest.approx([0.83, 0.86], abs=0.02),
        pytest.approx([0.9933333333, 0.96]),
    ]
    assert [one.figures for one in done.cells if one.figures] == [1] * 7
    assert done.cells[-1].figures == 1


def test_the_bamberg_checker_points_at_the_students_line(beside):
    done = run(as_notebook("bamberg_faulty", beside("bamberg")))
    assert len(re.findall("SyntaxError", done.error)) == 2  # the two cells that are no Python
    data, prepared, zeros, large, he = (
        done.cell(f"--test_case {name}").text
        for name in ("TestData", "TestPre", "TestZero", "TestRandom", "TestHe")
    )
    assert "TestDataGeneration: passed" in data
    assert prepared.endswith(
        "  preprocess raised NameError: name 'train_y' is not defined\n"
        "  bamberg_faulty.ipynb, cell 5, line 4:\n"
        "      return points[0], train_y[np.newaxis], points[1], test_Y[np.newaxis]\n"
    )
    assert "returned a dictionary without W1, b1, W2, b2" in zeros
    assert large == (
        "TestRandomInitialization: failed\n"
        "  bamberg_faulty.ipynb, cell 9, line 7: SyntaxError: expected ':'\n"
        "      for l in range(1, len(layers_dims))\n"
        "                                         ^\n"
    )
    assert "cell 11, line 1: SyntaxError: duplicate argument 'seed'" in he


PREPROCESS = "def preprocess(a, b, c, d):\n    return a.T, b[None], c.T, d[None]"
FAULTY = [  # what the cell says, and what the student is told
    ("def preprocess(a, b, c, d):\n    return (a.T,\n", "line 2: SyntaxError: '(' was never"),
    ("x = 1\ndef preprocess(a, b, c, d):\nreturn a", "line 3: IndentationError"),
    ("def preprocess(a, b c, d):\n    return a", "line 1: SyntaxError"),
    ("!ls\nx = !ls\n%pwd\ndef preprocess(a, b, c, d):\n    return a +", "line 5: SyntaxError"),
    ("def preprocess(a, b, c, d):\n    return helper(a)\ndef helper(a):\n    return a / 'x'",
     "cell 2, line 4:\n      return a / 'x'\n"),
    ("import sys\ndef preprocess(a, b, c, d):\n    sys.exit()", "preprocess ended the program"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "words"), FAULTY)
def test_a_faulty_cell_is_pointed_at(source, words, tmp_path, capsys):
    write(tmp_path / "mine.ipynb", cell("Text", kind="markdown"), source)
    assert check_notebook(tmp_path, ["--test_case", "TestPreprocessing"]) == 1
    captured = capsys.readouterr()
    assert words in captured.err
    assert not captured.out


def test_a_later_definition_mends_a_faulty_one(tmp_path):
    test = ["--test_case", "TestPreprocessing"]
    write(tmp_path / "mine.ipynb", FAULTY[0][0], PREPROCESS)
    assert check_notebook(tmp_path, test) == 0
    write(tmp_path / "mine.ipynb", PREPROCESS, FAULTY[0][0])
    assert check_notebook(tmp_path, test) == 1


def test_a_faulty_notebook_is_not_passed_for_its_older_copy(tmp_path, capsys):
    old = write(tmp_path / "copy.ipynb", PREPROCESS)
    os.utime(old, (1, 1))
    write(tmp_path / "mine.ipynb", FAULTY[0][0])
    assert check_notebook(tmp_path, ["--test_case", "TestPreprocessing"]) == 1
    assert "mine.ipynb, cell 1" in capsys.readouterr().err


PYTHON_AROUND_MAGIC = [
    '%matplotlib inline\ntext = ("%d"\n    % 3)\nnp.zeros?  # help\nfiles = !ls',
    "%%time\nfor i in x:\n    %timeit f(i)",
    "total = a \\\n% b",
    's = """\n%d\nwhy?\n"""\n!echo it\'s (here',
    "!ls (\nx = 1",
]


@pytest.mark.parametrize("source", PYTHON_AROUND_MAGIC)
def test_only_ipythons_own_lines_are_blanked(source):
    one = CodeCell(1, source)
    assert one.tree() is not None
    assert one.python.count("\n") == source.count("\n")
    for line in source.split("\n"):
        if not re.search(r"^\s*%*[%!]\w|!ls|\?  ", line):
            assert line in one.python.split("\n")


MENDED = [
    ("one-number", "a = float(np.dot(y, p.T) / 3)", "a = float(np.squeeze(np.dot(y, p.T) / 3))"),
    ("numpy-asscalar", "x = np.asscalar(y[0])", "x = np.asarray(y[0]).item()"),
    ("colour-maps", "c = plt.cm.get_cmap('jet')", "c = plt.get_cmap('jet')"),
    ("numpy-removed-names", "a = np.infty", "a = np.inf"),
    ("unneeded-imports", "import reg_utils  # part two", "# import reg_utils  # part two"),
]


@pytest.mark.parametrize(("rule", "before", "after"), MENDED)
def test_a_rule_for_a_habit_that_a_stand_in_showed(rule, before, after, tmp_path):
    done = repair_notebook(write(tmp_path / "old.ipynb", before))
    assert [change.rule for change in done.changes] == [rule]
    assert sources(done.written) == [after]
    assert repair_notebook(done.written).changes == []  # once is enough


OWN = "load_dataset()\ndef plot_decision_boundary(model, X, y):\n    a = X[:, 0]"
CALLS = ["plot_decision_boundary(f, train_X.T, train_Y)", "plot_decision_boundary(f, X, y)",
         "train_X = train_X.T\nplot_decision_boundary(f, train_X, y)"]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_a_boundary_whose_points_are_rows_stays(call, tmp_path):
    changes = repair_notebook(write(tmp_path / "old.ipynb", OWN, call)).changes
    assert "points-in-columns" not in [change.rule for change in changes]


@pytest.mark.parametrize(
    "source", ["float(np.squeeze(np.dot(a, b)))", "float(a)", "x.float(np.dot(a, b))", "point(3)"]
)
def test_numbers_that_are_numbers_stay(source, tmp_path):
    assert repair_notebook(write(tmp_path / "old.ipynb", source)).changes == []


def test_the_helper_file_of_another_notebook_is_named_where_it_is_used(tmp_path):
    done = repair_notebook(write(tmp_path / "old.ipynb", "import reg_utils", "reg_utils.f()"))
    assert done.changes == []
    assert [left.name for left in done.left] == ["other-helpers"]


def test_a_cell_that_is_no_python_is_left_with_its_line(tmp_path):
    done = repair_notebook(write(tmp_path / "old.ipynb", "%pwd\nfor x in range(3)\n    print(x)"))
    assert [(left.name, left.why) for left in done.left] == [
        ("not-python", "This code is not valid Python 3. Line 2: expected ':'.")
    ]
