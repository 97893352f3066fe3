"""A user's function, class or loss -> the digest of what defines it.

What defines a function or class is its file and, in turn, every local module that this file
imports: Python's own library, installed packages and initlab itself have versions, which a study
keeps. Files that are read as data, and modules whose names are made at run time, are not covered.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

from initlab.modules.framework import load_torch
from initlab.references import reference_of

INSTALLED = {"site-packages", "dist-packages"}  # folders of packages that have versions
VERSIONED = {*sys.stdlib_module_names, "initlab", "torch"}


def definition(value: Any, *, importable: bool) -> str | None:
    """Return the digest of what defines a function or class, or of a loss's arguments.

    Args:
        value: function, class, or a loss module of torch.
        importable: whether a text imports the value again.

    Returns:
        None where there is no such digest, "" where the version of torch says it.
    """
    if str(getattr(value, "__module__", "")).split(".")[0] != "torch":
        try:
            file = inspect.getsourcefile(value) if importable else None
            return None if file is None else _digest_of_files(Path(file), value)
        except (TypeError, OSError):
            return None
    if reference_of(value):
        return ""
    if not isinstance(value, load_torch().nn.Module):
        return None
    kept = {name: one for name, one in vars(value).items() if not name.startswith("_")}
    try:
        numbers = {name: one.tolist() for name, one in value.state_dict().items()}
    except Exception:  # lazy or quantized parameters, a state_dict of the user's own
        return None
    return digest_of(f"{type(value).__qualname__} {sorted(kept.items())} {sorted(numbers.items())}")


def digest_of(words: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(words.encode()).hexdigest()


def _digest_of_files(file: Path, value: Any) -> str:
    """Return the digest of a file; of one that imports local modules, of all their digests."""
    package = getattr(sys.modules.get(value.__module__), "__package__", None) or ""
    found = {file.resolve(): package}
    waiting = [file.resolve()]
    while waiting:
        one = waiting.pop()
        for spec in _imported(one, found[one]):
            path = Path(spec.origin or "").resolve()
            if path not in found:
                found[path] = spec.name if spec.submodule_search_locations else spec.parent or ""
                waiting.append(path)
    first, *others = (hashlib.sha256(path.read_bytes()).hexdigest() for path in found)
    return digest_of(" ".join([first, *sorted(others)])) if others else first


def _imported(file: Path, package: str) -> Iterator[ModuleSpec]:
    """Yield the local modules that a file imports, without importing any."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: -(node.level - 1) or None] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            names = [f"{base}.{alias.name}" for alias in node.names]  # a module, or a name in it
        else:
            continue
        for name in names:
            yield from _local(name, [str(file.parent), str(Path.cwd()), *sys.path])


def _local(name: str, places: Sequence[str] | None) -> Iterator[ModuleSpec]:
    """Yield the local modules on the way to a name: a, a.b and a.b.c of ``import a.b.c``."""
    parts = name.split(".")
    if parts[0] in VERSIONED:
        return
    for k in range(len(parts)):
        spec = PathFinder.find_spec(".".join(parts[: k + 1]), places)
        if spec is None or INSTALLED & set(Path(spec.origin or "").parts):
            return
        if (spec.origin or "").endswith(".py"):
            yield spec
        places = list(spec.submodule_search_locations or ())
