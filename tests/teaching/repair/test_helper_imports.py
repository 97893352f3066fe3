"""Imports of helper files under other names and in folders find the drop-ins."""

from __future__ import annotations

import pytest

from initlab.teaching.repair import repair_notebook

from ..notebooks import sources, write

FOUND = [
    ("helper-folder", "from utils import init_utils  # one", "import init_utils  # one"),
    ("helper-folder", "from a.b import init_utils as iu", "import init_utils as iu"),
    ("helper-folder", "from week5.init_utils import *", "from init_utils import *"),
    ("helper-folder", "from .public_tests import *", "from public_tests import *"),
    ("helper-folder", "import a.init_utils as iu", "import init_utils as iu"),
    ("helper-name", "import helper\nhelper.hist_dist('a', v)",
     "import helpers as helper\nhelper.hist_dist('a', v)"),
    ("helper-name", "import helper as h\nh.hist_dist('a', v)",
     "import helpers as h\nh.hist_dist('a', v)"),
    ("helper-name", "from helper import *\ncompare_init_weights(m, 't', a, b)",
     "from helpers import *\ncompare_init_weights(m, 't', a, b)"),
    ("unneeded-imports", "from testCases import *", "# from testCases import *"),
    ("unneeded-imports", "from reg_utils import load_2D_dataset  # two",
     "# from reg_utils import load_2D_dataset  # two"),
    ("unneeded-imports", "from planar_utils import sigmoid as s, load_planar_dataset\ns(0)",
     "from init_utils import sigmoid as s\ns(0)"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "before", "after"), FOUND)
def test_an_import_finds_the_drop_in(rule, before, after, tmp_path):
    done = repair_notebook(write(tmp_path / "old.ipynb", before))
    assert sources(done.written) == [after]
    assert [change.rule for change in done.changes] == [rule]
    assert not done.left
    unneeded = ["; the code of this notebook uses none of" in one.why for one in done.changes]
    assert unneeded == [after.startswith("#")]
    assert repair_notebook(done.written).changes == []


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("from testCases import *\nx = forward_propagation_test_case()", "other-helpers"),
        ("from reg_utils import load_2D_dataset\nload_2D_dataset()", "other-helpers"),
        ("from opt_utils import *", "other-helpers"),
        ("import tensorflow as tf\nimport helper\nhelper.hist_dist('a', tf.ones(3))", "tensorflow"),
        ("import helper\nhelper.view_classify(a, b)", "missing-module"),
    ],
)
def test_what_the_drop_ins_do_not_have_is_named(source, named, tmp_path):
    done = repair_notebook(write(tmp_path / "old.ipynb", source))
    assert done.changes == []
    assert named in [left.name for left in done.left]


def test_a_helper_file_that_lies_beside_the_notebook_is_used(tmp_path):
    (tmp_path / "planar_utils.py").write_text("")
    source = "from planar_utils import sigmoid\nsigmoid(0)\nimport planar_utils"
    assert repair_notebook(write(tmp_path / "old.ipynb", source)).changes == []


def test_a_package_that_is_missing_is_named_where_it_is_used_and_set_aside_where_not(tmp_path):
    (tmp_path / "mine.py").write_text("")
    path = write(
        tmp_path / "old.ipynb",
        "import absent_one as one\nimport absent_two\nimport mine, json, numpy",
        "one.f()\ntry:\n    import absent_three\n    import absent_five as five\n"
        "except ImportError:\n    five = None",
        "from absent_four import f, g\nfrom init_utils import relu\ng()",
    )
    done = repair_notebook(path)
    assert [(change.cell, change.line, change.after) for change in done.changes] == [
        (1, 2, "# import absent_two"),
        (2, 3, "pass  # import absent_three"),
    ]
    assert [(one.cell, one.name, one.why.split()[5]) for one in done.left] == [
        (1, "missing-module", "absent_one,"),
        (3, "missing-module", "absent_four,"),
    ]


@pytest.mark.parametrize(
    "source",
    ["from initlab.course.coursera.public_tests import PASSED", "from mine.init_utils import relu"],
)
def test_an_import_from_where_the_file_lies_stays(source, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "init_utils.py").write_text("")
    assert repair_notebook(write(tmp_path / "old.ipynb", source)).changes == []
