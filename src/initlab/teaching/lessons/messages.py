"""Lessons -> every text to translate, as a gettext template."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from initlab.datasets import DATA_VARIABLE, load_images
from initlab.teaching.lessons.figures import figure_messages
from initlab.teaching.lessons.running import run_code
from initlab.teaching.lessons.source import LESSONS, LessonSource, code_of, read_lesson
from initlab.teaching.lessons.wording import SENTENCES
from initlab.translation import new_catalogue

FIGURE = "figure"  # comment of a message that is a label; others are a cell each
HEADER = """\
# Texts of initlab's lessons: a cell of prose each, and the labels of their figures.
# Kept up to date by python -m initlab.teaching.lessons.extraction; see also
# initlab/translation/staleness.py for what a translation must keep.
#"""
PREFERS = {"fashion": "fashion-mnist"}  # the lesson takes the digits where these images are not
OURS = "sentence of every lesson"


Labels = Mapping[str, Collection[str]]  # message of a figure -> ids of the lessons that show it


def template(lessons: Iterable[LessonSource], labels: Labels) -> Any:
    """Return babel's Catalog of every text to translate.

    The labels of their figures are those that :func:`recorded_labels` finds.
    """
    catalogue = new_catalogue("lessons", HEADER)
    for lesson in lessons:
        for cell in lesson.cells:
            if cell.kind == "markdown":
                catalogue.add(cell.text, locations=[(_place(lesson.id), 0)])
    for sentence in SENTENCES:
        catalogue.add(sentence, auto_comments=[OURS])
    for label in sorted(labels):
        places = [(_place(lesson), 0) for lesson in sorted(labels[label])]
        catalogue.add(label, auto_comments=[FIGURE], locations=places)
    return catalogue


def all_lessons() -> list[LessonSource]:
    """Read every lesson."""
    return [read_lesson(name) for name in LESSONS]


def recorded_labels(lessons: Iterable[LessonSource]) -> dict[str, set[str]]:
    """Run lessons, in English, and return the messages of the figures that they show.

    Raises:
        DataError: the images that a lesson prefers are not here; some labels would be missing.
    """
    found: dict[str, set[str]] = {}
    for lesson in lessons:
        for images in (True, False) if lesson.id in PREFERS else (True,):
            if images and lesson.id in PREFERS:
                load_images(PREFERS[lesson.id])
            for label in _shown(lesson, images=images):
                found.setdefault(label, set()).add(lesson.id)
    return found


def labels_in(catalogue: Any) -> dict[str, set[str]]:
    """Return the messages of a catalogue that are labels of figures, with their lessons."""
    return {
        message.id: {Path(file).stem for file, _ in message.locations}
        for message in catalogue
        if FIGURE in message.auto_comments
    }


def _shown(lesson: LessonSource, *, images: bool) -> set[str]:
    found: set[str] = set()
    kept = os.environ.get(DATA_VARIABLE)
    if not images:
        os.environ[DATA_VARIABLE] = os.devnull  # no folder, so no image set is found
    try:
        run_code(code_of(lesson.cells), lambda figure: found.update(figure_messages(figure)))
    finally:
        os.environ.pop(DATA_VARIABLE, None)
        if kept is not None:
            os.environ[DATA_VARIABLE] = kept
    return found


def _place(lesson_id: str) -> str:
    return f"sources/{lesson_id}.py"
