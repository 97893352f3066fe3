"""Lesson, language, reader -> the notebook and its ``lesson.json``, written to a folder."""

from __future__ import annotations

import json
from pathlib import Path

from initlab.teaching.drop_ins.files import check_free, write_new
from initlab.teaching.lessons.extra import load_extra
from initlab.teaching.lessons.language import LESSON_FILE
from initlab.teaching.lessons.notebook import Built, build
from initlab.teaching.lessons.source import read_lesson
from initlab.translation import SOURCE_LANGUAGE


def start_lesson(
    lesson_id: str,
    folder: str | Path | None = None,
    *,
    language: str = SOURCE_LANGUAGE,
    teacher: bool = False,
    force: bool = False,
) -> tuple[Path, Path, Built]:
    """Write a lesson's notebook, and a lesson.json that names its language.

    Args:
        lesson_id: name of the lesson.
        folder: where to; made if missing; None for a folder named after the lesson.
        language: "en", "zh" or "ru".
        teacher: with solutions and model answers.
        force: overwrite files that are there.

    Returns:
        The notebook, the ``lesson.json`` beside it, which names its language, and what was built.

    Raises:
        ArgumentError: there is no such lesson or language.
        StorageError: a file is there and force is not given, or the folder cannot be written.
        InitlabError: a package that lessons need is not installed.
    """
    lesson = read_lesson(lesson_id)
    built = build(lesson, language=language, teacher=teacher)
    target = Path(folder if folder is not None else lesson_id).absolute()
    notebook, settings = target / f"{lesson_id}.ipynb", target / LESSON_FILE
    for path in (notebook, settings):
        check_free(path, force=force)
    content = load_extra("nbformat").writes(built.notebook) + "\n"
    write_new(notebook, content.encode(), force=force)
    named = json.dumps({"lesson": lesson_id, "language": language})
    write_new(settings, f"{named}\n".encode(), force=force)
    return notebook, settings, built
