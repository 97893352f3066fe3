"""Print statements and xrange become calls; cells of Python 3 stay as they are."""

from __future__ import annotations

import pytest

from initlab.teaching.repair.repairing import repair_notebook

from ..notebooks import sources, write

PRINTED = [
    ('print "W1 = " + str(w)', 'print("W1 = " + str(w))'),
    ("print x, y  # both", "print(x, y)  # both"),
    ("if x: print 'a'; print 'b'", "if x: print('a'); print('b')"),
    ("for i in x:\n    print i,", "for i in x:\n    print(i, end=' ')"),
    ("print '%d (%s' % (1,\n    2)", "print('%d (%s' % (1,\n    2))"),
    ('print """two\nlines"""', 'print("""two\nlines""")'),
    ("print 1\nprint('print 2')\nprint", "print(1)\nprint('print 2')\nprint"),
]


@pytest.mark.parametrize(("before", "after"), PRINTED)
def test_a_print_statement_becomes_a_call(before, after, tmp_path):
    done = repair_notebook(write(tmp_path / "old.ipynb", before))
    assert sources(done.written) == [after]
    assert {change.rule for change in done.changes} == {"print-statement"}
    assert not done.left


PYTHON_3 = ["print (1), 2", "s = 'print 1'", "print(1)", "# print 1", "x = range(3)", "print",
            "xrange = range\nxrange(3)", "printed = 1", "r.xrange(2)",
            "%%perl\nprint 1;"]  # fmt: skip


@pytest.mark.parametrize("source", PYTHON_3)
def test_python_3_stays(source, tmp_path):
    assert repair_notebook(write(tmp_path / "old.ipynb", source)).changes == []


def test_what_is_no_python_2_either_is_named(tmp_path):
    done = repair_notebook(write(tmp_path / "old.ipynb", "print 1 2"))
    assert done.changes == []
    assert [left.name for left in done.left] == ["not-python"]


def test_xrange_becomes_range(tmp_path):
    done = repair_notebook(write(tmp_path / "old.ipynb", "for i in xrange(3): pass  # xrange(3)"))
    assert sources(done.written) == ["for i in range(3): pass  # xrange(3)"]


def test_what_is_caught_gets_its_name_by_as(tmp_path):
    before = "try:\n    f()\nexcept (A, b.B), error:  # A, B\n    print error"
    done = repair_notebook(write(tmp_path / "old.ipynb", before))
    assert sources(done.written) == [
        "try:\n    f()\nexcept (A, b.B) as error:  # A, B\n    print(error)"
    ]
    assert [change.rule for change in done.changes] == ["except-comma", "print-statement"]
    assert not done.left
