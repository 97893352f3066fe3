"""A repaired cell -> what still does not run here, by name and with the reason."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator

import libcst as cst

from initlab.teaching.notebook import CodeCell
from initlab.teaching.repair import Left
from initlab.teaching.repair.course_points import reads_rows
from initlab.teaching.repair.helper_imports import DROPPED_IN, OTHER_HELPER, is_missing, modules
from initlab.teaching.repair.names import Code, imports, plain
from initlab.teaching.repair.old_names import CHANGED, LIBRARIES, gone
from initlab.teaching.repair.tree import Tree, parsed

NEEDED = {  # module -> what is said of it
    "torchvision": "The code needs parts of torchvision that initlab does not replace. To "
    "install torchvision: pip install torchvision",
    "tensorflow": "The code needs TensorFlow, which initlab does not replace.",
    "keras": "The code needs TensorFlow, which initlab does not replace.",
    "h5py": "The code needs h5py. To install h5py: pip install h5py",
}
ALIKE = {"keras": "tensorflow"}  # said under one name
OF_COLAB = re.compile(r"(?:cv2_imshow|auth\.authenticate_user|files\.download)$")


def left_in(cell: CodeCell, code: Code) -> Iterator[Left]:
    """Yield what no rule could repair in a cell, each once."""
    tree = parsed(cell.source)
    if tree is None:
        yield Left(cell.number, "not-python", _why_not(cell))
        return
    names = list(dict.fromkeys(one for statement in imports(tree) for one in modules(statement)))
    tops = [name.split(".")[0] for name in names]
    said = dict.fromkeys(ALIKE.get(top, top) for top in tops if top in NEEDED)
    yield from (Left(cell.number, name, NEEDED[name]) for name in said)
    if any(OTHER_HELPER.match(name) and is_missing(name, code.folder) for name in names):
        why = (
            "The code needs the helper file of another notebook of the course. initlab does not "
            "have this file."
        )
        yield Left(cell.number, "other-helpers", why)
    if reads_rows(tree):
        why = (
            "This code defines plot_decision_boundary for an X whose rows are samples, but in the "
            "course's X, of shape (2, m), the columns are samples. Remove the definition, so that "
            "plot_decision_boundary from init_utils is used."
        )
        yield Left(cell.number, "rows-as-samples", why)
    if any(OF_COLAB.match(plain(call.func)) for call in tree.all(cst.Call)):
        yield Left(cell.number, "colab", "The code uses a function that only Google Colab has.")
    for name in dict.fromkeys(_tried_not(tree)):
        known = name in NEEDED or name in DROPPED_IN or OTHER_HELPER.match(name)
        if not known and is_missing(name, code.folder):
            why = f"The code needs the module {name}, which is not installed here."
            yield Left(cell.number, "missing-module", why)
    for name in gone(tree, code):
        library = LIBRARIES[name.split(".")[0]]
        version = importlib.metadata.version(library)
        more = "; the class that replaces it takes different arguments" if name in CHANGED else ""
        why = f"{library} {version} has no {name}{more}."
        yield Left(cell.number, "old-name", why)


def _tried_not(tree: Tree) -> Iterator[str]:
    """Yield the modules that statements outside of ``try`` import."""
    for statement in imports(tree):
        above: cst.CSTNode = statement
        while not isinstance(above, cst.Try | cst.Module):
            above = tree.parents[above]
        if isinstance(above, cst.Module):
            yield from (name.split(".")[0] for name in modules(statement))


def _why_not(cell: CodeCell) -> str:
    try:
        cell.parsed()
    except SyntaxError as error:
        line = f" Line {error.lineno}: {error.msg}." if error.lineno else ""
        return f"This code is not valid Python 3.{line}"
    return "This code is not valid Python 3."
