"""Text of a cell that is Python 2 -> edits that make it Python 3: no tree can be made of it yet."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from initlab.teaching.masking import QUIET, masked
from initlab.teaching.repair.tree import Edit

PRINT = re.compile(r"(?:^|(?<=[:;]))([ \t]*)print(?![\w(=.])(?![ \t]*(?:=|\(|$))", re.MULTILINE)
ERROR_FILE = re.compile(r">>[ \t]*([\w.]+)[ \t]*,?(.*)", re.DOTALL)
COMMA = re.compile(
    r"^[ \t]*except[ \t]+(?:[\w.]+|\([\w., \t]+\))(?P<old>[ \t]*,[ \t]*)\w+[ \t]*:", re.MULTILINE
)
RAISE = re.compile(r"^[ \t]*raise[ \t]+([\w.]+)(?P<old>[ \t]*,[ \t]*)", re.MULTILINE)
UNEQUAL = re.compile(r"<>")
OCTAL = re.compile(r"(?<![\w.])0(?=[0-7]+(?![\w.]))")


def print_statements(source: str) -> Iterator[Edit]:
    """Yield edits that turn each print statement into a call."""
    mask = _texts_as_signs(source)
    for found in PRINT.finditer(mask):
        begin, end = found.end(), _end(mask, found.end())
        shown, options = source[begin:end].strip(), ""
        if to_file := ERROR_FILE.match(shown):
            shown, options = to_file[2].strip(), f"file={to_file[1]}"
        if shown.endswith(","):
            shown, options = shown[:-1], ", ".join(filter(None, ["end=' '", options]))
        call = f"print({', '.join(filter(None, [shown, options]))})"
        if _is_python(call):
            yield Edit(found.end(1), begin + len(source[begin:end].rstrip()), call)


def caught_names(source: str) -> Iterator[Edit]:
    """Yield edits of the comma in ``except Error, name``."""
    for found in COMMA.finditer(masked(source)):
        yield Edit(*found.span("old"), " as ")


def raised_words(source: str) -> Iterator[Edit]:
    """Yield edits that turn ``raise Error, words`` into a call of the error."""
    mask = _texts_as_signs(source)
    for found in RAISE.finditer(mask):
        end = _end(mask, found.end())
        yield Edit(found.start("old"), end, f"({source[found.end() : end].strip()})")


def unequal(source: str) -> Iterator[Edit]:
    """Yield edits that turn ``<>`` into ``!=``."""
    return (Edit(*found.span(), "!=") for found in UNEQUAL.finditer(masked(source)))


def octals(source: str) -> Iterator[Edit]:
    """Yield edits that turn numbers like ``0777`` into ``0o777``."""
    return (Edit(*found.span(), "0o") for found in OCTAL.finditer(masked(source)))


# name, reason, finder: tried one after another on what is not Python 3
RULES: tuple[tuple[str, str, Callable[[str], Iterator[Edit]]], ...] = (
    (
        "except-comma",
        "Python 3 requires 'except Error as name' in place of 'except Error, name'.",
        caught_names,
    ),
    (
        "raise-comma",
        "Python 3 requires 'raise Error(message)' in place of 'raise Error, message'.",
        raised_words,
    ),
    ("unequal", "In Python 3, != replaces <>.", unequal),
    ("octal-number", "In Python 3, octal numbers begin with 0o.", octals),
    ("print-statement", "print is a function in Python 3.", print_statements),
)


def _texts_as_signs(source: str) -> str:
    """Blank comments and strings, strings as signs: a bare ``print`` prints none."""
    return QUIET.sub(lambda found: (" " if found[0][0] == "#" else "s") * len(found[0]), source)


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


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
