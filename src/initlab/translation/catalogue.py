"""Template of texts and a language -> their translations, as gettext keeps them.

Every part of initlab that is translated has a template of its own, such as ``locale/lab.pot``, and
beside it a folder for each language. The template has the name of the extra that the part needs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from initlab.extras import load_optional
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


def load_babel(module: str, extra: str) -> Any:
    """Return a module of babel, imported at first use by a part of the installation."""
    return load_optional(
        f"babel.{module}", "Texts are translated by the package babel, which", extra
    )


def catalogue_path(language: str, template: Path) -> Path:
    """Return where the translations of a template into a language are kept."""
    return template.parent / language / "LC_MESSAGES" / f"{template.stem}.po"


def read_catalogue(path: Path, language: str | None = None) -> Any:
    """Read a catalogue of gettext, as babel's Catalog; without a language, the template."""
    with path.open("rb") as file:
        return load_babel("messages.pofile", path.stem).read_po(file, locale=language)


def new_catalogue(version: str, header: str, language: str | None = None) -> Any:
    """Return an empty catalogue, babel's Catalog; without a language, a template.

    Args:
        version: name of the part of initlab, which is that of its extra.
        header: comment at its top.
        language: of the translations.
    """
    return load_babel("messages.catalog", version).Catalog(
        locale=language,
        project="initlab",
        version=version,
        header_comment=header,
        msgid_bugs_address="",
        last_translator="",
        language_team="",
        charset="utf-8",
        fuzzy=False,
    )


@cache
def translations(language: str, template: Path) -> Mapping[str, str]:
    """Return English text -> translation; what is missing or marked fuzzy is left out."""
    if language == SOURCE_LANGUAGE:
        return {}
    catalogue = read_catalogue(catalogue_path(language, template), language)
    return {
        message.id: message.string
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }
