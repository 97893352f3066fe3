"""Code of Python 2 in a cell -> what takes its place in Python 3: print(...), range, as."""

from __future__ import annotations

import re

from initlab.teaching.masking import QUIET
from initlab.teaching.notebook import CodeCell
from initlab.teaching.repair.spans import Spans, swap

PRINT = re.compile(r"(?:^|(?<=[:;]))([ \t]*)print(?![\w(=.])(?![ \t]*(?:=|\(|>>|$))", re.MULTILINE)
_commas = swap(
    r"^[ \t]*except[ \t]+(?:[\w.]+|\([\w., \t]+\))(?P<old>[ \t]*,[ \t]*)\w+[ \t]*:", " as "
)
xranges = swap(r"(?<![\w.])xrange(?=\s*\()", "range")
OWN_XRANGE = re.compile(r"\bxrange\s*=|\bdef\s+xrange\b|\bas\s+xrange\b")


def print_statements(source: str) -> Spans:
    """Yield (begin, end, text) of each print statement; nothing in a cell that is Python 3."""
    if CodeCell(0, source).tree() is not None:
        return
    # strings keep one sign, so that a bare ``print`` differs from one with a string
    mask = QUIET.sub(lambda found: (" " if found[0][0] == "#" else "s") * len(found[0]), source)
    for found in PRINT.finditer(mask):
        begin, end = found.end(), _end(mask, found.end())
        shown = source[begin:end].strip()
        comma = shown.endswith(",")
        call = f"print({shown[:-1]}, end=' ')" if comma else f"print({shown})"
        if shown and CodeCell(0, call).tree() is not None:
            yield found.end(1), begin + len(source[begin:end].rstrip()), call


def caught_names(source: str) -> Spans:
    """Yield the comma of each ``except Error, name``; nothing in a cell that is Python 3."""
    if CodeCell(0, source).tree() is None:
        yield from _commas(source)


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
