"""Name of a package that only lessons need -> the package, or the command that installs it."""

from __future__ import annotations

from typing import Any

from initlab.modules.framework import load_optional


def load_extra(name: str) -> Any:
    """Return a module of the optional installation "lessons", imported at first use."""
    needed = f"Lessons need the package {name.partition('.')[0]}, which"
    return load_optional(name, needed, "lessons")
