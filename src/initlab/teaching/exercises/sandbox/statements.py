"""A notebook's statements and the names an answer must have -> the statements it needs, in order.

An answer needs what makes its name and, in turn, what makes the names used there: imports,
constants, helpers, a loop that fills a table. Training and figures are not among them.
"""

from __future__ import annotations

import ast
import dis
import re
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType

LOADS = ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS")
STORES = ("STORE_NAME", "STORE_GLOBAL", "DELETE_NAME", "DELETE_GLOBAL")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
REFLECTING = {"eval", "exec", "globals", "vars"}  # they look up names that are texts
EVERYTHING = "*"  # what ``from module import *`` binds


@dataclass(frozen=True)
class Statement:
    """A statement at top level.

    Attributes:
        cell: number of its cell.
        node: the statement.
        bound: names that it binds or deletes.
        changed: names of what it changes in place: ``a[0] = 1``, ``a.b = 1``, ``a.append(1)``.
        imported: those bound that stand for modules and what is in them.
        used: names that it looks up, those in functions defined here included; a loop makes its
            variable itself.
        later: names that functions defined here bind when they are called.
        called: names of functions that it calls.
    """

    cell: int
    node: ast.stmt
    bound: frozenset[str]
    changed: frozenset[str]
    imported: frozenset[str]
    used: frozenset[str]
    later: frozenset[str]
    called: frozenset[str]


def statement(cell: int, node: ast.stmt) -> Statement:
    """Find out which names a statement makes and uses.

    Raises:
        SyntaxError: it can be parsed and no more, such as a return outside a function.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        outer, *inner = _codes(compile(ast.Module([node], []), "", "exec", dont_inherit=True))
    parts = list(_outside_functions(node))
    aliases = [
        alias for one in parts if isinstance(one, (ast.Import, ast.ImportFrom))
        for alias in one.names
    ]  # fmt: skip
    used = set(_names([outer, *inner], LOADS))
    if used & REFLECTING:
        used.update(word for text in _texts([outer, *inner]) for word in re.findall(r"\w+", text))
    future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
    everything = {EVERYTHING} if future or any(one.name == EVERYTHING for one in aliases) else set()
    return Statement(
        cell, node,
        bound=frozenset({*_names([outer], STORES), *everything}),
        changed=frozenset(name for one in parts for name in _changed(one)),
        imported=frozenset((one.asname or one.name).partition(".")[0] for one in aliases),
        used=frozenset(used) - _loop_variables(node),
        later=frozenset(_names(inner, ("STORE_GLOBAL", "DELETE_GLOBAL"))),
        called=frozenset(one.func.id for one in parts
                         if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)),
    )  # fmt: skip


def needed(
    statements: Sequence[Statement], wanted: Collection[str]
) -> list[tuple[Statement, frozenset[str]]]:
    """Return the statements that make the wanted names, and all that these need.

    Where none makes a wanted name, all functions are wanted.

    Returns:
        In order, each statement with the names it is needed for.
    """
    functions = {
        name: one.later
        for one in statements if isinstance(one.node, FUNCTIONS) for name in one.bound
    }  # fmt: skip
    modules = frozenset().union(*(one.imported for one in statements))
    makes = [_makes(one, modules, functions) for one in statements]
    names = set(wanted)
    if not any(names & made for made in makes):
        names = set(functions)
    names.add(EVERYTHING)
    kept: set[int] = set()
    while more := {k for k, made in enumerate(makes) if made & names} - kept:
        kept |= more
        names.update(*(statements[k].used for k in more))
    return [(statements[k], makes[k] & names) for k in sorted(kept)]


def _makes(
    one: Statement, modules: frozenset[str], functions: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """Return all names that a statement makes; ``plt.plot()`` does not make ``plt``."""
    by_calls = (functions[name] for name in one.called if name in functions)
    return one.bound.union(one.changed - modules, *by_calls)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _names(codes: Collection[CodeType], operations: Collection[str]) -> Iterator[str]:
    for code in codes:
        yield from (one.argval for one in dis.get_instructions(code) if one.opname in operations)


def _texts(codes: Collection[CodeType]) -> Iterator[str]:
    for code in codes:
        yield from (constant for constant in code.co_consts if isinstance(constant, str))


def _loop_variables(node: ast.stmt) -> frozenset[str]:
    """Return the variables of a loop, but for one that its first line looks up."""
    if not isinstance(node, ast.For):
        return frozenset()
    bound, used = (
        {one.id for one in ast.walk(part) if isinstance(one, ast.Name)}
        for part in (node.target, node.iter)
    )
    return frozenset(bound - used)


def _changed(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        node = node.value.func
    elif isinstance(getattr(node, "ctx", None), ast.Load):
        return
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        while isinstance(node, (ast.Attribute, ast.Subscript)):
            node = node.value
        if isinstance(node, ast.Name):
            yield node.id


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        if not isinstance(one, (*FUNCTIONS, ast.Lambda)):
            waiting += ast.iter_child_nodes(one)
