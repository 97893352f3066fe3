"""An old notebook -> a copy that runs, with what was changed cell by cell, and what was not."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from initlab.course.drop_ins import check_free, write_new
from initlab.course.masking import masked
from initlab.course.notebook import CodeCell, code_cells, read_notebook
from initlab.course.rules import RULES, Replacement

HELPERS = ("reg_utils", "gc_utils")  # files of the same week's other notebooks
UNNEEDED = ("h5py", "tensorflow", *HELPERS)


@dataclass(frozen=True)
class Change:
    """One line of one cell, before and after; cells and lines are counted from 1."""

    cell: int
    line: int
    rule: str
    before: str
    after: str
    why: str


@dataclass(frozen=True)
class Left:
    """What a cell has that no rule repairs."""

    cell: int
    name: str
    why: str


@dataclass(frozen=True)
class Repair:
    """The copy's path, the changes in order, and what was left."""

    written: Path
    changes: list[Change]
    left: list[Left]


def repair_notebook(path: Path, *, force: bool = False) -> Repair:
    """Write ``NAME_fixed.ipynb`` beside the notebook; the notebook itself is not touched.

    Raises:
        DataError: the file is no notebook.
        StorageError: it cannot be read, or the copy is there already.
    """
    content = copy.deepcopy(read_notebook(path))
    target = path.with_name(path.stem + "_fixed.ipynb")
    check_free(target, force=force)
    cells = code_cells(content)
    changes: list[Change] = []
    left: list[Left] = []
    for cell in cells:
        fixed, done = _repaired(cell, cells)
        changes += done
        left += _left(CodeCell(cell.number, fixed))
        if done:
            _put(content["cells"][cell.number - 1], fixed)
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_new(target, text.encode("utf-8", "surrogatepass"), force=force)
    return Repair(target, changes, left)


def _repaired(cell: CodeCell, cells: Sequence[CodeCell]) -> tuple[str, list[Change]]:
    source, changes = cell.source, []
    code = "\n".join(masked(one.source) for one in cells)
    for rule in RULES:
        if (rule.needs and not _used(rule.needs, cells)) or not rule.holds(code):
            continue
        for found in sorted(rule.find(source), key=lambda r: -r.begin):  # last first: places hold
            after = source[: found.begin] + found.text + source[found.end :]
            changes.append(_change(cell.number, source, after, found, rule.name, rule.why))
            source = after
    source, removed = _without_unneeded(source, cell.number, cells)
    return source, sorted(changes + removed, key=lambda change: change.line)


def _change(cell: int, before: str, after: str, found: Replacement, rule: str, why: str) -> Change:
    line = before.count("\n", 0, found.begin)
    old, new = (text.split("\n")[line].strip() for text in (before, after))
    return Change(cell, line + 1, rule, old, new, why)


IMPORT = re.compile(rf"^import ({'|'.join(UNNEEDED)})(?: as (\w+))?[ \t]*(?:#.*)?$")


def _without_unneeded(
    source: str, number: int, cells: Sequence[CodeCell]
) -> tuple[str, list[Change]]:
    """Turn imports that only an old helper file needed into comments, if nothing else uses them."""
    lines, changes = source.split("\n"), []
    for place, line in enumerate(lines):
        match = IMPORT.match(line)
        if match is None or _used(match[2] or match[1], cells):
            continue
        lines[place] = "# " + line
        why = f"{_whose(match[1])}; no cell uses it."
        changes.append(Change(number, place + 1, "unneeded-imports", line, lines[place], why))
    return "\n".join(lines), changes


def _whose(module: str) -> str:
    if module in HELPERS:
        return f"{module} is the helper file of another notebook"
    return f"Only the old helper files needed {module}"


def _used(name: str, cells: Sequence[CodeCell]) -> bool:
    word = re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)")
    return any(
        word.search(line)
        for cell in cells
        for line in masked(cell.source).split("\n")
        if not IMPORT.match(line)
    )


def _left(cell: CodeCell) -> list[Left]:
    mask = masked(cell.source)
    found = [Left(cell.number, name, why) for name, seen, why in LEFT if seen(mask)]
    try:
        cell.parsed()
    except SyntaxError as error:
        line = f" Line {error.lineno}: {error.msg}." if error.lineno else ""
        why = f"This cell is not valid Python 3.{line}"
        found.append(Left(cell.number, "not-python", why))
    return found


def _rows_as_samples(mask: str) -> bool:
    return bool(
        re.search(r"def plot_decision_boundary\b", mask) and re.search(r"\bX\[:,\s*0\]", mask)
    )


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda mask: compiled.search(mask) is not None


LEFT: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    ("torchvision", _matches(r"^\s*(?:from|import)\s+torchvision\b"),
     "Needs torchvision for what initlab has no stand-in of: pip install torchvision."),
    ("tensorflow", _matches(r"^\s*(?:from|import)\s+(?:tensorflow|keras)\b"),
     "Needs TensorFlow, which initlab does not replace."),
    ("h5py", _matches(r"^\s*(?:from|import)\s+h5py\b"), "Needs h5py: pip install h5py."),
    ("other-helpers", _matches(rf"^\s*(?:from|import)\s+(?:{'|'.join(HELPERS)})\b"),
     "Needs the helper file of another notebook of the course, which initlab does not replace."),
    ("rows-as-samples", _rows_as_samples,
     "Its own plot_decision_boundary reads rows as samples, but the course's X is (2, m). "
     "Leave the definition out to use the one of init_utils."),
)  # fmt: skip


def _put(cell: dict[str, Any], source: str) -> None:
    """Write the text back in the form the file had: lines or one text."""
    lines = source.splitlines(keepends=True)
    cell["source"] = lines if isinstance(cell["source"], list) else source


__all__ = ["Change", "Left", "Repair", "repair_notebook"]
