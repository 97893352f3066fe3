"""An old notebook or script -> a copy that runs, with what was changed where, and what was not."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from initlab.teaching.drop_ins.files import check_free, write_new
from initlab.teaching.masking import masked
from initlab.teaching.notebook import CodeCell, code_cells, read_notebook, read_script
from initlab.teaching.repair.helper_imports import (
    DROPPED_IN,
    OTHER_HELPERS,
    is_missing,
    replaced_line,
)
from initlab.teaching.repair.rules import RULES

SCRIPT = ".py"


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

    A script, ``NAME.py``, is repaired the same way, as a notebook of one cell, for Python alone.

    Raises:
        DataError: the file is neither a notebook nor a script.
        StorageError: it cannot be read, or the copy is there already.
    """
    script = path.suffix.lower() == SCRIPT
    content = read_script(path) if script else read_notebook(path)
    target = path.with_name(path.stem + "_fixed" + (SCRIPT if script else ".ipynb"))
    check_free(target, force=force)
    cells = code_cells(content)
    changes: list[Change] = []
    left: list[Left] = []
    for cell in cells:
        fixed, done = _repaired(cell, cells, path.parent, script=script)
        changes += done
        left += _left(CodeCell(cell.number, fixed), path.parent)
        if done:  # in the form the file had: lines or one text
            written = content["cells"][cell.number - 1]
            lines = isinstance(written["source"], list)
            written["source"] = fixed.splitlines(keepends=True) if lines else fixed
    whole = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    text = content["cells"][0]["source"] if script else whole
    write_new(target, text.encode("utf-8", "surrogatepass"), force=force)
    return Repair(target, changes, left)


def _repaired(
    cell: CodeCell, cells: Sequence[CodeCell], folder: Path, *, script: bool
) -> tuple[str, list[Change]]:
    source, changes = cell.source, []
    code = "\n".join(masked(one.source) for one in cells)
    for rule in RULES:
        if not rule.holds(code) or (rule.scripts_only and not script):
            continue
        spans = sorted(rule.find(source), key=lambda span: -span[0])  # last first: places hold
        for begin, end, text in spans:
            after = source[:begin] + text + source[end:]
            line = source.count("\n", 0, begin)
            old, new = (version.split("\n")[line].strip() for version in (source, after))
            changes.append(Change(cell.number, line + 1, rule.name, old, new, rule.why))
            source = after
    source, removed = _without_unneeded(source, cell.number, cells, folder)
    return source, sorted(changes + removed, key=lambda change: change.line)


IMPORT = re.compile(r"^[ \t]*(?:import|from)[ \t]+\w")


def _without_unneeded(
    source: str, number: int, cells: Sequence[CodeCell], folder: Path
) -> tuple[str, list[Change]]:
    """Turn imports into comments that an old helper file needed, or that are missing and unused."""
    lines, changes = source.split("\n"), []
    for place, line in enumerate(masked(source).split("\n")):
        if not IMPORT.match(line):
            continue
        found = replaced_line(line, folder, lambda name: _used(name, cells))
        if found is None:
            continue
        before, (after, why) = lines[place], found
        comment = before[len(line.rstrip()) :]
        lines[place] = after + comment
        changes.append(Change(number, place + 1, "unneeded-imports", before.strip(),
                              lines[place].strip(), why))  # fmt: skip
    return "\n".join(lines), changes


def _used(name: str, cells: Sequence[CodeCell]) -> bool:
    """Whether code outside of imports has the name; a pattern of names does as well."""
    word = re.compile(rf"(?<![\w.]){name}(?!\w)")
    return any(
        word.search(line)
        for cell in cells
        for line in masked(cell.source).split("\n")
        if not IMPORT.match(line)
    )


def _left(cell: CodeCell, folder: Path) -> list[Left]:
    mask = masked(cell.source)
    found = [Left(cell.number, name, why) for name, pattern, why in LEFT
             if re.search(pattern, mask, re.MULTILINE)]  # fmt: skip
    try:
        found += [
            Left(cell.number, "missing-module", f"Needs {name}, which is not installed here.")
            for name in _modules(cell.parsed())
            if not NAMED_ALREADY.match(name) and is_missing(name, folder)
        ]
    except SyntaxError as error:
        line = f" Line {error.lineno}: {error.msg}." if error.lineno else ""
        why = f"This cell is not valid Python 3.{line}"
        found.append(Left(cell.number, "not-python", why))
    return found


def _modules(tree: ast.Module) -> list[str]:
    """Names of the modules that statements outside of ``try`` import, each once."""
    statements = [
        node for one in tree.body if not isinstance(one, ast.Try) for node in ast.walk(one)
    ]
    names = [alias.name for one in statements if isinstance(one, ast.Import) for alias in one.names]
    names += [one.module for one in statements if isinstance(one, ast.ImportFrom) and one.module]
    return list(dict.fromkeys(name.split(".")[0] for name in names))


NAMED_ALREADY = re.compile(
    rf"(?:torchvision|tensorflow|keras|h5py|{'|'.join(DROPPED_IN)}|{OTHER_HELPERS})$"
)
LEFT = (  # what it is called, what a cell that has it contains, why it is left
    ("torchvision", r"^\s*(?:from|import)\s+torchvision\b",
     "Needs torchvision for what initlab has no stand-in of: pip install torchvision."),
    ("tensorflow", r"^\s*(?:from|import)\s+(?:tensorflow|keras)\b",
     "Needs TensorFlow, which initlab does not replace."),
    ("h5py", r"^\s*(?:from|import)\s+h5py\b", "Needs h5py: pip install h5py."),
    ("other-helpers", rf"^\s*(?:from|import)\s+(?:{OTHER_HELPERS})\b",
     "Needs the helper file of another notebook of the course, which initlab does not replace."),
    ("rows-as-samples", r"\A(?=[\s\S]*def plot_decision_boundary\b)(?=[\s\S]*\bX\[:,\s*0\])",
     "Its own plot_decision_boundary reads rows as samples, but the course's X is (2, m). "
     "Leave the definition out to use the one of init_utils."),
    ("colab", r"\b(?:cv2_imshow|auth\.authenticate_user|files\.download)\s*\(",
     "Only Google's Colab has this."),
)  # fmt: skip
