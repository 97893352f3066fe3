"""Every setting of a study and every argument of ``compare``, declared once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from initlab.settings.setting import HEADINGS, Setting
from initlab.settings.table import SETTINGS as SETTINGS

OF_THIS_MACHINE = tuple(name for name, row in SETTINGS.items() if row.data and not row.stored)


def is_given(name: str, value: Any) -> bool:
    """Whether an argument has another value than the signature shows."""
    return value is not None and (name not in SETTINGS or value is not SETTINGS[name].left_out)


def settings_of(kind: str) -> dict[str, Setting]:
    """Return the settings that a kind of study has, and those that say where its data is."""
    return {name: row for name, row in SETTINGS.items() if kind in row.of}


def keyword_arguments() -> list[Setting]:
    """Return what ``compare`` takes, in the order of its signature."""
    return _by_heading(row for row in SETTINGS.values() if row.python is not None)


def options() -> list[Setting]:
    """Return the options of ``initlab compare``, in the order of its help."""
    return _by_heading(row for row in SETTINGS.values() if row.shell is not None)


def _by_heading(rows: Iterable[Setting]) -> list[Setting]:
    return sorted(rows, key=lambda row: HEADINGS.index(row.heading))
