"""Code of Python 2 in a cell -> what takes its place in Python 3: print(...), range, as."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from initlab.course.masking import QUIET, masked
from initlab.course.notebook import CodeCell

Spans = Iterator[tuple[int, int, str]]
PRINT = re.compile(r"(?:^|(?<=[:;]))([ \t]*)print(?![\w(=.])(?![ \t]*(?:=|\(|>>|$))", re.MULTILINE)
XRANGE = re.compile(r"(?<![\w.])xrange(?=\s*\()")
EXCEPT = re.compile(
    r"^[ \t]*except[ \t]+(?:[\w.]+|\([\w., \t]+\))([ \t]*,[ \t]*)\w+[ \t]*:", re.MULTILINE
)
OWN_XRANGE = re.compile(r"\bxrange\s*=|\bdef\s+xrange\b|\bas\s+xrange\b")


def print_statements(source: str) -> Spans:
    """Yield (begin, end, text) of each print statement; nothing in a cell that is Python 3."""
    if CodeCell(0, source).tree() is not None:
        return
    # strings keep one sign, so that a bare ``print`` differs from one with a string
    mask = QUIET.sub(lambda found: _filled(found[0]), source)
    for found in PRINT.finditer(mask):
        begin, end = found.end(), _end(mask, found.end())
        shown = source[begin:end].strip()
        comma = shown.endswith(",")
        call = f"print({shown[:-1]}, end=' ')" if comma else f"print({shown})"
        if shown and _is_python(call):
            yield found.end(1), begin + len(source[begin:end].rstrip()), call


def caught_names(source: str) -> Spans:
    """Yield the comma of each ``except Error, name``; nothing in a cell that is Python 3."""
    if CodeCell(0, source).tree() is None:
        for found in EXCEPT.finditer(masked(source)):
            yield *found.span(1), " as "


def xranges(source: str) -> Spans:
    """Yield (begin, end, text) of each call of xrange."""
    for found in XRANGE.finditer(masked(source)):
        yield *found.span(), "range"


def without_own_xrange(code: str) -> bool:
    """Whether a notebook does not bind the name itself."""
    return OWN_XRANGE.search(code) is None


def _filled(quiet: str) -> str:
    return (" " if quiet.startswith("#") else "s") * len(quiet)


def _end(mask: str, begin: int) -> int:
    """Return where the statement ends: at the line's end or a semicolon, outside brackets."""
    depth = 0
    for place in range(begin, len(mask)):
        if mask[place] in "([{":
            depth += 1
        elif mask[place] in ")]}":
            depth -= 1
        elif depth <= 0 and mask[place] in "\n;":
            return begin + len(mask[begin:place].rstrip())
    return begin + len(mask[begin:].rstrip())


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True
