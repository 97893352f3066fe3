"""Language -> the translations of the lessons' texts and of their figures' labels.

Texts of another part of initlab have a template of their own, in a folder of theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from initlab.teaching.lessons.extra import load_extra
from initlab.teaching.lessons.language import SOURCE_LANGUAGE

LOCALE = Path(__file__).parent / "locale"
TEMPLATE = LOCALE / "lessons.pot"


def catalogue_path(language: str, template: Path | None = None) -> Path:
    """Return where the translations of a template into a language are kept."""
    template = template or TEMPLATE
    return template.parent / language / "LC_MESSAGES" / f"{template.stem}.po"


def read_catalogue(path: Path, language: str | None = None) -> Any:
    """Read a catalogue of gettext, as babel's Catalog; without a language, the template."""
    with path.open("rb") as file:
        return load_extra("babel.messages.pofile").read_po(file, locale=language)


@cache
def translations(language: str, template: Path | None = None) -> Mapping[str, str]:
    """Return English text -> translation; what is missing or marked fuzzy is left out."""
    if language == SOURCE_LANGUAGE:
        return {}
    catalogue = read_catalogue(catalogue_path(language, template), language)
    return {
        message.id: message.string
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }
