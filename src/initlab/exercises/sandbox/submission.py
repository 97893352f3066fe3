"""A learner's .py or .ipynb file -> the pieces of source to run, each with the name it is known by.

Of a notebook only imports, definitions and plain constants count: running it whole would train
networks. A file is a module, and runs whole.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from initlab.course.notebook import CodeCell, code_cells, read_notebook
from initlab.datasets.regular_file import read_regular, shown
from initlab.errors import DataError
from initlab.exercises.wording import printable

LARGEST = 10**6  # bytes of a .py file that are read at all
MOST_SOURCE = 300_000  # bytes of source; three times that must fit into the header of a job
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Chunk:
    """A piece of source.

    Attributes:
        name: what messages call it: ``solution.py`` or ``cell 5``.
        source: its text, at its own line numbers.
        optional: whether its statements run one by one, an error in one being no matter until the
            function asked for is missed.
    """

    name: str
    source: str
    optional: bool = False


def read_submission(path: Path) -> list[Chunk]:
    """Read a learner's file without running anything of it.

    Raises:
        StorageError: the file cannot be read.
        DataError: it is too long, no text, or no notebook.
    """
    if path.suffix == ".ipynb":
        chunks = _notebook_chunks(code_cells(read_notebook(path)))
    else:
        content = read_regular(path, most=LARGEST)
        chunks = [Chunk(printable(shown(path.name)), _text(content, path))]
    if sum(len(chunk.source.encode("utf-8", "replace")) for chunk in chunks) > MOST_SOURCE:
        raise DataError(f"{shown(path)} holds more than {MOST_SOURCE // 1000} kB of source.")
    return chunks


def _text(content: bytes, path: Path) -> str:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = io.TextIOWrapper(io.BytesIO(content), encoding).read()
    except (SyntaxError, UnicodeDecodeError, LookupError):
        raise DataError(f"{shown(path)} is no Python source: it is not UTF-8 text.") from None
    if "\0" in text:
        raise DataError(f"{shown(path)} is no Python source: it holds null bytes.")
    return text


def _notebook_chunks(cells: Sequence[CodeCell]) -> list[Chunk]:
    trees = [cell.tree() for cell in cells]
    used = {
        name.id
        for tree in trees
        if tree is not None
        for node in tree.body
        if isinstance(node, DEFINITIONS)
        for name in ast.walk(node)
        if isinstance(name, ast.Name)
    }
    chunks = []
    for cell, tree in zip(cells, trees, strict=True):
        if tree is None:  # its error is told if it may be what the function is missed for
            if "def " in cell.python:
                chunks.append(Chunk(f"cell {cell.number}", cell.python, True))
            continue
        kept = [node for node in tree.body if _is_kept(node, used)]
        if kept:
            chunks.append(Chunk(f"cell {cell.number}", _lines_of(kept, cell.python), True))
    return chunks


def _is_kept(node: ast.stmt, used: set[str]) -> bool:
    if isinstance(node, (ast.Import, ast.ImportFrom)):  # large libraries only where they are used
        bound = {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        return bool(bound & {*used, "*"})
    return isinstance(node, DEFINITIONS) or _is_constant(node)


def _lines_of(nodes: Sequence[ast.stmt], text: str) -> str:
    """Blank all lines but those of the nodes, so that line numbers stay."""
    kept: set[int] = set()
    for node in nodes:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        kept.update(range(first, (node.end_lineno or node.lineno) + 1))
    return "\n".join(
        line if number in kept else "" for number, line in enumerate(text.split("\n"), start=1)
    )


def _is_constant(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Assign):
        return False
    try:
        ast.literal_eval(node.value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True
