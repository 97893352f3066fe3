"""Old module, name and new homes -> the object, with a warning: old scripts go on until 1.0."""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
import warnings
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

TEACHING = "initlab.teaching"
MODULES = {  # old module -> its home; a module below it moved with it
    "initlab.comparison.init_weights": f"{TEACHING}.drop_ins.init_weights",
    "initlab.course": f"{TEACHING}.drop_ins",
    "initlab.course.drop_ins": f"{TEACHING}.drop_ins.files",
    "initlab.course.repair": f"{TEACHING}.repair.repairing",
    "initlab.exercises": f"{TEACHING}.exercises",
    "initlab.lessons": f"{TEACHING}.lessons",
}
WRITTEN = (  # into files and notebooks of users, by initlab itself: no warning
    "initlab.course", "initlab.course.bamberg", "initlab.course.coursera",
    "initlab.course.udacity", "initlab.course.udacity.datasets",
    "initlab.course.udacity.transforms", "initlab.lessons", "initlab.lessons.grading",
)  # fmt: skip


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


class OldModules:
    """Importer of modules under their old names: the very modules, not copies of them."""

    def find_spec(
        self, name: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find a module that has moved; any other is left to Python."""
        if not name.startswith("initlab.") or self.home(name) is None:
            return None
        loader: Any = self  # importlib.abc, where a Loader is declared, takes 7 ms to import
        return importlib.machinery.ModuleSpec(name, loader, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        """Let Python make a module, which the moved one then replaces."""

    def exec_module(self, module: ModuleType) -> None:
        """Put the moved module in the place of this one."""
        name = module.__name__
        home = self.home(name)
        assert home is not None
        found = importlib.import_module(home)
        if name not in WRITTEN:
            message = f"{name} is now {home}; the old name goes with initlab 1.0."
            warnings.warn(message, DeprecationWarning, stacklevel=2)
        sys.modules[name] = found

    def home(self, name: str) -> str | None:
        """Return the home of an old module, or None."""
        old = max((one for one in MODULES if f"{name}.".startswith(f"{one}.")), key=len, default="")
        return MODULES[old] + name.removeprefix(old) if old else None


def install() -> None:
    """Let imports find the old modules, before Python looks into their folders."""
    if not any(isinstance(one, OldModules) for one in sys.meta_path):
        sys.meta_path.insert(0, OldModules())
