"""A notebook gives the same in a forked kernel as in a new interpreter."""

from __future__ import annotations

import os

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from .kernels import execute

SOURCES = (
    "import os, sys\nos.getcwd(), sys.path[0], __name__, sys.flags.interactive",
    "import matplotlib\nmatplotlib.get_backend()",
    "import matplotlib.pyplot as plt\nplt.plot([0, 1]);",
    "os.environ['JUPYTER_DATA_DIR'], os.environ.get('MPLBACKEND')",
    "1 / 0",
)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_a_forked_kernel_shows_what_a_new_interpreter_does(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.delenv("MPLBACKEND", raising=False)  # the kernel chooses
    shown = []
    for fresh in (False, True):
        notebook = new_notebook(cells=[new_code_cell(source) for source in SOURCES])
        execute(notebook, tmp_path, fresh=fresh)
        shown.append([cell.outputs for cell in notebook.cells])
    assert shown[0] == shown[1]
    assert all(shown[0][:2])
