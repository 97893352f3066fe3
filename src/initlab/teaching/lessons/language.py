"""Folder of a notebook, environment -> the language that its lesson speaks."""

from __future__ import annotations

import json
import os
from pathlib import Path

from initlab.errors import DataError
from initlab.validation import one_of

LANGUAGES = {"en": "English", "zh": "中文", "ru": "Русский"}
SOURCE_LANGUAGE = "en"
LANGUAGE_VARIABLE = "INITLAB_LANGUAGE"
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
                f"{LESSON_FILE} beside the notebook cannot be read; it should be like "
                '{"lesson": "circles", "language": "en"}.'
            ) from None
        return one_of("language", language, tuple(LANGUAGES), where=LESSON_FILE)
    return named_language()


def named_language() -> str:
    """Return the language that $INITLAB_LANGUAGE names, else English.

    Raises:
        ArgumentError: it names none of :data:`LANGUAGES`.
    """
    named = os.environ.get(LANGUAGE_VARIABLE) or SOURCE_LANGUAGE
    return one_of("language", named, tuple(LANGUAGES), where=f"${LANGUAGE_VARIABLE}")
