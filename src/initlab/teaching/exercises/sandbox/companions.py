"""An answer's source and its folder -> the modules beside it that it imports."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from initlab.teaching.exercises.sandbox.text import source_text


@dataclass(frozen=True)
class Companion:
    """A module beside the learner's file.

    Attributes:
        name: what it is imported as, such as ``tools`` or ``tools.gains``.
        file: what messages call it.
        source: its text; "" for a folder of modules without ``__init__.py``.
        package: whether it is a folder of modules.
    """

    name: str
    file: str
    source: str
    package: bool


def find_companions(sources: Iterable[str], folder: Path) -> list[Companion]:
    """Return the modules in the folder that sources import, directly or through one another.

    A module with the name of one of Python's own is left out.

    Raises:
        StorageError: one of them cannot be read.
        DataError: one of them is not text.
    """
    found: dict[str, Companion | None] = {}
    waiting = [name for source in sources for name in _imported(source, "")]
    while waiting:
        name = waiting.pop()
        if name not in found and name.partition(".")[0] not in sys.stdlib_module_names:
            helper = found[name] = _helper(name, folder)
            if helper is not None:
                package = name if helper.package else name.rpartition(".")[0]
                waiting += _imported(helper.source, package)
    return [helper for helper in found.values() if helper is not None]


def _helper(name: str, folder: Path) -> Companion | None:
    place = folder.joinpath(*name.split("."))
    for path, package in ((place / "__init__.py", True), (place.with_suffix(".py"), False)):
        if path.is_file() and path.resolve().is_relative_to(folder.resolve()):
            file = path.relative_to(folder).as_posix()
            return Companion(name, file, source_text(path), package)
    return Companion(name, name, "", True) if place.is_dir() else None


def _imported(source: str, package: str) -> Iterator[str]:
    """Yield full names of what may be modules; ``b`` in ``from a import b`` may be one."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and (package or not node.level):
            try:
                base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            except ImportError:  # more dots than folders
                continue
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1))
