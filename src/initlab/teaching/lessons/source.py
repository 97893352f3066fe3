"""Id of a lesson -> its source, a jupytext file, as cells with what each is for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from initlab.errors import DataError
from initlab.teaching.lessons.extra import load_extra
from initlab.validation import one_of

LESSONS = {  # in the order to take them: minutes for a student who solves the exercises
    "circles": 60,
    "variant": 45,
    "curve": 60,
    "fashion": 60,
    "seeds": 45,
}
SOURCES = Path(__file__).parent / "sources"
CODE_ROLES = ("solution", "check")
PROSE_ROLES = ("question", "answer")


@dataclass(frozen=True)
class LessonCell:
    """One cell of a lesson, as its author wrote it.

    Attributes:
        kind: prose or code.
        text: what is in it, English where it is prose.
        role: "solution" or "check" of an exercise, "question" or "answer" of a question in words;
            "" for all other cells.
        about: id of the exercise or question, "" without a role.
        points: what the check or the answer counts.
    """

    kind: Literal["markdown", "code"]
    text: str
    role: str = ""
    about: str = ""
    points: int = 0

    @property
    def name(self) -> str:
        """Name in a grade book, such as "he_check"; "" for a cell without a role."""
        return f"{self.about}_{self.role}" if self.role else ""


@dataclass(frozen=True)
class LessonSource:
    """A lesson: its name, such as "circles", the minutes it takes a student, its cells in order."""

    id: str
    minutes: int
    cells: tuple[LessonCell, ...]

    @cached_property
    def title(self) -> str:
        """First heading."""
        lines = (line for cell in self.cells for line in cell.text.splitlines())
        heading = next((line for line in lines if line.startswith("# ")), f"# {self.id}")
        return heading.removeprefix("# ").strip()

    @cached_property
    def exercises(self) -> tuple[str, ...]:
        """Ids of the exercises that are checked, in order."""
        return tuple(cell.about for cell in self.cells if cell.role == "check")


def read_lesson(lesson_id: str) -> LessonSource:
    """Read the source of a lesson, one of :data:`LESSONS`.

    Raises:
        ArgumentError: there is no such lesson.
        DataError: the source's cells do not make a lesson.
    """
    one_of("lesson", lesson_id, tuple(LESSONS))
    text = (SOURCES / f"{lesson_id}.py").read_text(encoding="utf-8")
    return LessonSource(lesson_id, LESSONS[lesson_id], parse_cells(text, where=lesson_id))


def parse_cells(text: str, *, where: str) -> tuple[LessonCell, ...]:
    """Split the text of a jupytext file (py:percent) into cells; ``where`` is for errors.

    Raises:
        DataError: a role is unknown, given to the wrong kind of cell or given twice.
    """
    notebook = load_extra("jupytext").reads(text, fmt="py:percent")
    cells = tuple(_cell(cell, where) for cell in notebook.cells)
    names = [cell.name for cell in cells if cell.name]
    for name in names:
        if names.count(name) > 1:
            raise DataError(
                f"Two cells of the lesson {where} have the name {name}; use each name only once."
            )
    for before, cell in zip((None, *cells), cells, strict=False):
        if cell.role == "check" and (before is None or before.name != f"{cell.about}_solution"):
            raise DataError(
                f"In the lesson {where}, the cell {cell.name} must come directly after "
                f"the cell {cell.about}_solution."
            )
    return cells


def _cell(cell: Any, where: str) -> LessonCell:
    role = cell.metadata.get("role", "")
    about = cell.metadata.get("exercise" if role in CODE_ROLES else "question", "")
    allowed = CODE_ROLES if cell.cell_type == "code" else PROSE_ROLES
    if role and (role not in allowed or not about):
        raise DataError(
            f"In the lesson {where}, a {cell.cell_type} cell has the role {role!r}. The role of a "
            f"{cell.cell_type} cell may be {' or '.join(allowed)}, and the cell must also give "
            "the id of its exercise or question."
        )
    points = cell.metadata.get("points", 1) if role in ("check", "answer") else 0
    return LessonCell(cell.cell_type, cell.source, role, about, int(points))


def code_of(cells: Iterable[LessonCell]) -> list[str]:
    """Return the text of the code cells."""
    return [cell.text for cell in cells if cell.kind == "code"]
