"""A .ipynb file -> its code cells, without any of Jupyter's packages."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from initlab.errors import DataError
from initlab.files import read_regular, shown_path
from initlab.teaching.masking import masked

LARGEST = 200 * 10**6  # bytes; figures in outputs make notebooks large
MAGIC = re.compile(r"^(\s*)(?:[%!?].*|[\w.]+\?{1,2}\s*)$")
ASSIGNED = re.compile(r"^(\s*[\w.\[\], ]+=\s*)[%!].*$")  # files = !ls
CELL_MAGIC = re.compile(r"\s*%%(\w+)")
AROUND_PYTHON = ("time", "timeit", "capture", "prun")  # cell magics whose cell is Python


@dataclass(frozen=True)
class CodeCell:
    """A code cell: its place among all cells, counted from 1, and its text."""

    number: int
    source: str

    @property
    def python(self) -> str:
        """Text with IPython's own lines (``%``, ``!``, ``?``) replaced by blank lines."""
        magic = CELL_MAGIC.match(self.source)
        if magic and magic[1] not in AROUND_PYTHON:
            return ""
        lines = self.source.split("\n")
        for place, code in statements(masked(self.source)):
            if found := MAGIC.match(code):
                lines[place] = found[1] + "pass"
            elif found := ASSIGNED.match(code):
                lines[place] = lines[place][: found.end(1)] + "None"
        return "\n".join(lines)

    def parsed(self) -> ast.Module:
        """Parse the text.

        Raises:
            SyntaxError: it is not Python; with line and column as in the cell.
        """
        import warnings

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)  # "\s" and the like: not ours to say
                return ast.parse(self.python)
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error) or "too deeply nested") from None

    def tree(self) -> ast.Module | None:
        """Parsed text, or None where it is not Python."""
        try:
            return self.parsed()
        except SyntaxError:
            return None


def statements(mask: str) -> Iterator[tuple[int, str]]:
    """Yield place and text of lines that begin a statement, outside brackets and strings."""
    depth, continued = 0, False
    for place, line in enumerate(mask.split("\n")):
        if depth <= 0 and not continued and line.strip():
            depth = 0
            yield place, line
            if MAGIC.match(line):
                continue  # brackets of a shell's line are not ours to match
        depth += sum(line.count(c) for c in "([{") - sum(line.count(c) for c in ")]}")
        continued = line.rstrip().endswith("\\")


def read_notebook(path: Path) -> dict[str, Any]:
    """Return the notebook's JSON.

    Raises:
        StorageError: the file cannot be read.
        DataError: it is not a notebook of format 4.
    """
    try:
        content = json.loads(read_regular(path, most=LARGEST).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{shown_path(path)} is not a notebook: it is not JSON.") from None
    cells = content.get("cells") if isinstance(content, Mapping) else None
    if not isinstance(cells, list) or not all(isinstance(cell, Mapping) for cell in cells):
        old = isinstance(content, Mapping) and "worksheets" in content
        hint = (
            " The file has an older format. To convert it, open it in Jupyter and save it."
            if old
            else ""
        )
        raise DataError(
            f"{shown_path(path)} is not a notebook of format 4: it has no list of cells.{hint}"
        )
    return dict(content)


def read_script(path: Path) -> dict[str, Any]:
    """Return a Python script as a notebook's JSON with one cell.

    Raises:
        StorageError: the file cannot be read.
        DataError: it is not text.
    """
    try:
        text = read_regular(path, most=LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{shown_path(path)} cannot be repaired: it is not UTF-8 text.") from None
    text = text.replace("\r\n", "\n")
    return {"cells": [{"cell_type": "code", "source": text}]}


def source_of(cell: Mapping[str, Any]) -> str:
    """Return a cell's text, which a file may keep as lines."""
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def code_cells(content: Mapping[str, Any]) -> list[CodeCell]:
    """Return the code cells in order."""
    return [
        CodeCell(number, source_of(cell))
        for number, cell in enumerate(content["cells"], start=1)
        if cell.get("cell_type") == "code"
    ]
