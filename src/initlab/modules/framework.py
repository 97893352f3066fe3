"""Nothing -> the torch package, imported at first use, or the command that installs it."""

from __future__ import annotations

import importlib
from typing import Any

from initlab.errors import InitlabError


def load_torch() -> Any:
    """Return torch; it is an optional part of the installation and takes seconds to load.

    Raises:
        InitlabError: torch is not installed.
    """
    try:
        return importlib.import_module("torch")
    except ImportError as error:
        raise InitlabError(
            "PyTorch is needed for this and cannot be imported "
            f"({error}). Install it with: pip install 'initlab[torch]'",
            argument="torch",
            expected="installed",
        ) from error
