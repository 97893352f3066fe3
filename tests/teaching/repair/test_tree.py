"""Every node is found at its place in the cell; edits touch nothing else."""

from __future__ import annotations

import libcst as cst
import pytest

from initlab.teaching.repair import repair_notebook
from initlab.teaching.repair.tree import Edit, edited, outermost, parsed

from ..notebooks import sources, write

CELLS = [
    "x = f(y)",
    "%matplotlib inline\nimport numpy as np  # ä\nz = 'ü', np.pi\n",
    "if a:\n    !ls {b}\n    c = d\n",
    "files = !ls\nw = files[0]",
    "%time e = g(h)\n%timeit -n 3 i\nj?\nk",
    "%%time\nl = 1\nm",
    "!pip install a \\\n    b\nn = '''\n%no magic\n'''; o",
    "def p(q,\n      r = 3):\n\treturn (q\n            + r)\r\ns",
]


@pytest.mark.parametrize("source", CELLS)
def test_every_name_is_at_its_place(source):
    tree = parsed(source)
    names = list(tree.all(cst.Name))
    assert names
    assert [tree.text(name) for name in names] == [name.value for name in names]
    starts = [tree.span(name)[0] for name in names]
    assert starts == sorted(starts)


@pytest.mark.parametrize("source", ["%%bash\nls x", "print 'old'", "def f(:"])
def test_what_is_no_python_has_no_names(source):
    tree = parsed(source)
    assert tree is None or not list(tree.all(cst.Name))


def test_of_edits_in_one_another_the_outer_one_counts():
    edits = [Edit(1, 2, "XXX"), Edit(0, 3, "Y"), Edit(4, 5, "Z"), Edit(5, 5, "i")]
    assert outermost(edits) == [Edit(0, 3, "Y"), Edit(4, 5, "Z"), Edit(5, 5, "i")]
    assert edited("abcdef", outermost(edits)) == "YdZif"


def test_repairs_in_one_another_are_all_made(tmp_path):
    before = "np.asscalar(f(np.asscalar(x), np.int(np.asscalar(y))))"
    done = repair_notebook(write(tmp_path / "old.ipynb", before))
    assert sources(done.written) == [
        "np.asarray(f(np.asarray(x).item(), int(np.asarray(y).item()))).item()"
    ]


def test_what_is_not_old_stays_byte_for_byte(tmp_path):
    before = (
        "%pylab inline\n\n\nx  =  np.zeros( (3,4) ,dtype = np.int )   # np.int ü\n"
        "y=[ 1,2 ,\n   3,]   ;z = 'np.int'\nif x is   y :\n\tprint ( z )\n"
    )
    done = repair_notebook(write(tmp_path / "old.ipynb", before))
    assert sources(done.written) == [before.replace("= np.int ", "= int ")]
