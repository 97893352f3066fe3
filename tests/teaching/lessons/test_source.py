"""A lesson's source, read."""

from __future__ import annotations

import pytest

from initlab.errors import ArgumentError, DataError
from initlab.teaching.exercises import EXERCISES
from initlab.teaching.lessons.source import LESSONS, SOURCES, parse_cells, read_lesson
from tests.teaching.lessons.making import small_lesson

OPENING = """\
import initlab
from initlab.teaching.lessons import open_lesson

lesson = open_lesson("{}")"""


def test_cells_carry_their_roles_names_and_points():
    cells = small_lesson().cells
    assert [cell.name for cell in cells] == [
        "", "", "zeros_solution", "zeros_check", "he_solution", "he_check", "why_question",
        "why_answer",
    ]  # fmt: skip
    assert [cell.points for cell in cells] == [0, 0, 0, 2, 0, 3, 0, 4]
    assert cells[0].kind == "markdown"
    assert cells[0].text.startswith("# Two initializations\n\nA lesson with `code`, $W=0$")


def test_title_and_exercises_are_read_from_the_cells():
    lesson = small_lesson()
    assert lesson.title == "Two initializations"
    assert lesson.exercises == ("zeros", "he")


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ('# %% exercise="he" role="answer"\n1', "solution or check"),
        ('# %% role="solution"\n1', "id of its exercise"),
        ('# %% [markdown] question="why" role="check"\n# a', "question or answer"),
        ('# %% exercise="he" role="check"\n1', "directly after the cell he_solution"),
        ('# %% exercise="he" role="solution"\n1\n# %%\n2\n# %% exercise="he" role="check"\n3',
         "directly after the cell he_solution"),
        ('# %% exercise="he" role="solution"\n1\n# %% exercise="he" role="solution"\n2',
         "use each name only once"),
    ],
)  # fmt: skip
def test_a_role_out_of_place_is_refused(cells, words):
    with pytest.raises(DataError, match=words):
        parse_cells(cells, where="x")


def test_an_unknown_lesson_is_refused_by_name():
    with pytest.raises(ArgumentError, match="circles"):
        read_lesson("circle")


def test_the_table_names_every_source_there_is():
    assert {path.stem for path in SOURCES.glob("*.py")} == set(LESSONS)


@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_has_the_fixed_form(name):
    lesson = read_lesson(name)
    assert next(cell.text for cell in lesson.cells if cell.kind == "code") == OPENING.format(name)
    assert lesson.cells[0].text.startswith("# ")
    assert set(lesson.exercises) <= set(EXERCISES)
    for cell in lesson.cells:
        if cell.role == "solution":
            assert cell.text.count("### BEGIN SOLUTION") == cell.text.count("### END SOLUTION") >= 1
        elif cell.kind == "code":
            assert "SOLUTION" not in cell.text
    answered = [cell.about for cell in lesson.cells if cell.role == "answer"]
    assert answered == [cell.about for cell in lesson.cells if cell.role == "question"]


def test_every_exercise_is_asked_in_some_lesson():
    asked = {exercise for name in LESSONS for exercise in read_lesson(name).exercises}
    assert asked == set(EXERCISES)
