"""A folder with a student's notebook -> one function of it, defined as the notebook defines it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

from initlab.course.notebook import CodeCell, code_cells, read_notebook
from initlab.errors import DataError, InitlabError


def find_notebook(folder: Path, function: str) -> Path:
    """Return the notebook in the folder that defines the function; of several the newest.

    Raises:
        DataError: there is none.
    """
    found = sorted(folder.glob("*.ipynb"))
    defining = [path for path in found if _defines(path, function)]
    if defining:
        return max(defining, key=lambda path: (path.stat().st_mtime, path.name))
    names = ", ".join(path.name for path in found) or "no notebook at all"
    raise DataError(
        f"No notebook in {folder} defines {function}, or its cell is not valid Python; "
        f"there is {names}."
    )


def student_function(path: Path, function: str) -> Callable[..., Any]:
    """Run the notebook's imports and definitions, nothing else, and return one function.

    Raises:
        AssertionError: the definitions themselves fail.
    """
    definitions: list[ast.stmt] = []
    imports: list[ast.stmt] = []
    for cell in code_cells(read_notebook(path)):
        tree = cell.tree()
        for node in tree.body if tree else ():
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                definitions.append(node)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                imports.append(node)
    used = {n.id for d in definitions for n in ast.walk(d) if isinstance(n, ast.Name)}
    space: dict[str, Any] = {"__name__": "student_notebook"}
    for node in imports:
        if _binds(node) & (used | {"*"}):
            _execute(node, path, space, optional=True)
    for node in definitions:
        _execute(node, path, space, optional=getattr(node, "name", "") != function)
    target: Callable[..., Any] = space[function]
    return target


def _binds(node: ast.stmt) -> set[str]:
    assert isinstance(node, (ast.Import, ast.ImportFrom))
    return {(alias.asname or alias.name.split(".")[0]) for alias in node.names}


def _execute(node: ast.stmt, path: Path, space: dict[str, Any], *, optional: bool) -> None:
    code = compile(ast.Module([node], []), path.name, "exec", dont_inherit=True)
    try:
        exec(code, space)
    except Exception as error:
        if not optional:  # else what needs it fails by itself, in its own words
            raise AssertionError(
                f"the definition raised {type(error).__name__}: {error}"
            ) from error


def _defines(path: Path, function: str) -> bool:
    try:
        cells = code_cells(read_notebook(path))
    except InitlabError:
        return False
    return any(_defined_in(cell, function) for cell in cells)


def _defined_in(cell: CodeCell, function: str) -> bool:
    tree = cell.tree()
    return tree is not None and any(
        isinstance(node, ast.FunctionDef) and node.name == function for node in tree.body
    )
