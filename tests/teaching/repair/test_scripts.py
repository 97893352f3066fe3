"""What a notebook needs beside it: scripts are repaired with it, helper files are written."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from initlab.errors import InitlabError, StorageError
from initlab.teaching.repair import repair_notebook

from ...cli.running import initlab
from ..notebooks import sources, write

MAIN = "import first\nfrom second import SECOND as s\nprint(first.value() + s)\n"
FIRST = "import second, third\n\ndef value():\n    print 'first'\n    return second.SECOND\n"
SECOND = "import numpy as np\nSECOND = np.product([2, 3])\n"
THIRD = "THIRD = 3\n"


@pytest.fixture
def scripts(tmp_path):
    for name, text in (("main", MAIN), ("first", FIRST), ("second", SECOND), ("third", THIRD)):
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


def test_scripts_that_import_each_other_are_repaired_together(scripts):
    done = repair_notebook(scripts / "main.py")
    assert {one.written.name for one in done.scripts} == {"first_fixed.py", "second_fixed.py"}
    assert done.written.read_text() == (
        "import first_fixed as first\nfrom second_fixed import SECOND as s\n"
        "print(first.value() + s)\n"
    )
    assert (scripts / "first_fixed.py").read_text() == (
        "import second_fixed as second, third\n\ndef value():\n    print('first')\n"
        "    return second.SECOND\n"
    )
    assert (scripts / "second.py").read_text() == SECOND
    ran = subprocess.run(
        [sys.executable, done.written.name], cwd=scripts, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "first\n12\n"


def test_a_script_that_only_imports_a_repaired_one_gets_a_copy_too(tmp_path):
    (tmp_path / "a.py").write_text("import b\n")
    (tmp_path / "b.py").write_text("import c\n")
    (tmp_path / "c.py").write_text("import numpy as np\nx = np.Inf\n")
    done = repair_notebook(tmp_path / "a.py")
    assert done.written.read_text() == "import b_fixed as b\n"
    assert (tmp_path / "b_fixed.py").read_text() == "import c_fixed as c\n"


def test_a_notebook_and_the_script_it_imports(tmp_path):
    (tmp_path / "mine.py").write_text("import numpy as np\ny = np.float(3)\n")
    path = write(tmp_path / "old.ipynb", "%matplotlib inline\nfrom mine import y")
    done = initlab("dropin", "--fix", path.name, cwd=tmp_path)
    script = tmp_path / "mine_fixed.py"
    assert f"repaired copy of an imported script: {script}\nline 2: numpy-aliases." in done.stdout
    assert sources(tmp_path / "old_fixed.ipynb") == ["%matplotlib inline\nfrom mine_fixed import y"]
    again = initlab("dropin", "--fix", path.name, "--force", "--json", cwd=tmp_path)
    facts = json.loads(again.stdout)
    assert [one["changes"][0]["rule"] for one in facts["scripts"]] == ["numpy-aliases"]
    assert facts["helpers"] == []


def test_scripts_that_need_nothing_have_no_copy(tmp_path):
    (tmp_path / "mine.py").write_text("y = 3\n")
    done = repair_notebook(write(tmp_path / "old.ipynb", "import mine"))
    assert done.scripts == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "mine.py", "old.ipynb", "old_fixed.ipynb",
    ]  # fmt: skip


def test_nothing_is_written_where_the_copy_of_a_script_is_in_the_way(scripts):
    (scripts / "second_fixed.py").write_text("mine")
    with pytest.raises(StorageError, match=r"second_fixed\.py exists already"):
        repair_notebook(scripts / "main.py")
    assert not (scripts / "main_fixed.py").exists()


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("from week5.init_utils import *", ["init_utils.py"]),
        ("import helper\nhelper.hist_dist('a', v)", ["helpers.py"]),
        ("import init_utils, numpy\nfrom public_tests import *",
         ["init_utils.py", "public_tests.py"]),
        ("!python tests/test_initialization.py", ["tests/test_initialization.py"]),
        ("from common.DataLoader_7 import *", ["common/DataLoader_7.py"]),
        ("import numpy", []),
    ],
)  # fmt: skip
def test_the_helper_files_that_a_notebook_needs_are_written(source, written, tmp_path):
    done = repair_notebook(write(tmp_path / "old.ipynb", source))
    assert [path.relative_to(tmp_path).as_posix() for path in done.helpers] == written
    assert all(path.is_file() for path in done.helpers)
    assert repair_notebook(tmp_path / "old.ipynb", force=True).helpers == []


def test_a_helper_file_of_ones_own_stays(tmp_path):
    (tmp_path / "init_utils.py").write_text("mine = 1\n")
    done = repair_notebook(write(tmp_path / "old.ipynb", "import init_utils"))
    assert done.helpers == []
    assert (tmp_path / "init_utils.py").read_text() == "mine = 1\n"


def test_without_the_extra_one_sentence_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "libcst", None)
    with pytest.raises(InitlabError, match=r"pip install 'initlab\[repair\]'"):
        repair_notebook(write(tmp_path / "old.ipynb", "np.int"))
    assert [path.name for path in tmp_path.iterdir()] == ["old.ipynb"]


@pytest.mark.parametrize(
    "source",
    [
        "print([abs(long) for lat, long in points])", "with open(p) as unicode:\n    f(unicode)",
        "long: int = 3\nf(long)",
    ],
)  # fmt: skip
def test_a_name_of_ones_own_is_no_name_of_python_2(source, tmp_path):
    done = repair_notebook(write(tmp_path / "old.ipynb", source))
    assert done.changes == []
