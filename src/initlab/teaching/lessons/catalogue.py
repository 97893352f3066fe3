"""Language -> the translations of the lessons' texts and of their figures' labels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import initlab.translation

TEMPLATE = Path(__file__).parent / "locale" / "lessons.pot"


def translations(language: str) -> Mapping[str, str]:
    """Return English text -> translation; what is missing or marked fuzzy is left out."""
    return initlab.translation.translations(language, TEMPLATE)
