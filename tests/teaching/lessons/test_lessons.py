"""Every lesson runs, in every language; its exercises stop until they are solved."""

from __future__ import annotations

import ast
import copy

import pytest

from initlab.teaching.lessons.catalogue import TEMPLATE, translations
from initlab.teaching.lessons.figures import figure_messages, translate_figure
from initlab.teaching.lessons.messages import PREFERS, labels_in
from initlab.teaching.lessons.notebook import build
from initlab.teaching.lessons.running import run_code
from initlab.teaching.lessons.source import LESSONS, read_lesson
from initlab.translation import read_catalogue
from tests.teaching.lessons.fonts import font_with

TRANSLATIONS = ("zh", "ru")


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_runs_from_top_to_bottom_and_all_its_checks_pass(name, shown):
    assert len(shown(name)) >= 3


@pytest.mark.parametrize("name", LESSONS)
def test_the_labels_of_a_lessons_figures_are_those_in_the_template(name, shown):
    kept = {label for label, at in labels_in(read_catalogue(TEMPLATE)).items() if name in at}
    wanted = {message for _, messages in shown(name) for message in messages}
    assert wanted - kept == set()
    if name not in PREFERS:  # else more are kept, for both image sets
        assert kept - wanted == set()


@pytest.mark.parametrize("language", TRANSLATIONS)
@pytest.mark.parametrize("name", LESSONS)
def test_figures_are_drawn_in_the_language(name, language, shown, tmp_path, monkeypatch):
    known = translations(language)
    if language == "zh":
        beyond_latin = {c for text in known.values() for c in text if ord(c) > 0x2E7F}
        font_with(beyond_latin, "Noto Sans CJK SC", tmp_path, monkeypatch)
    for figure, messages in shown(name):
        other = copy.deepcopy(figure)
        other.set_layout_engine("none")  # the places are found: texts are laid out all the same
        translate_figure(other, known)
        changed = {message for message in messages if known[message] != message}
        # which lays out every text: a character without a glyph is a warning, and so an error
        assert figure_messages(other).isdisjoint(changed)


def imports_before(cells, place):
    """Every import that stands in a code cell above."""
    above = (cell.text for cell in cells[:place] if cell.kind == "code")
    lines = (node for text in above for node in ast.parse(text).body)
    return "\n".join(ast.unparse(n) for n in lines if isinstance(n, (ast.Import, ast.ImportFrom)))


@pytest.mark.parametrize("name", LESSONS)
def test_the_students_checks_fail_until_the_exercises_are_solved(name):
    lesson = read_lesson(name)
    student = build(lesson).notebook.cells
    for place, cell in enumerate(lesson.cells):
        if cell.role != "check":
            continue
        solved = lesson.cells[place - 1].text
        unsolved, check = student[place - 1].source, student[place].source
        imports = imports_before(lesson.cells, place - 1)
        with pytest.raises((AssertionError, NotImplementedError), match=r"NotImplementedError|^$"):
            run_code([imports, unsolved, check], lambda figure: None)
        run_code([imports, solved, check], lambda figure: None)
