"""Old module, name and new homes -> the object, with a warning: old scripts go on until 1.0."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Mapping
from typing import Any


def moved(module: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of an old module.

    Args:
        module: the old module.
        homes: name -> the module it lives in now, or module and new name where that changed.
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        home, _, last = homes[name].rpartition(".")
        place, found = (home, last) if last[:1].isupper() else (homes[name], name)
        message = f"{module}.{name} is now {place}.{found}; the old name goes with initlab 1.0."
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        return getattr(importlib.import_module(place), found)

    return find
