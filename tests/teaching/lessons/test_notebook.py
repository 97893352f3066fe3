"""Lessons as notebooks, for students and teachers."""

from __future__ import annotations

import nbformat
import pytest

from initlab.errors import ArgumentError
from initlab.teaching.lessons import notebook as building
from initlab.teaching.lessons.blanking import BEGIN_HIDDEN, without_solution
from initlab.teaching.lessons.notebook import build
from initlab.teaching.lessons.source import LESSONS, read_lesson
from initlab.translation import LANGUAGES
from tests.teaching.lessons.making import small_lesson


def sources(built, kind="code"):
    return [cell.source for cell in built.notebook.cells if cell.cell_type == kind]


def test_students_see_neither_solutions_nor_answers_nor_hidden_tests():
    student = build(small_lesson())
    text = "\n".join(sources(student) + sources(student, "markdown"))
    for secret in ("np.zeros(", "np.sqrt", "Because", "SOLUTION", "HIDDEN", "subprocess"):
        assert secret not in text
    assert text.count("raise NotImplementedError()") == 2
    assert "def initialize_parameters_zeros(layers_dims):" in text
    assert 'initlab.check("he", initialize_parameters_he).require()' in text
    assert sources(student, "markdown")[-1] == "Your answer here."


def test_a_blanked_solution_keeps_its_place_and_its_indentation():
    code = "for k in x:\n    ### BEGIN SOLUTION\n    y = 1\n    ### END SOLUTION\n    z = 2"
    assert without_solution(code) == (
        "for k in x:\n    # YOUR CODE HERE\n    raise NotImplementedError()\n    z = 2"
    )


def test_teachers_have_everything():
    text = "\n".join(sources(build(small_lesson(), teacher=True)))
    assert "np.sqrt(2 / layers_dims[k - 1])" in text
    assert text.count("### BEGIN SOLUTION") == 2
    assert text.count("### BEGIN HIDDEN TESTS") == 2
    assert '"check", "he", "circles.ipynb"' in text
    assert sources(build(small_lesson(), teacher=True), "markdown")[-1] == "Because."


def test_metadata_says_to_nbgrader_what_each_cell_is():
    cells = build(small_lesson()).notebook.cells
    facts = [cell.metadata.get("nbgrader") for cell in cells]
    assert [fact and fact["grade_id"] for fact in facts] == [
        None, None, "zeros_solution", "zeros_check", "he_solution", "he_check", None, "why_answer",
    ]  # fmt: skip
    flags = [(f["grade"], f["solution"], f["locked"], f.get("points")) for f in facts if f]
    solution, check = (False, True, False, None), (True, False, True)
    assert flags == [solution, (*check, 2), solution, (*check, 3), (True, True, False, 4)]


@pytest.mark.parametrize("teacher", [False, True])
@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_is_a_valid_notebook_for_jupyter_and_nbgrader(name, teacher):
    from nbgrader.nbgraderformat import MetadataValidator  # late: a second of every worker

    notebook = build(read_lesson(name), teacher=teacher).notebook
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


@pytest.mark.parametrize("name", LESSONS)
def test_code_and_cell_ids_are_the_same_in_all_languages(name):
    lesson = read_lesson(name)
    versions = [build(lesson, language=language) for language in LANGUAGES]
    assert len({tuple(sources(version)) for version in versions}) == 1
    assert len({tuple(c.id for c in version.notebook.cells) for version in versions}) == 1
    teacher = build(lesson, teacher=True)
    assert [c.id for c in teacher.notebook.cells] == [c.id for c in versions[0].notebook.cells]
    assert [
        without_solution(code).partition(f"\n{BEGIN_HIDDEN}")[0] for code in sources(teacher)
    ] == sources(versions[0])


def test_prose_is_translated_cell_by_cell_and_what_is_missing_is_counted(monkeypatch):
    known = {"Why?": "Почему?", "Your answer here.": "Ваш ответ."}
    monkeypatch.setattr(building, "translations", lambda language: known)
    built = build(small_lesson(), language="ru")
    assert sources(built, "markdown")[1:] == ["Почему?", "Ваш ответ."]
    assert sources(built, "markdown")[0].startswith("# Two initializations")
    assert (built.untranslated, built.prose) == (2, 3)


def test_an_unknown_language_is_refused():
    with pytest.raises(ArgumentError, match="language must be one of"):
        build(small_lesson(), language="de")
