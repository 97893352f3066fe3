"""Environment -> the language that the reader asked for."""

from __future__ import annotations

import os

from initlab.validation import one_of

LANGUAGES = {"en": "English", "zh": "中文", "ru": "Русский"}
SOURCE_LANGUAGE = "en"
LANGUAGE_VARIABLE = "INITLAB_LANGUAGE"


def named_language() -> str:
    """Return the language that $INITLAB_LANGUAGE names, else English.

    Raises:
        ArgumentError: it names none of :data:`LANGUAGES`.
    """
    named = os.environ.get(LANGUAGE_VARIABLE) or SOURCE_LANGUAGE
    return one_of("language", named, tuple(LANGUAGES), where=f"${LANGUAGE_VARIABLE}")
