"""An answer that passes in a notebook passes from its file too, however its module is written."""

from __future__ import annotations

import sys

import pytest

import initlab
from initlab.errors import DataError
from initlab.teaching.exercises.sandbox.file_check import check_file
from initlab.teaching.exercises.sandbox.submission import read_submission
from tests.teaching.notebooks import write

ANSWER = """
def default_start(in_features):
    return {one} * in_features**-0.5, {one} * (3 * in_features) ** -0.5
"""
HELPERS = {
    "tools.py": "from more import ONE\nfrom parts.one import other\n",
    "more.py": "# coding: latin-1\nONE = 1  # \xfc",
    "parts/__init__.py": "",
    "parts/one.py": "from . import two\nother = two.ONE\n",
    "parts/two.py": "ONE = 1",
    "loose/three.py": "ONE = 1",
    "unused.py": "raise SystemExit",
    "cycler.py": "ONE = 1",  # a name that is installed, too
    "scipy/notes.txt": "no package",
    "math.py": "raise SystemExit",
}
# what makes a one -> how the answer spells it
FORMS = {
    "computed": ("import numpy as np\nONE = np.sqrt(1)", "ONE"),
    "annotated": ("ONE: float = 1.0", "ONE"),
    "annotated and computed": ("import math\nONE: float = math.sqrt(1)", "ONE"),
    "augmented": ("ONE = 0.5\nONE += 0.5", "ONE"),
    "unpacked": ("(ZERO, ONE), *rest = (0, 1), 3", "ONE"),
    "in a chain": ("A = ONE = 1", "ONE"),
    "by a walrus": ("A = (ONE := 1) + 1", "ONE"),
    "by the one before": ("ZERO = 0\nONE = ZERO + 1", "ONE"),
    "by a comprehension": ("ONES = {n: n for n in range(3)}", "ONES[1]"),
    "two on one line": ("ZERO = 0; ONE = 1", "ONE"),
    "a lambda": ("one = lambda: 1", "one()"),
    "an alias": ("import numpy as np\nroot = np.sqrt", "root(1)"),
    "an alias of a helper": ("def helper():\n    return 1\none = helper", "one()"),
    "partial": ("from functools import partial\none = partial(max, 0)", "one(1)"),
    "itemgetter": ("from operator import itemgetter\none = itemgetter(1)", "one([0, 1])"),
    "guarded import": ("try:\n    import not_there\nexcept ImportError:\n    not_there = None",
                       "(not_there is None)"),
    "guarded import with a flag": (
        "try:\n    import not_there\n    ONE = 2\nexcept ImportError as error:\n    ONE = 1\n"
        "else:\n    ONE = 3", "ONE"),
    "if": ("import sys\nif sys.version_info > (3,):\n    ONE = 1\nelse:\n    ONE = 2", "ONE"),
    "if around a definition": ("if True:\n    def one():\n        return 1", "one()"),
    "with": ("import numpy as np\nwith np.errstate(all='ignore'):\n    ONE = np.exp(0)", "ONE"),
    "match": ("match 3:\n    case n:\n        ONE = n - 2", "ONE"),
    "of a class": ("class Gain:\n    ONE = 1\n    @staticmethod\n    def one():\n        return 1",
                   "Gain.ONE * Gain.one()"),
    "dataclass": ("from dataclasses import dataclass\n@dataclass\nclass Gain:\n    one: int = 1",
                  "Gain().one"),
    "enum": ("import enum\nclass Gain(enum.IntEnum):\n    ONE = 1", "Gain.ONE"),
    "namedtuple": ("from collections import namedtuple\nGain = namedtuple('Gain', 'one')",
                   "Gain(1).one"),
    "star import": ("from math import *", "cos(0)"),
    "import as": ("import math as m, os.path as p", "m.cos(0)"),
    "nested helpers": ("def a():\n    return b()\ndef b():\n    return ONE\nONE = 1", "a()"),
    "closure": ("def make(n):\n    def inner():\n        return n\n    return inner\none = make(1)",
                "one()"),
    "loop": ("ONES = []\nfor k in range(3):\n    ONES.append(k)", "ONES[1]"),
    "loop variable": ("for ONE in range(2):\n    pass", "ONE"),
    "while": ("ONE = 5\nwhile ONE > 1:\n    ONE -= 1", "ONE"),
    "append": ("ONES = []\nONES.append(1)", "ONES[0]"),
    "subscript": ("ONES = {}\nONES['a'] = 1", "ONES['a']"),
    "attribute": ("class A:\n    pass\na = A()\na.b = A()\na.b.one = 1", "a.b.one"),
    "attribute of the answer's helper": ("def f():\n    return f.one\nf.one = 1", "f()"),
    "global": ("def prepare():\n    global ONE\n    ONE = 1\nprepare()", "ONE"),
    "deleted": ("from math import cos as abs\ndel abs", "abs(1)"),
    "by its name": ("ONE = 1", "globals()['ONE']"),
    "in a text": ("ONE = 1", "eval('ONE + 0')"),
    "built in": ("", "max(0, 1)"),
    "helper file": ("import tools", "tools.ONE"),
    "name of a helper file": ("from tools import ONE as EINS", "EINS"),
    "helper's helper in a package": ("from tools import other", "other"),
    "helper of an installed name": ("from cycler import ONE", "ONE"),
    "folder of an installed name": ("from scipy import special", "special.ndtr(0) * 2"),
    "package": ("import parts.two", "parts.two.ONE"),
    "folder of modules": ("from loose import three", "three.ONE"),
    "unused broken import": ("import unused_and_not_there", "1"),
}  # fmt: skip
NOTEBOOKS_ONLY = {
    "if main": ("if __name__ == '__main__':\n    ONE = 1", "ONE"),
    "display": ("def one():\n    display('1')\n    return 1", "one()"),
    "error before it in the cell": ("THREE = 3 / 0\nONE = 1", "ONE"),
}
BESIDE = ["%matplotlib inline\n!rm -rf /", "while True:\n    costs = 1", "raise SystemExit",
          "costs = [k for k in iter(int, 1)]", "import initlab\ninitlab.check('he', default_start)",
          "%%bash\nls", "plt.plot(costs)", "files = !ls", "def broken(:"]  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the helpers, from which a notebook's kernel imports too."""
    for name, text in HELPERS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="latin-1")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "cycler", raising=False)
    loaded = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - loaded:
        if name.partition(".")[0] in ("tools", "more", "parts", "loose", "cycler"):
            del sys.modules[name]


def in_a_kernel(*cells):
    """Run cells as Jupyter's kernel does, an error ending its cell; return the names."""
    space = {"__name__": "__main__", "display": print}
    for cell in cells:
        exec(compile(cell, "cell", "exec", dont_inherit=True), space)
    return space


@pytest.mark.parametrize("form", FORMS)
def test_an_answer_passes_in_a_kernel_from_a_file_and_from_a_notebook(form, folder):
    before, one = FORMS[form]
    answer = ANSWER.format(one=one)
    if form != "unused broken import":
        initlab.check("default_start", in_a_kernel(before, answer)["default_start"]).require()
        (folder / "a.py").write_text(before + "\n" + answer)
        assert check_file("default_start", folder / "a.py").verdict.require()
    write(folder / "a.ipynb", *BESIDE, before, *BESIDE, answer, *BESIDE)
    assert check_file("default_start", folder / "a.ipynb").verdict.require()


@pytest.mark.parametrize("form", NOTEBOOKS_ONLY)
def test_what_only_a_notebook_has_passes_from_a_notebook(form, folder):
    before, one = NOTEBOOKS_ONLY[form]
    write(folder / "a.ipynb", before, ANSWER.format(one=one))
    assert check_file("default_start", folder / "a.ipynb").verdict.require()


def test_what_is_imported_from_the_future_holds_for_the_cells_that_follow(folder):
    answer = ANSWER.format(one=1).replace("in_features)", "in_features: NotThere)", 1)
    write(folder / "a.ipynb", "from __future__ import annotations", answer)
    assert check_file("default_start", folder / "a.ipynb").verdict.require()
    write(folder / "a.ipynb", answer)
    assert "NotThere" in check_file("default_start", folder / "a.ipynb").verdict.got


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("ONE = !cat one", "The variable 'ONE' is assigned by an IPython command in cell 1; a "
                           "check does not run IPython commands. Assign the variable in Python."),
        ("%run one.py", "None of these statements defines the name 'ONE'."),
        ("ONE = open('one.txt').read()", "An earlier statement failed (FileNotFoundError: "
         "[Errno 2] No such file or directory: 'one.txt', raised at cell 1, line 1: "
         "ONE = open('one.txt').read()). During a check, your code runs in an empty folder"),
        ("for k in range(3):\n    ONE = 1 / k",
         "An earlier statement failed (ZeroDivisionError: division by zero, raised at cell 1, "
         "line 2: ONE = 1 / k). (the loop in cell 1, line 1, was run because your function needs "
         "'ONE', which this loop sets or changes)"),
    ],
)  # fmt: skip
def test_a_name_that_a_notebook_does_not_make_is_explained(before, words, folder):
    write(folder / "a.ipynb", before, ANSWER.format(one="ONE"))
    assert words in check_file("default_start", folder / "a.ipynb").verdict.hint


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (
            "ONES = []\nONES.append(1)",
            "the call in cell 1, line 2, was run because your function needs 'ONES', which this "
            "call sets or changes",
        ),
        (
            "ONES = []\nfor k in 0, 1:\n    ONES = [k]",
            "the loop in cell 1, line 2, was run because your function needs 'ONES', which this "
            "loop sets or changes",
        ),
    ],
)
def test_a_loop_or_call_that_was_run_is_named(before, words, folder):
    write(folder / "a.ipynb", before, "print('not this')", ANSWER.format(one="ONES[0]"))
    result = check_file("default_start", folder / "a.ipynb")
    assert words in result.verdict.require().found
    assert result.output == ""


def test_a_script_that_jupyter_made_of_a_notebook_is_read_as_one(folder):
    script = "#!/bin/python\n# In[1]:\n\n\nget_ipython().run_line_magic('ls', '')\nONE = 1\n"
    path = folder / "a{0}.py"
    path.write_text(script + "\n# In[ ]:\n\nONE.x.y\nwhile True: pass\n" + ANSWER.format(one="ONE"))
    assert check_file("default_start", path).verdict.require()
    path.write_text(script + ANSWER.format(one="1 / 0"))
    assert ", raised at a{0}.py, line 9" in check_file("default_start", path).verdict.got


def test_training_and_figures_that_the_answer_does_not_need_are_not_run(folder):
    cells = [
        "import math, not_there\nimport matplotlib.pyplot as plt\nfor k in iter(int, 1):\n    k",
        "def train(n):\n    while True: pass\ncosts = train(3)\nplt.plot(costs)",
        "def default_start(n):\n    costs = [n**-0.5, (3 * n)**-0.5]  # its own\n"
        "    plt.close()\n    return tuple(costs) + (A,) * 0",
        "for k in range(3):\n    A = k",
    ]
    read = read_submission(write(folder / "a.ipynb", *cells), ["default_start"])
    assert [chunk.source.strip() for chunk in read.chunks] == [
        "import matplotlib.pyplot as plt", *cells[2:],
    ]  # fmt: skip


def test_a_helper_is_named_where_it_fails_and_none_is_taken_from_elsewhere(folder):
    (folder / "tools.py").write_text("def one():\n    return 1 / 0\n")
    path = folder / "a.py"
    path.write_text("import tools" + ANSWER.format(one="tools.one()"))
    got = check_file("default_start", path).verdict.got
    assert "ZeroDivisionError: division by zero, raised at tools.py, line 2: return 1 / 0" in got
    (folder / "tools.py").unlink()
    (folder.parent / "elsewhere.py").write_text("def one():\n    return 1\n")
    (folder / "tools.py").symlink_to(folder.parent / "elsewhere.py")
    assert "No module named 'tools'" in check_file("default_start", path).verdict.hint


def test_too_much_source_beside_the_answer_is_refused(folder):
    (folder / "more.py").write_text("#" * 300_001)
    (folder / "a.py").write_text("import tools" + ANSWER.format(one="1"))
    with pytest.raises(DataError, match="more than 300 kB"):
        check_file("default_start", folder / "a.py")
