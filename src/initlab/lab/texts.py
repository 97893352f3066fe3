"""The page's words and guided scenes -> a template of gettext, and their translations.

For whoever changes a text: ``python -m initlab.lab.texts``, then translate what it lists.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from initlab.lab.guided import GUIDED
from initlab.lab.words import STUDIES, WORDS
from initlab.translation import new_catalogue, translations, update

TEMPLATE = Path(__file__).parent / "locale" / "lab.pot"
HEADER = """\
# Texts of initlab's lab page: labels, messages and the sentences of its guided scenes.
# python -m initlab.lab.texts updates this file. A translation must keep every {name} as it is.
#"""


def texts() -> Iterator[tuple[str, str]]:
    """Yield every text in English, with what a translator should know of it."""
    for name, text in WORDS.items():
        yield text, f"word {name}"
    for name, text in STUDIES.items():
        yield text, f"study {name}"
    for name, one in GUIDED.items():
        for text in (one.title, *one.sentences):
            yield text, f"scene {name}"


def known(language: str) -> Mapping[str, str]:
    """Return English text -> translation into a language; none for English."""
    return translations(language, TEMPLATE)


def template() -> Any:
    """Return babel's Catalog of every text to translate."""
    catalogue = new_catalogue("lab", HEADER)
    for text, comment in texts():
        catalogue.add(text, auto_comments=[comment])
    return catalogue


if __name__ == "__main__":
    for line in update(template(), TEMPLATE):
        print(line)
