"""A notebook of the course on circles -> what its labels and boundary need today."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from initlab.teaching.repair.names import Code, plain
from initlab.teaching.repair.statements import inside
from initlab.teaching.repair.tree import Edit, Tree

BOUNDARY = "plot_decision_boundary"


def label_row(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield edits of the labels of plot_decision_boundary: shape (m,), as matplotlib needs."""
    if not _loads_the_course(code):
        return
    for call in _boundaries(tree):
        if len(call.args) == 3 and plain(call.args[2].value) in ("train_Y", "test_Y"):
            yield tree.replace(call.args[2].value, f"{plain(call.args[2].value)}[0]")


def own_boundary(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield edits of the notebook's own plot_decision_boundary: columns of X become rows."""
    if not _loads_the_course(code) or not _draws_columns(code):
        return
    for definition, points in own_boundaries(tree):
        for one in inside(definition, cst.Subscript):
            if isinstance(one, cst.Subscript) and (number := _column(one, points)) is not None:
                yield tree.replace(one, f"{points}[{number}, :]")


def own_boundaries(tree: Tree) -> Iterator[tuple[cst.FunctionDef, str]]:
    """Yield the definitions of plot_decision_boundary, with the name of the points in each."""
    for definition in tree.all(cst.FunctionDef):
        if definition.name.value == BOUNDARY and len(definition.params.params) > 1:
            yield definition, definition.params.params[1].name.value


def reads_rows(tree: Tree) -> bool:
    """Whether a cell defines a plot_decision_boundary that reads rows as samples."""
    return any(
        isinstance(one, cst.Subscript) and _column(one, points) == "0"
        for definition, points in own_boundaries(tree)
        for one in inside(definition, cst.Subscript)
    )


def _column(node: cst.Subscript, points: str) -> str | None:
    """Return 0 or 1 where a subscript is that column of the points."""
    if plain(node.value) != points or len(node.slice) != 2:
        return None
    rows, column = (one.slice for one in node.slice)
    whole = isinstance(rows, cst.Slice) and not (rows.lower or rows.upper or rows.step)
    if not whole or not isinstance(column, cst.Index):
        return None
    number = column.value.value if isinstance(column.value, cst.Integer) else ""
    return number if number in ("0", "1") else None


def _boundaries(tree: Tree) -> Iterator[cst.Call]:
    return (call for call in tree.all(cst.Call) if plain(call.func) == BOUNDARY)


def _loads_the_course(code: Code) -> bool:
    return "load_dataset" in code.used | code.aliases.keys() or any(
        node.attr.value == "load_dataset" for tree in code.trees for node in tree.all(cst.Attribute)
    )


def _draws_columns(code: Code) -> bool:
    """Whether the boundary is drawn of the course's points as they are, samples in columns."""
    given = [plain(one.value) for tree in code.trees for call in _boundaries(tree)
             for one in call.args]  # fmt: skip
    turned = any(one.endswith("_X.T") or one.endswith(".T") for one in given) or any(
        plain(node.targets[0].target).endswith("_X") and plain(node.value).endswith(".T")
        for tree in code.trees for node in tree.all(cst.Assign)
    )  # fmt: skip
    return any(one in ("train_X", "test_X") for one in given) and not turned
