"""Text of a cell -> its syntax tree with the place of every node; edits of nodes -> the new text.

IPython's own lines (``%``, ``!``, ``?``) are no Python: the tree has zeros of the same length in
their place, so that a node's place in the tree is its place in the cell. What no edit touches
stays byte for byte.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple, TypeVar

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from initlab.teaching.masking import masked
from initlab.teaching.notebook import AROUND_PYTHON, ASSIGNED, CELL_MAGIC, MAGIC, statements

TIMED = re.compile(r"(\s*)%(?:time|prun)[ \t]+(?=[^-\s])")  # a statement follows
Node = TypeVar("Node", bound=cst.CSTNode)


class Edit(NamedTuple):
    """A piece of a cell's text and its replacement; ``why`` replaces the reason of the rule."""

    begin: int
    end: int
    text: str
    why: str = ""

    def changes(self, source: str) -> bool:
        """Whether the replacement differs from the present text."""
        return source[self.begin : self.end] != self.text


class OwnLine(NamedTuple):
    """A line, or lines that continue it, that only IPython understands."""

    begin: int
    end: int
    text: str


@dataclass(frozen=True)
class Tree:
    """A cell that is Python.

    Attributes:
        source: its text.
        module: its tree, with zeros where IPython's lines stand.
        own_lines: IPython's lines.
        parents: of each node.
    """

    source: str
    module: cst.Module
    own_lines: tuple[OwnLine, ...]
    parents: Mapping[cst.CSTNode, cst.CSTNode]
    _places: Mapping[cst.CSTNode, tuple[int, int]]

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        """Return where a node begins and ends, without the brackets around it."""
        return self._places[node]

    def text(self, node: cst.CSTNode) -> str:
        """Return a node's text, without the brackets around it."""
        return self.source[slice(*self.span(node))]

    def all(self, kind: type[Node]) -> Iterator[Node]:
        """Yield the nodes of a kind in the order of the text."""
        return (node for node in self._nodes if isinstance(node, kind))

    @cached_property
    def _nodes(self) -> list[cst.CSTNode]:
        return [node for node in (self.module, *self.parents) if node in self._places]

    def replace(self, node: cst.CSTNode, text: str, why: str = "") -> Edit:
        """Put a text in a node's place."""
        return Edit(*self.span(node), text, why)

    def set_aside(self, statement: cst.BaseSmallStatement, why: str = "") -> Edit:
        """Turn a statement into a comment; one that shares its line becomes ``pass``."""
        line = self.parents[statement]
        begin, end = self.span(statement)
        if not isinstance(line, cst.SimpleStatementLine) or len(line.body) > 1:
            return Edit(begin, end, "pass", why)
        alone = "# " if self.parents[line] is self.module else "pass  # "
        indent = self.source[self.source.rfind("\n", 0, begin) + 1 : begin]
        words = self.source[begin:end].replace("\n", f"\n{indent}# ")
        return Edit(begin, end, alone + words, why)


@lru_cache(maxsize=512)
def parsed(source: str) -> Tree | None:
    """Return the tree of a cell, or None where it is not Python 3."""
    python, own = _without_own_lines(source)
    try:
        module = cst.parse_module(python)
        found = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    except (cst.ParserSyntaxError, RecursionError, ValueError):
        return None
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", python))]
    places = {
        node: (starts[at.start.line - 1] + at.start.column, starts[at.end.line - 1] + at.end.column)
        for node, at in found.items()
        if at.end.line <= len(starts)
    }
    parents: dict[cst.CSTNode, cst.CSTNode] = {}
    waiting: list[cst.CSTNode] = [module]
    while waiting:
        node = waiting.pop()
        children = list(node.children)
        parents.update(dict.fromkeys(children, node))
        waiting += reversed(children)
    ordered = dict(sorted(parents.items(), key=lambda pair: places.get(pair[0], (0, 0))))
    return Tree(source, module, own, ordered, places)


def outermost(edits: Iterable[Edit]) -> list[Edit]:
    """Return edits in the order of the text, without edits inside another edit."""
    kept: list[Edit] = []
    for edit in sorted(edits, key=lambda one: (one.begin, -one.end)):
        if not kept or edit.begin >= kept[-1].end:
            kept.append(edit)
    return kept


def edited(source: str, edits: Iterable[Edit]) -> str:
    """Return the text with edits made that do not overlap."""
    for edit in sorted(edits, key=lambda one: -one.begin):  # last first: places hold
        source = source[: edit.begin] + edit.text + source[edit.end :]
    return source


def line_number(source: str, place: int) -> int:
    """Return the line of a place, from 1."""
    return bisect_right([0, *(match.end() for match in re.finditer("\n", source))], place)


def _without_own_lines(source: str) -> tuple[str, tuple[OwnLine, ...]]:
    magic = CELL_MAGIC.match(source)
    if magic and magic[1] not in AROUND_PYTHON:  # another language
        return "0" + " " * (len(source) - 1), (OwnLine(0, len(source), source),)
    lines = source.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    found = []
    for place, code in statements(masked(source)):
        line = lines[place]
        begin, last = starts[place], place
        timed = TIMED.match(line)
        assigned = ASSIGNED.match(code)
        if timed:
            width = timed.end() - timed.end(1)
            lines[place] = timed[1] + "0;".ljust(width) + line[timed.end() :]
            found.append(OwnLine(begin + timed.end(1), starts[place + 1] - 1, line.strip()))
            continue
        own = MAGIC.match(code)
        if not own and not assigned:
            continue
        kept = own.end(1) if own else assigned.end(1) if assigned else 0
        while lines[last].rstrip().endswith("\\") and last + 1 < len(lines):
            last += 1
            lines[last] = "#" * len(lines[last])
        found.append(OwnLine(begin + kept, starts[last + 1] - 1,
                             source[begin + kept : starts[last + 1] - 1]))  # fmt: skip
        lines[place] = line[:kept] + "0" * (len(line) - kept)
    return "\n".join(lines), tuple(found)
