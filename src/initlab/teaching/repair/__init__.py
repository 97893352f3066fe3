"""An old notebook or script -> a copy that runs here, and what was changed and why.

notebook -> tree (LibCST) -> rules (nodes -> edits) -> the text with these edits, nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from initlab.extras import load_optional


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
    """What came of a notebook or script.

    Attributes:
        written: path of the copy.
        changes: in order.
        left: what no rule repairs.
        scripts: the same of each script beside it that it imports and that needed a repair.
        helpers: helper files of the courses that were written beside it.
    """

    written: Path
    changes: list[Change]
    left: list[Left]
    scripts: list[Repair] = field(default_factory=list)
    helpers: list[Path] = field(default_factory=list)


def repair_notebook(path: Path, *, force: bool = False) -> Repair:
    """Write ``NAME_fixed.ipynb`` beside the notebook; the notebook itself is not touched.

    A script, ``NAME.py``, is repaired the same way, as a notebook of one cell, for Python alone.
    Scripts beside the notebook that the notebook imports are repaired too, and the copies import
    one another. If a helper file of a course is imported and missing, it is written.

    Args:
        path: the notebook or script.
        force: overwrite copies that are there.

    Raises:
        DataError: the file is neither a notebook nor a script.
        StorageError: it cannot be read, or a copy exists already.
        InitlabError: LibCST is not installed.
    """
    load_optional("libcst", "Repairing old code needs the package libcst, which", "repair")
    from initlab.teaching.repair.repairing import repair_file

    return repair_file(path, force=force)
