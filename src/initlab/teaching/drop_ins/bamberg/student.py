"""A folder with a student's notebook -> one function of it, defined as the notebook defines it."""

from __future__ import annotations

import ast
import linecache
import re
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from initlab.errors import DataError, InitlabError
from initlab.teaching.masking import masked
from initlab.teaching.notebook import CodeCell, code_cells, read_notebook

Definition = ast.FunctionDef | ast.AsyncFunctionDef
CELL = ", cell "


def find_notebook(folder: Path, function: str) -> Path:
    """Return the notebook in the folder that defines the function; of several the newest.

    A definition that is not valid Python counts: an older copy must not be checked in its place.

    Raises:
        DataError: there is none.
    """
    found = sorted(folder.glob("*.ipynb"))
    defining = [path for path in found if _defines(path, function)]
    if defining:
        return max(defining, key=lambda path: (path.stat().st_mtime, path.name))
    names = ", ".join(path.name for path in found) or "no notebook"
    raise DataError(f"No notebook in {folder} defines {function}; the folder has {names}.")


def student_function(path: Path, function: str) -> Callable[..., Any]:
    """Run the notebook's definitions and the imports that one needs, and return that function.

    Raises:
        AssertionError: the definitions themselves fail, or the last one is not valid Python.
        KeyError: the notebook has no such definition.
    """
    definitions: list[tuple[Definition, CodeCell]] = []
    imports: list[tuple[ast.stmt, CodeCell]] = []
    fault = ""
    for cell in code_cells(read_notebook(path)):
        try:
            tree = cell.parsed()
        except SyntaxError as error:
            if _mentions(cell, function):
                fault = _pointed_at(error, path, cell)
            continue
        for node in tree.body:
            if isinstance(node, Definition):
                definitions.append((node, cell))
                fault = "" if node.name == function else fault
            elif _binds(node):
                imports.append((node, cell))
    if fault:
        raise AssertionError(fault)
    used = _used(function, [definition for definition, _ in definitions])
    space: dict[str, Any] = {"__name__": "student_notebook"}
    for node, cell in imports:
        if _binds(node) & (used | {"*"}) or used & INDIRECT:
            _execute(node, path, cell, space, optional=True)
    for definition, cell in definitions:
        _execute(definition, path, cell, space, optional=definition.name != function)
    target: Callable[..., Any] = space[function]
    return target


INDIRECT = {"eval", "exec", "globals", "locals", "vars"}  # any import may be used through them


def _used(function: str, definitions: Sequence[Definition]) -> set[str]:
    """Return the names that a function uses, and those that the functions it uses do."""
    used, more = {""}, {function}
    while not more <= used:
        used |= more
        needed = [one for one in definitions if one.name in used]
        more = {n.id for one in needed for n in ast.walk(one) if isinstance(n, ast.Name)}
    return used


def cell_names(path: Path) -> set[str]:
    """Return the names under which the cells of a notebook are run."""
    return {f"{path.name}{CELL}{cell.number}" for cell in code_cells(read_notebook(path))}


def last_line_of_the_notebook(error: BaseException | None) -> str:
    """Return the cell and line in which an exception arose, with its text; "" if in no cell."""
    if error is None:
        return ""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if re.search(rf"{CELL}\d+$", frame.filename)
    ]
    if not frames:
        return ""
    return f"{frames[-1].filename}, line {frames[-1].lineno}:\n    {frames[-1].line}"


def _pointed_at(error: SyntaxError, path: Path, cell: CodeCell) -> str:
    """Say what is wrong where, with the line and a caret under the place."""
    where = f"{path.name}{CELL}{cell.number}"
    what = f"{type(error).__name__}: {error.msg}"
    lines = cell.source.split("\n")
    if error.lineno is None or not 0 < error.lineno <= len(lines):
        return f"{where}: {what}"
    line = lines[error.lineno - 1].rstrip()
    indent = len(line) - len(line.lstrip())
    caret = max((error.offset or 1) - 1 - indent, 0)
    return f"{where}, line {error.lineno}: {what}\n    {line.lstrip()}\n    {' ' * caret}^"


def _binds(node: ast.stmt) -> set[str]:
    """Names that an import binds, also one that is tried first; of any other statement none."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name.split(".")[0]) for alias in node.names}
    if isinstance(node, ast.Try):
        inside = [*node.body, *(inner for one in node.handlers for inner in one.body)]
        if all(isinstance(inner, (ast.Import, ast.ImportFrom, ast.Pass)) for inner in inside):
            return {name for inner in inside for name in _binds(inner)}
    return set()


def _execute(
    node: ast.stmt, path: Path, cell: CodeCell, space: dict[str, Any], *, optional: bool
) -> None:
    name = f"{path.name}{CELL}{cell.number}"
    linecache.cache[name] = (len(cell.source), None, cell.source.splitlines(True), name)
    try:
        exec(compile(ast.Module([node], []), name, "exec", dont_inherit=True), space)
    except SyntaxError as error:  # what only the compiler sees: an argument twice, return outside
        if not optional:
            raise AssertionError(_pointed_at(error, path, cell)) from None
    except Exception as error:
        if not optional:  # else what needs it fails by itself, in its own words
            function = getattr(node, "name", "the function")
            raise AssertionError(
                f"the definition of {function} raised {type(error).__name__}: {error}"
            ) from error


def _defines(path: Path, function: str) -> bool:
    try:
        return any(_mentions(cell, function) for cell in code_cells(read_notebook(path)))
    except InitlabError:
        return False


def _mentions(cell: CodeCell, function: str) -> bool:
    """Whether the cell defines the function, valid or not."""
    begun = rf"^(?:async\s+)?def\s+{re.escape(function)}\b"
    return re.search(begun, masked(cell.python), re.MULTILINE) is not None
