"""Lines of a cell that hold on another computer only -> the same lines, set aside as comments."""

from __future__ import annotations

import ast
import importlib.util
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from initlab.course.masking import masked
from initlab.course.notebook import AROUND_PYTHON

Spans = Iterator[tuple[int, int, str]]
COLAB = re.compile(
    r"^([ \t]*)(?:from[ \t]+google\.colab\b|import[ \t]+google\.colab\b"
    r"|drive\.(?:mount|flush_and_unmount)\s*\()[^\n]*$",
    re.MULTILINE,
)
UPLOAD = re.compile(r"(?<![\w.])files\.upload\(\s*\)")
FOLDER = re.compile(
    r"""^([ \t]*)os\.chdir\([ \t]*[ur]?(["'])((?:/|~|[A-Za-z]:)[^"'\n]*)\2[ \t]*\)[^\n]*$""",
    re.MULTILINE,
)
INSTALL = re.compile(
    r"^([ \t]*)(?:![ \t]*(?:(?:\{?sys\.executable\}?|python3?)[ \t]+-m[ \t]+)?|%)"
    r"(?:(?:pip3?|conda|apt|apt-get)[ \t]"
    r"|(?:wget|curl)[ \t][^\n]*\b(?:helpers?|init_utils|public_tests|test_utils)\.py)[^\n]*$",
    re.MULTILINE,
)
CHECKER = re.compile(
    r"^[ \t]*![ \t]*(python3?)(?=[ \t]+\S*\btests/test_initialization\.py\b)", re.MULTILINE
)
WINDOW = re.compile(
    r"""^([ \t]*)(?:matplotlib|mpl|plt|pyplot)\.(?:use|switch_backend)\([ \t]*["']"""
    r"""(?:tk|qt|gtk|wx|macosx)\w*["'][^\n]*$""",
    re.MULTILINE | re.IGNORECASE,
)
KIND = re.compile(
    r"^([ \t]*%matplotlib[ \t]+)(?:qt\w*|tk|gtk\w*|wx|osx|macosx|auto|widget|ipympl)\b",
    re.MULTILINE,
)
EXTENSION = re.compile(r"^([ \t]*)%(?:re)?load_ext[ \t]+(\w+)[^\n]*$", re.MULTILINE)
OWN_EXTENSIONS = ("autoreload", "storemagic", "deduperreload")  # IPython brings these
AROUND = re.compile(r"^get_ipython\(\)\.run_(line|cell)_magic(\([^\n]*\))[ \t]*$", re.MULTILINE)
IPYTHON = re.compile(r"^([ \t]*)(?:[%!][^\n]*|get_ipython\(\)\.[^\n]*)$", re.MULTILINE)
OLD_MAGIC = re.compile(
    r"""(?<=get_ipython\(\))\.magic\([ \t]*u?(["'])(\w+)[ \t]*([^"'\n]*)\1[ \t]*\)"""
)


def colab_lines(source: str) -> Spans:
    """Yield what only Google's Colab can do: its module, its drive, its upload."""
    yield from _set_aside(COLAB, source)
    for found in UPLOAD.finditer(masked(source)):
        yield *found.span(), "{}"


def absent_folders(source: str) -> Spans:
    """Yield changes into a folder that is named from the root and is not here."""
    for found in FOLDER.finditer(source):
        if not Path(found[3]).expanduser().is_dir():
            yield from _set_aside(FOLDER, source, found.start())


def installing_lines(source: str) -> Spans:
    """Yield lines that install or remove packages, or fetch the file that the drop-in replaces."""
    yield from _set_aside(INSTALL, source)


def other_pythons(source: str) -> Spans:
    """Yield calls of the checker by a Python that is not this one, and may not have initlab."""
    for found in CHECKER.finditer(masked(source)):
        here = shutil.which(found[1])
        if here is None or Path(here).parent != Path(sys.executable).parent:
            yield *found.span(1), "{__import__('sys').executable}"


def window_lines(source: str) -> Spans:
    """Yield lines that ask matplotlib for one certain kind of window."""
    yield from _set_aside(WINDOW, source)
    for found in KIND.finditer(masked(source)):
        yield found.end(1), found.end(), "inline"


def absent_extensions(source: str) -> Spans:
    """Yield lines that load an extension of IPython which is not installed."""
    for found in EXTENSION.finditer(source):
        name = found[2]
        if name not in OWN_EXTENSIONS and importlib.util.find_spec(name) is None:
            yield from _set_aside(EXTENSION, source, found.start())


def ipython_lines(source: str) -> Spans:
    """Yield lines of a script that only IPython understands; code that is timed is kept."""
    kept = set()
    for found in AROUND.finditer(source):
        arguments = _arguments(found[2])
        if arguments and arguments[0] in AROUND_PYTHON and len(arguments) > 1:
            kept.add(found.start())
            yield *found.span(), arguments[-1].rstrip("\n")
    for begin, end, text in _set_aside(IPYTHON, source):
        if begin not in kept:
            yield begin, end, text


def old_magics(source: str) -> Spans:
    """Yield calls of get_ipython().magic, with what IPython has for it today."""
    mask = masked(source)
    for found in OLD_MAGIC.finditer(source):
        if mask[found.start()] != ".":
            continue
        yield *found.span(), f".run_line_magic({found[2]!r}, {found[3].strip()!r})"


def _arguments(text: str) -> list[str]:
    try:
        given = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return []
    return (
        list(given) if isinstance(given, tuple) and all(isinstance(a, str) for a in given) else []
    )


def _set_aside(pattern: re.Pattern[str], source: str, only: int | None = None) -> Spans:
    mask = masked(source)
    for found in pattern.finditer(source):
        if only is not None and found.start() != only:
            continue
        begin, code = found.end(1), mask[found.end(1) : found.end()]
        if not code.strip() or sum(map(code.count, "([{")) != sum(map(code.count, ")]}")):
            continue  # in a string or comment, or continued on the next line
        yield begin, begin, "pass  # " if found[1] else "# "
