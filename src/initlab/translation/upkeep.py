"""Texts as they are now -> their template, and each language's catalogue brought up to date."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from initlab.translation.catalogue import (
    LANGUAGES,
    SOURCE_LANGUAGE,
    catalogue_path,
    load_babel,
    new_catalogue,
    read_catalogue,
)
from initlab.translation.staleness import catalogue_problems

TRANSLATIONS = [language for language in LANGUAGES if language != SOURCE_LANGUAGE]


def update(found: Any, file: Path, languages: Iterable[str] = TRANSLATIONS) -> list[str]:
    """Write a template, and into each catalogue what is new in it.

    A text that changed keeps its old translation, marked fuzzy, until someone has looked at it; one
    that is gone is dropped.

    A catalogue that is missing is made. What is left to do comes back, a line each.
    """
    if not file.exists() or _texts(read_catalogue(file)) != _texts(found):
        _write(file, found)  # else its date would be all that changes
    newest = read_catalogue(file)
    left = []
    for language in languages:
        path = catalogue_path(language, file)
        made = new_catalogue(newest.version, newest.header_comment, language)
        catalogue = read_catalogue(path, language) if path.exists() else made
        catalogue.version, catalogue.header_comment = made.version, made.header_comment
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
    load_babel("messages.pofile", path.stem).write_po(
        text, catalogue, width=100, include_lineno=False
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.getvalue())
