"""Lesson, language, reader -> a Jupyter notebook, with the cell metadata that nbgrader reads."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from initlab.teaching.lessons.blanking import BEGIN_HIDDEN, END_HIDDEN, without_solution
from initlab.teaching.lessons.catalogue import translations
from initlab.teaching.lessons.extra import load_extra
from initlab.teaching.lessons.source import LessonCell, LessonSource
from initlab.teaching.lessons.wording import ANSWER_HERE
from initlab.translation import LANGUAGES, SOURCE_LANGUAGE
from initlab.validation import one_of

SCHEMA = 3  # of nbgrader's cell metadata
# The check that a submission cannot answer itself: nbgrader puts these lines back to grade. They
# judge the notebook's file in the shell's sandbox; -P, so that no file beside it is imported.
HIDDEN_TEST = f"""
{BEGIN_HIDDEN}
import subprocess, sys
command = [sys.executable, "-P", "-m", "initlab", "check", "%s", "%s.ipynb"]
judged = subprocess.run(command, capture_output=True, text=True)
assert judged.returncode == 0, judged.stdout + judged.stderr
{END_HIDDEN}"""


@dataclass(frozen=True)
class Built:
    """A notebook that was built.

    Attributes:
        notebook: in nbformat's form.
        untranslated: cells of prose that stay English, because the catalogue has no translation
            of their present text.
        prose: cells of prose.
    """

    notebook: Any
    untranslated: int
    prose: int


def build(lesson: LessonSource, *, language: str = SOURCE_LANGUAGE, teacher: bool = False) -> Built:
    """Build the notebook of a lesson.

    Students get exercises to solve; teachers get the solutions too, between the marks by which
    nbgrader makes the same student's version, and a hidden test after each check.

    Args:
        lesson: what :func:`initlab.teaching.lessons.source.read_lesson` returns.
        language: "en", "zh" or "ru", for the prose; code is the same in all.
        teacher: keep solutions and model answers.

    Raises:
        ArgumentError: the language is none of these.
        InitlabError: a package that lessons need is not installed.
    """
    one_of("language", language, tuple(LANGUAGES))
    formats = load_extra("nbformat.v4")
    known = translations(language)
    prose = [cell.text for cell in lesson.cells if cell.kind == "markdown"]
    untranslated = 0 if language == SOURCE_LANGUAGE else sum(text not in known for text in prose)
    cells = []
    for cell, identifier in zip(lesson.cells, _identifiers(lesson), strict=True):
        make = formats.new_code_cell if cell.kind == "code" else formats.new_markdown_cell
        text = _text(cell, lesson, known, teacher=teacher)
        cells.append(make(text, id=identifier, metadata=_metadata(cell)))
    notebook = formats.new_notebook(cells=cells, metadata={
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    })  # fmt: skip
    return Built(notebook, untranslated, len(prose))


def _text(cell: LessonCell, lesson: LessonSource, known: Any, *, teacher: bool) -> str:
    if cell.kind == "markdown":
        text = ANSWER_HERE if cell.role == "answer" and not teacher else cell.text
        return str(known.get(text, text))
    if cell.role == "solution" and not teacher:
        return without_solution(cell.text)
    if cell.role == "check" and teacher:
        return cell.text + HIDDEN_TEST % (cell.about, lesson.id)
    return cell.text


def _metadata(cell: LessonCell) -> dict[str, Any]:
    if cell.role not in ("solution", "check", "answer"):
        return {}
    graded = cell.role != "solution"
    facts: dict[str, Any] = {
        "grade": graded,
        "grade_id": cell.name,
        "locked": cell.role == "check",
        "schema_version": SCHEMA,
        "solution": cell.role != "check",
        "task": False,
    }
    return {"nbgrader": facts | ({"points": cell.points} if graded else {})}


def _identifiers(lesson: LessonSource) -> list[str]:
    """Return an id per cell that is the same in every language and version, whatever is built."""
    given: list[str] = []
    for cell in lesson.cells:
        digest = hashlib.sha256(cell.text.encode()).hexdigest()[:8]
        wanted = f"{lesson.id}-{cell.name or digest}"
        given.append(f"{wanted}-{given.count(wanted)}" if wanted in given else wanted)
    return given
