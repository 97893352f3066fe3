"""Name of a package -> its version; an optional one itself at first use, or how to install it."""

from __future__ import annotations

import importlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from initlab.errors import InitlabError


def installed_version(package: str) -> str:
    """Return the version of a package, or "not installed"."""
    try:
        return _version(package)
    except PackageNotFoundError:  # it may be installed later
        return "not installed"


@cache  # to read it takes 2 ms, and every study and receipt names several
def _version(package: str) -> str:
    return version(package)


def load_torch() -> Any:
    """Return torch; it takes seconds to load."""
    return load_optional("torch", "PyTorch is needed for this call and", "torch")


def load_optional(name: str, needed: str, extra: str) -> Any:
    """Return a module of an optional part of the installation.

    Args:
        name: of the module.
        needed: what needs it, as the beginning of "... cannot be imported".
        extra: the part of the installation.

    Raises:
        InitlabError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InitlabError(
            f"{needed} cannot be imported "
            f"({error}). Install it with: pip install 'initlab[{extra}]'",
            argument=name,
            expected="installed",
        ) from error
