"""Imports of a notebook's cells -> what each name stands for: np.int is numpy.int."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import libcst as cst

from initlab.teaching.repair.tree import Tree

ALIASES = {"np": "numpy", "plt": "matplotlib.pyplot", "mpl": "matplotlib"}
Import = cst.Import | cst.ImportFrom


@dataclass(frozen=True)
class Code:
    """All cells of a notebook, or a script.

    Attributes:
        trees: of the cells that are Python.
        folder: where the file lies.
        script: whether it runs without IPython.
    """

    trees: tuple[Tree, ...]
    folder: Path
    script: bool

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Name -> the module, or object of a module, that an import gave it."""
        found = dict(ALIASES)
        for tree in self.trees:
            for statement in imports(tree):
                found |= bound_by(statement)
        return found

    @cached_property
    def used(self) -> frozenset[str]:
        """Names that occur in code outside of imports."""
        return frozenset(name for tree in self.trees for name in _used(tree))

    @cached_property
    def bound(self) -> frozenset[str]:
        """Names that code outside of imports assigns or defines."""
        return frozenset(name for tree in self.trees for name in _bound(tree))

    def dotted(self, node: cst.CSTNode | None) -> str:
        """Return the full name of a name or attribute; "" for anything else."""
        if isinstance(node, cst.Name):
            return self.aliases.get(node.value, node.value)
        if isinstance(node, cst.Attribute):
            before = self.dotted(node.value)
            return f"{before}.{node.attr.value}" if before else ""
        return ""


def imports(tree: Tree) -> Iterator[Import]:
    """Yield the statements that import."""
    yield from tree.all(cst.Import)
    yield from tree.all(cst.ImportFrom)


def plain(node: cst.CSTNode | None) -> str:
    """Return a dotted name as it is written; "" for anything else."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        before = plain(node.value)
        return f"{before}.{node.attr.value}" if before else ""
    return ""


def module_of(statement: cst.ImportFrom) -> str:
    """Return the module that names are taken from, with the dots of a relative one."""
    return "." * len(statement.relative) + plain(statement.module)


def aliases_of(statement: Import) -> tuple[cst.ImportAlias, ...]:
    """Return the names imported; none for a star."""
    return () if isinstance(statement.names, cst.ImportStar) else tuple(statement.names)


def name_of(alias: cst.ImportAlias) -> str:
    """Return the name that an import gives: its own, or the one after ``as``."""
    return plain(alias.asname.name) if alias.asname else plain(alias.name)


def bound_by(statement: Import) -> dict[str, str]:
    """Return the names that a statement binds, and what for."""
    found = {}
    for alias in aliases_of(statement):
        whole = plain(alias.name)
        if isinstance(statement, cst.ImportFrom):
            found[name_of(alias)] = f"{module_of(statement)}.{whole}"
        elif alias.asname:
            found[name_of(alias)] = whole
        else:
            found[whole.split(".")[0]] = whole.split(".")[0]
    return found


def _used(tree: Tree) -> Iterator[str]:
    for node in tree.all(cst.Name):
        above = tree.parents[node]
        if isinstance(above, cst.Attribute) and above.attr is node:
            continue
        if isinstance(above, cst.Arg) and above.keyword is node:
            continue
        if not _in_import(tree, node):
            yield node.value


def _in_import(tree: Tree, node: cst.CSTNode) -> bool:
    while not isinstance(node, cst.BaseStatement | cst.Module):
        if isinstance(node, Import):
            return True
        node = tree.parents[node]
    return False


def _bound(tree: Tree) -> Iterator[str]:
    for target in tree.all(cst.AssignTarget):
        yield from _names_in(target.target)
    for assigned in tree.all(cst.AnnAssign):
        yield from _names_in(assigned.target)
    for loop in tree.all(cst.For):
        yield from _names_in(loop.target)
    for part in tree.all(cst.CompFor):
        yield from _names_in(part.target)
    for named in tree.all(cst.AsName):
        yield from _names_in(named.name)
    yield from (node.name.value for node in tree.all(cst.FunctionDef))
    yield from (node.name.value for node in tree.all(cst.ClassDef))
    yield from (node.name.value for node in tree.all(cst.Param))


def _names_in(node: cst.CSTNode) -> Iterable[str]:
    if isinstance(node, cst.Name):
        yield node.value
    elif isinstance(node, cst.Tuple | cst.List):
        for element in node.elements:
            yield from _names_in(element.value)
