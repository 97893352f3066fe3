"""Pattern -> where a cell has it, and what takes its place: (begin, end, text) of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from initlab.teaching.masking import masked

Spans = Iterator[tuple[int, int, str]]
Find = Callable[[str], Spans]
Condition = Callable[[re.Match[str]], bool]


def swap(
    pattern: str,
    text: str | Callable[[re.Match[str]], str],
    *,
    when: Condition = lambda found: True,
    in_strings: bool = False,
) -> Find:
    """Put ``text`` in place of a pattern, or of its group ``old`` where it has one.

    Args:
        pattern: found line by line, in code alone.
        text: a template, with groups as ``Match.expand`` reads them, or a function of the match.
        when: whether one that was found is to be replaced.
        in_strings: look into strings and comments as well.
    """
    compiled = re.compile(pattern, re.MULTILINE)
    old = "old" if "old" in compiled.groupindex else 0

    def find(source: str) -> Spans:
        for found in compiled.finditer(source if in_strings else masked(source)):
            if when(found):
                yield *found.span(old), text(found) if callable(text) else found.expand(text)

    return find


def set_aside(pattern: str, *, when: Condition = lambda found: True, flags: int = 0) -> Find:
    """Turn lines into comments; the first group of the pattern is a line's indentation."""
    compiled = re.compile(pattern, re.MULTILINE | flags)

    def find(source: str) -> Spans:
        mask = masked(source)
        for found in compiled.finditer(source):
            begin, code = found.end(1), mask[found.end(1) : found.end()]
            if not code.strip() or sum(map(code.count, "([{")) != sum(map(code.count, ")]}")):
                continue  # in a string or comment, or continued on the next line
            if when(found):
                yield begin, begin, "pass  # " if found[1] else "# "

    return find


def both(*finds: Find) -> Find:
    """Find what any of several finds."""
    return lambda source: (span for find in finds for span in find(source))
