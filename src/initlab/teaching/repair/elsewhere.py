"""Lines of a cell that hold on another computer only -> the same lines, set aside as comments."""

from __future__ import annotations

import ast
import importlib.util
import re
import shutil
import sys
from pathlib import Path

from initlab.teaching.masking import masked
from initlab.teaching.notebook import AROUND_PYTHON
from initlab.teaching.repair.spans import Spans, both, set_aside, swap

OWN_EXTENSIONS = ("autoreload", "storemagic", "deduperreload")  # IPython brings these
AROUND = re.compile(r"^get_ipython\(\)\.run_(line|cell)_magic(\([^\n]*\))[ \t]*$", re.MULTILINE)


def _is_another_python(found: re.Match[str]) -> bool:
    here = shutil.which(found["old"])
    return here is None or Path(here).parent != Path(sys.executable).parent


# what only Google's Colab can do: its module, its drive, its upload
colab_lines = both(
    set_aside(
        r"^([ \t]*)(?:from[ \t]+google\.colab\b|import[ \t]+google\.colab\b"
        r"|drive\.(?:mount|flush_and_unmount)\s*\()[^\n]*$"
    ),
    swap(r"(?<![\w.])files\.upload\(\s*\)", "{}"),
)
# changes into a folder that is named from the root and is not here
absent_folders = set_aside(
    r"""^([ \t]*)os\.chdir\([ \t]*[ur]?(["'])((?:/|~|[A-Za-z]:)[^"'\n]*)\2[ \t]*\)[^\n]*$""",
    when=lambda found: not Path(found[3]).expanduser().is_dir(),
)
# lines that install or remove packages, or fetch the file that the drop-in replaces
installing_lines = set_aside(
    r"^([ \t]*)(?:![ \t]*(?:(?:\{?sys\.executable\}?|python3?)[ \t]+-m[ \t]+)?|%)"
    r"(?:(?:pip3?|conda|apt|apt-get)[ \t]"
    r"|(?:wget|curl)[ \t][^\n]*\b(?:helpers?|init_utils|public_tests|test_utils)\.py)[^\n]*$"
)
# calls of the checker by a Python that is not this one, and may not have initlab
other_pythons = swap(
    r"^[ \t]*![ \t]*(?P<old>python3?)(?=[ \t]+\S*\btests/test_initialization\.py\b)",
    "{__import__('sys').executable}",
    when=_is_another_python,
)
# lines that ask matplotlib for one certain kind of window
window_lines = both(
    set_aside(
        r"""^([ \t]*)(?:matplotlib|mpl|plt|pyplot)\.(?:use|switch_backend)\([ \t]*["']"""
        r"""(?:tk|qt|gtk|wx|macosx)\w*["'][^\n]*$""",
        flags=re.IGNORECASE,
    ),
    swap(
        r"^[ \t]*%matplotlib[ \t]+"
        r"(?P<old>(?:qt\w*|tk|gtk\w*|wx|osx|macosx|auto|widget|ipympl)\b)",
        "inline",
    ),
)
# lines that load an extension of IPython which is not installed
absent_extensions = set_aside(
    r"^([ \t]*)%(?:re)?load_ext[ \t]+(\w+)[^\n]*$",
    when=lambda found: (
        found[2] not in OWN_EXTENSIONS and importlib.util.find_spec(found[2]) is None
    ),
)
_ipython = set_aside(r"^([ \t]*)(?:[%!][^\n]*|get_ipython\(\)\.[^\n]*)$")
OLD_MAGIC = re.compile(
    r"""(?<=get_ipython\(\))\.magic\([ \t]*u?(["'])(\w+)[ \t]*([^"'\n]*)\1[ \t]*\)"""
)


def ipython_lines(source: str) -> Spans:
    """Yield lines of a script that only IPython understands; code that is timed is kept."""
    kept = set()
    for found in AROUND.finditer(source):
        arguments = _arguments(found[2])
        if arguments and arguments[0] in AROUND_PYTHON and len(arguments) > 1:
            kept.add(found.start())
            yield *found.span(), arguments[-1].rstrip("\n")
    yield from (span for span in _ipython(source) if span[0] not in kept)


def old_magics(source: str) -> Spans:
    """Yield calls of get_ipython().magic, with what IPython has for it today."""
    mask = masked(source)
    for found in OLD_MAGIC.finditer(source):
        if mask[found.start()] == ".":
            yield *found.span(), f".run_line_magic({found[2]!r}, {found[3].strip()!r})"


def _arguments(text: str) -> list[str]:
    try:
        given = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return []
    texts = isinstance(given, tuple) and all(isinstance(one, str) for one in given)
    return list(given) if texts else []
