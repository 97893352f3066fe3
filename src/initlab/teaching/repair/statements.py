"""Calls, imports and arguments of a tree -> what they say, for rules that look for them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from initlab.teaching.repair.names import Code
from initlab.teaching.repair.tree import Tree


def calls_of(tree: Tree, code: Code, *names: str) -> Iterator[cst.Call]:
    """Yield the calls of functions with one of these full names."""
    return (call for call in tree.all(cst.Call) if code.dotted(call.func) in names)


def statement_of(tree: Tree, node: cst.CSTNode) -> cst.BaseSmallStatement | None:
    """Return the statement that is a call and nothing else, or an import; None for others."""
    above = tree.parents[node] if isinstance(node, cst.Call) else node
    if isinstance(above, cst.Expr | cst.Import | cst.ImportFrom):
        return above
    return None


def text_of(node: cst.CSTNode | None) -> str | None:
    """Return the value of a literal text, or None."""
    if not isinstance(node, cst.SimpleString):
        return None
    try:
        value = ast.literal_eval(node.value.lstrip("uU") if node.value[0] in "uU" else node.value)
    except (ValueError, SyntaxError):
        return None
    return value if isinstance(value, str) else None


def first_text(call: cst.Call) -> str | None:
    """Return the value of a call's first argument where that is a literal text."""
    return text_of(call.args[0].value) if call.args else None


def inside(node: cst.CSTNode, kind: type[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    """Yield the nodes of one kind in a node, itself included."""
    if isinstance(node, kind):
        yield node
    for child in node.children:
        yield from inside(child, kind)
