"""Folder of a notebook, environment -> the language that its lesson speaks."""

from __future__ import annotations

import json
from pathlib import Path

from initlab.errors import DataError
from initlab.translation import LANGUAGES, named_language
from initlab.validation import one_of

LESSON_FILE = "lesson.json"  # beside the notebook: {"lesson": "circles", "language": "ru"}


def language_of(folder: Path) -> str:
    """Return the language that ``lesson.json`` names, else $INITLAB_LANGUAGE, else English.

    Raises:
        DataError: there is a ``lesson.json``, but it names no language.
        ArgumentError: the language named is none of :data:`LANGUAGES`.
    """
    path = folder / LESSON_FILE
    if path.is_file():
        try:
            language = json.loads(path.read_text(encoding="utf-8"))["language"]
        except (OSError, ValueError, KeyError, TypeError):
            raise DataError(
                f"{LESSON_FILE} beside the notebook cannot be read or names no language. "
                "It should look like "
                '{"lesson": "circles", "language": "en"}.'
            ) from None
        return one_of("language", language, tuple(LANGUAGES), where=LESSON_FILE)
    return named_language()
