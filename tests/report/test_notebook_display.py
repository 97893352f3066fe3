"""In a real kernel: a summary, a figure and a trace each show once, as the value of their cell."""

from __future__ import annotations

import nbformat
import pytest

from ..teaching.kernels import execute

CELLS = {
    "summary": ("result.summary()", "text/html"),
    "comparison": ("result", "text/html"),
    "figure": ('result.figure("loss_curves")', "image/png"),
    "trace": (
        'initlab.trace([1, 2, 1], initlab.draw_network("zeros", [1, 2, 1], seed=0), '
        "([0.5], [0.2]), steps=1)",
        "image/svg+xml",
    ),
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    first = (
        "import initlab\n"
        'result = initlab.compare("circles", inits=["zeros"], seeds=[3], steps=20, progress=False)'
    )
    sources = [first, *(source for source, _ in CELLS.values())]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    execute(notebook, tmp_path_factory.mktemp("notebook"))
    return dict(zip(CELLS, (cell.outputs for cell in notebook.cells[1:]), strict=True))


@pytest.mark.parametrize("name", CELLS)
def test_each_shows_once_and_not_as_bare_text(name, outputs):
    (output,) = outputs[name]
    assert output.output_type in ("execute_result", "display_data")
    assert CELLS[name][1] in output.data
    assert output.data.get("text/plain", "?").strip()
