"""Old module, name and new homes -> the object, with a warning: old scripts go on until 1.0."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Mapping
from typing import Any


def moved(module: str, name: str, homes: Mapping[str, str]) -> Any:
    """Return what ``module.name`` is now.

    Args:
        module: the old module.
        name: the name that was asked for.
        homes: name -> the module it lives in now, or module and new name where that changed.

    Raises:
        AttributeError: the old module never had such a name.
    """
    if name not in homes:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    home, _, last = homes[name].rpartition(".")
    place, found = (home, last) if last[:1].isupper() else (homes[name], name)
    warnings.warn(
        f"{module}.{name} is now {place}.{found}; the old name goes with initlab 1.0.",
        DeprecationWarning, stacklevel=3,
    )  # fmt: skip
    return getattr(importlib.import_module(place), found)
