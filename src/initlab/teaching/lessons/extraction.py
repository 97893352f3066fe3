"""Lessons -> the template of their texts, and each language's catalogue brought up to date.

For whoever changes a lesson: ``python -m initlab.teaching.lessons.extraction``, then translate
what it lists. ``--prose`` does not run the lessons and keeps the figures' labels as they are.
"""

from __future__ import annotations

import argparse
import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from initlab.teaching.lessons.catalogue import TEMPLATE, catalogue_path, read_catalogue
from initlab.teaching.lessons.extra import load_extra
from initlab.teaching.lessons.language import LANGUAGE_VARIABLE, LANGUAGES, SOURCE_LANGUAGE
from initlab.teaching.lessons.messages import (
    all_lessons,
    labels_in,
    new_catalogue,
    recorded_labels,
    template,
)
from initlab.teaching.lessons.staleness import catalogue_problems

TRANSLATIONS = [language for language in LANGUAGES if language != SOURCE_LANGUAGE]


def main(arguments: list[str] | None = None) -> None:
    """Write the template and update the catalogues; print what is left to translate."""
    parser = argparse.ArgumentParser(prog="python -m initlab.teaching.lessons.extraction")
    parser.add_argument("--prose", action="store_true", help="do not run the lessons")
    prose_only = parser.parse_args(arguments).prose
    lessons = all_lessons()
    if prose_only:
        labels = labels_in(read_catalogue(TEMPLATE))
    else:
        os.environ[LANGUAGE_VARIABLE] = SOURCE_LANGUAGE
        labels = recorded_labels(lessons)
    for line in update(template(lessons, labels)):
        print(line)


def update(
    found: Any, languages: Iterable[str] = TRANSLATIONS, file: Path | None = None
) -> list[str]:
    """Write a template, and into each catalogue what is new in it.

    A text that changed keeps its old translation, marked fuzzy, until someone has looked at it; one
    that is gone is dropped.

    A catalogue that is missing is made. What is left to do comes back, a line each.
    """
    file = file or TEMPLATE
    if not file.exists() or _texts(read_catalogue(file)) != _texts(found):
        _write(file, found)  # else its date would be all that changes
    newest = read_catalogue(file)
    left = []
    for language in languages:
        path = catalogue_path(language, file)
        catalogue = read_catalogue(path, language) if path.exists() else new_catalogue(language)
        catalogue.version, catalogue.header_comment = newest.version, newest.header_comment
        catalogue.update(newest)
        catalogue.obsolete.clear()
        _write(path, catalogue)
        left += [f"{language}: {problem}" for problem in catalogue_problems(newest, catalogue)]
    return left


def _texts(catalogue: Any) -> list[Any]:
    return [
        (message.id, message.auto_comments, [file for file, _ in message.locations])
        for message in catalogue
        if message.id
    ]


def _write(path: Path, catalogue: Any) -> None:
    for message in catalogue:
        # babel takes the braces of a formula for a format of Python's
        message.flags -= {"python-format", "python-brace-format"}
    text = io.BytesIO()
    load_extra("babel.messages.pofile").write_po(text, catalogue, width=100, include_lineno=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.getvalue())


if __name__ == "__main__":
    main()
