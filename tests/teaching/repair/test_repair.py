"""Each rule repairs what it is for, and nothing that only looks like it."""

from __future__ import annotations

import json

import pytest

from initlab.errors import DataError, StorageError
from initlab.teaching.notebook import CodeCell
from initlab.teaching.repair import repair_notebook

from ..notebooks import cell, sources, write

REPAIRED = [
    ("numpy-aliases", "a = np.zeros(3, dtype=np.int)", "a = np.zeros(3, dtype=int)"),
    ("numpy-aliases", "x.astype(numpy.float)", "x.astype(float)"),
    ("numpy-removed-names", "np.product(np.shape(x))", "np.prod(np.shape(x))"),
    ("iterator-next", "images, labels = dataiter.next()", "images, labels = next(dataiter)"),
    ("whole-counts", "ax = fig.add_subplot(2, 20/2, idx+1, xticks=[])",
     "ax = fig.add_subplot(2, 20//2, idx+1, xticks=[])"),
    ("whole-counts", "plt.subplots(nrows=n / 2, figsize=(9/2, 4))",
     "plt.subplots(nrows=n // 2, figsize=(9/2, 4))"),
    ("whole-counts", "for i in range(len(x)/2): pass", "for i in range(len(x)//2): pass"),
    ("seaborn-styles", "plt.style.use('seaborn-whitegrid')",
     "plt.style.use('seaborn-v0_8-whitegrid')"),
    ("samples-generator", "from sklearn.datasets.samples_generator import make_circles",
     "from sklearn.datasets import make_circles"),
    ("unneeded-imports", "import h5py", "# import h5py"),
    ("unneeded-imports", "import tensorflow as tf", "# import tensorflow as tf"),
    ("label-row", "from init_utils import load_dataset\n"
     "plot_decision_boundary(lambda x: predict_dec(parameters, x.T), train_X, train_Y)",
     "from init_utils import load_dataset\n"
     "plot_decision_boundary(lambda x: predict_dec(parameters, x.T), train_X, train_Y[0])"),
    ("whole-counts", "plt.hist(v, np.linspace(*hist_range, num=len(v)/2))",
     "plt.hist(v, np.linspace(*hist_range, num=len(v)//2))"),
    ("whole-counts", "plt.hist(v, bins=len(v)/2)", "plt.hist(v, bins=len(v)//2)"),
    ("print-threshold", "np.set_printoptions(threshold=np.nan)",
     "np.set_printoptions(threshold=np.inf)"),
    ("numpy-removed-names", "warnings.simplefilter('ignore', np.VisibleDeprecationWarning)",
     "warnings.simplefilter('ignore', np.exceptions.VisibleDeprecationWarning)"),
]  # fmt: skip
LEFT_ALONE = [
    "a = np.int64(3) + np.float32(2) + my.np.int",
    "print('np.int and dataiter.next()')  # np.int",
    "fig.add_subplot(2, 20//2, 1)",
    "plt.subplot(2, int(20/2), 1)",
    "plt.figure(figsize=(20/2, 4)); y = 20/2",
    "plt.style.use('seaborn-v0_8')",
    "import h5py\nf = h5py.File('x')",
    "next(dataiter)",
    "plot_decision_boundary(f, train_X, train_Y)",  # not the course's labels
    "s = '''\nnp.int\n'''",
    "plt.hist(v / 2, bins=8); plt.hist(v, f(v / 2)); np.linspace(0, 1 / 2, 5); np.zeros(3) / 2",
    "np.set_printoptions(precision=np.nan)",
]


@pytest.mark.parametrize(("rule", "before", "after"), REPAIRED)
def test_a_rule_repairs_its_cell_and_says_why(rule, before, after, tmp_path):
    path = write(tmp_path / "old.ipynb", cell("# np.int", kind="markdown"), before)
    untouched = path.read_bytes()
    done = repair_notebook(path)
    assert path.read_bytes() == untouched
    assert done.written == tmp_path / "old_fixed.ipynb"
    assert sources(done.written) == ["# np.int", after]
    (change,) = done.changes
    assert (change.cell, change.rule) == (2, rule)
    assert change.before in before
    assert change.after in after
    assert change.why.endswith(".")


@pytest.mark.parametrize("source", LEFT_ALONE)
def test_what_runs_already_is_left_alone(source, tmp_path):
    path = write(tmp_path / "old.ipynb", source)
    done = repair_notebook(path)
    assert done.changes == []
    assert json.loads(done.written.read_text()) == json.loads(path.read_text())


def test_outputs_metadata_and_the_form_of_the_text_are_kept(tmp_path):
    output = {"output_type": "stream", "name": "stdout", "text": ["np.int ü\n"]}
    path = write(
        tmp_path / "old.ipynb",
        cell("x = np.int(2)\n%time y = np.float(1)", outputs=[output]),
        cell("x.next()", lines=False),
    )
    done = repair_notebook(path)
    before, after = json.loads(path.read_text()), json.loads(done.written.read_text())
    assert after["cells"][0].pop("source") == ["x = int(2)\n", "%time y = float(1)"]
    assert after["cells"][1].pop("source") == "next(x)"
    for one in before["cells"]:
        del one["source"]
    assert after == before
    assert [change.line for change in done.changes] == [1, 2, 1]


def test_what_cannot_be_repaired_is_named(tmp_path):
    path = write(
        tmp_path / "old.ipynb",
        "from torchvision import models",
        "print 'python 2",
        "def plot_decision_boundary(model, X, y):\n    x_min = X[:, 0].min() - 1",
        "import h5py\nh5py.File('x')",
        "%%bash\nls",
    )
    left = [(one.cell, one.name) for one in repair_notebook(path).left]
    assert left == [(1, "torchvision"), (2, "not-python"), (3, "rows-as-samples"), (4, "h5py")]


def test_a_copy_that_is_there_is_kept_unless_forced(tmp_path):
    path = write(tmp_path / "old.ipynb", "np.int")
    (tmp_path / "old_fixed.ipynb").write_text("mine")
    with pytest.raises(StorageError, match="--force"):
        repair_notebook(path)
    assert (tmp_path / "old_fixed.ipynb").read_text() == "mine"
    repair_notebook(path, force=True)
    assert sources(tmp_path / "old_fixed.ipynb") == ["int"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"worksheets": []}', '{"cells": [1]}'])
def test_what_is_no_notebook_is_refused(text, tmp_path):
    path = tmp_path / "old.ipynb"
    path.write_text(text)
    with pytest.raises(DataError, match="is not a notebook"):
        repair_notebook(path)
    assert list(tmp_path.iterdir()) == [path]


def test_ipythons_own_lines_do_not_hide_the_python_around_them():
    source = "%matplotlib inline\nfor i in x:\n    !ls\nnp.zeros?\n"
    assert CodeCell(1, source).tree() is not None


def test_a_script_is_repaired_as_a_script(tmp_path):
    path = tmp_path / "old.py"
    path.write_bytes(b"# np.int\r\nx = np.int(2)\r\n%matplotlib inline\r\n")
    done = repair_notebook(path)
    assert done.written == tmp_path / "old_fixed.py"
    assert done.written.read_text() == "# np.int\nx = int(2)\n# %matplotlib inline\n"
    assert [(change.line, change.rule) for change in done.changes] == [
        (2, "numpy-aliases"),
        (3, "ipython-line"),
    ]
    assert not done.left
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="is not UTF-8 text"):
        repair_notebook(tmp_path / "binary.py")
