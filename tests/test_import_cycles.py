"""Modules of the package do not import each other in circles while they are being imported.

What is imported inside a function, or for types only, is not part of this.
"""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import initlab

PACKAGE = Path(initlab.__file__).parent


def sources(package):
    """Return the text of every module of a package, by dotted name."""
    found = {}
    for path in package.rglob("*.py"):
        parts = [package.name, *path.relative_to(package).with_suffix("").parts]
        is_package = parts[-1] == "__init__"
        found[".".join(parts[:-1] if is_package else parts)] = (
            path.read_text(encoding="utf-8"), is_package,
        )  # fmt: skip
    return found


def statements(body):
    """Return the import statements that run when a module is imported."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from statements(node.orelse)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in ("body", "orelse", "finalbody", "handlers"):
                yield from statements(getattr(node, part, []))


def needed(name, text, is_package, modules):
    """Return the modules that must be imported before this one is whole.

    A package runs before what lies in it; that alone is no circle, but asking it for a name is.
    """
    package = name.split(".") if is_package else name.split(".")[:-1]
    found = set()
    for node in statements(ast.parse(text).body):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        else:
            above = package[: len(package) + 1 - node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            inside = [f"{base}.{alias.name}" for alias in node.names]
            targets = [one if one in modules else base for one in inside]
        for target in targets:
            found.add(target)
            steps = target.split(".")
            found |= {".".join(steps[:k]) for k in range(1, len(steps))} - ancestors(name)
    return {one for one in found if one in modules}


def ancestors(name):
    steps = name.split(".")
    return {".".join(steps[:k]) for k in range(1, len(steps) + 1)}


def circle(modules):
    """Return the names of a circle of imports, or an empty list."""
    graph = {name: needed(name, *one, modules) for name, one in modules.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_no_module_of_the_package_is_in_a_circle_of_imports():
    modules = sources(PACKAGE)
    assert len(modules) > 200
    assert circle(modules) == []


@pytest.mark.parametrize(
    ("text", "is_circle"),
    [
        ("import p.b", True),
        ("from p import b", True),
        ("from p.b import x", True),
        ("from .b import x", True),
        ("from . import b", True),
        ("try:\n    import p.b\nexcept ImportError:\n    pass", True),
        ("class A:\n    from p.b import x", True),
        ("from p import x", True),  # p itself needs a
        ("def f():\n    import p.b", False),
        ("if TYPE_CHECKING:\n    import p.b", False),
        ("import q", False),
    ],
)
def test_the_finder_sees_what_runs_at_import_and_only_that(text, is_circle):
    modules = {
        "p": ("from p.a import y", True), "p.a": (text, False), "p.b": ("import p.a", False),
    }  # fmt: skip
    assert bool(circle(modules)) == is_circle
