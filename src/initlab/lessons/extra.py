"""Name of a package that only lessons need -> the package, or the command that installs it."""

from __future__ import annotations

import importlib
from typing import Any

from initlab.errors import InitlabError

INSTALL = "pip install 'initlab[lessons]'"


def load_extra(name: str) -> Any:
    """Return a module of the optional installation "lessons", imported at first use.

    Raises:
        InitlabError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InitlabError(
            f"Lessons need the package {name.partition('.')[0]}, which cannot be imported "
            f"({error}). Install it with: {INSTALL}",
            argument=name,
            expected="installed",
        ) from error
