"""Lessons in a real Jupyter kernel."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from initlab.teaching.lessons.folder import start_lesson

from ..kernels import execute

FIGURES = """
from matplotlib.figure import Figure
from initlab.teaching.lessons import open_lesson
lesson = open_lesson("circles")
def plain():
    figure = Figure()
    figure.add_subplot().set_title("step 1")
    return figure
"""


def run(notebook, folder):
    """Run a notebook in a kernel, to its end; errors are outputs."""
    execute(notebook, folder)
    return notebook.cells


def pictures(cell):
    return sum("image/png" in output.get("data", {}) for output in cell.outputs)


def errors(cells):
    return {
        cell.metadata.nbgrader.grade_id if "nbgrader" in cell.metadata else cell.id: output.ename
        for cell in cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "error"
    }


def test_a_figure_is_shown_exactly_once_whatever_made_it(tmp_path):
    sources = [
        FIGURES,
        "lesson.show(plain())",
        "for _ in range(2): lesson.show(plain())\nx = 1",
        "import matplotlib.pyplot as plt\nlesson.show(plain())",
        "figure, axes = plt.subplots()\nlesson.show(figure)",
    ]
    cells = run(new_notebook(cells=[new_code_cell(source) for source in sources]), tmp_path)
    assert errors(cells) == {}
    assert [pictures(cell) for cell in cells] == [0, 1, 2, 1, 1]
    assert [len(cell.outputs) for cell in cells] == [0, 1, 2, 1, 1]


def test_a_legend_wider_than_its_figure_is_shown_whole(tmp_path):
    wide = (
        "figure = plain()\n"
        "figure.axes[0].plot([0], [0], label='long ' * 40)\n"
        "figure.legend(loc='outside lower center')\n"
        "lesson.show(figure)"
    )
    sources = (FIGURES, "lesson.show(plain())", wide)
    _, narrow, cell = run(new_notebook(cells=[new_code_cell(s) for s in sources]), tmp_path)
    (before, after) = (c.outputs[0]["metadata"]["image/png"]["width"] for c in (narrow, cell))
    assert before < 6.4 * 96 + 20  # inches of the figure
    assert after > 2 * before


FEWER_SEEDS = {"seeds=50,": "seeds=4,", "[:50], many.cells[50:100]": "[:4], many.cells[4:8]",
               "seeds=10,": "seeds=2,"}  # fmt: skip


@pytest.fixture
def circles(tmp_path):
    """The lesson with fewer seeds: test_lessons.py runs all of them, without a kernel."""

    def started(**options):
        path, _, _ = start_lesson("circles", tmp_path, **options)
        text = path.read_text(encoding="utf-8")
        for many, few in FEWER_SEEDS.items():
            assert text.count(many) == 1
            text = text.replace(many, few)
        return nbformat.reads(text, as_version=4)

    return started


def test_the_teachers_version_passes_all_its_checks(circles, tmp_path):
    cells = run(circles(teacher=True, language="ru"), tmp_path)
    assert errors(cells) == {}
    assert sum(map(pictures, (cell for cell in cells if cell.cell_type == "code"))) >= 3


def test_the_students_version_stops_at_every_check(circles, tmp_path):
    cells = run(circles(), tmp_path)
    checks = {f"{name}_check" for name in ("zeros", "random", "he")}
    stopped = errors(cells)
    assert {name for name in stopped if name.endswith("_check")} == checks
    assert {stopped[name] for name in checks} <= {"AssertionError", "NotImplementedError"}
