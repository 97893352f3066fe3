"""What holds on another computer only: Colab, its folders, its windows, its installer."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import libcst as cst

from initlab.teaching.notebook import AROUND_PYTHON
from initlab.teaching.repair.names import Code, aliases_of, module_of, plain
from initlab.teaching.repair.statements import calls_of, first_text, statement_of, text_of
from initlab.teaching.repair.tree import Edit, OwnLine, Tree

OWN_EXTENSIONS = ("autoreload", "storemagic", "deduperreload")  # IPython brings these
ROOTED = re.compile(r"(?:/|~|[A-Za-z]:)")
WINDOW = re.compile(r"(?:tk|qt|gtk|wx|macosx)\w*", re.IGNORECASE)
IN_A_WINDOW = re.compile(r"%matplotlib[ \t]+(?P<old>(?:qt\w*|tk|gtk\w*|wx|osx|macosx|auto|widget"
                         r"|ipympl)\b)")  # fmt: skip
INSTALLS = re.compile(
    r"(?:![ \t]*(?:(?:\{?sys\.executable\}?|python3?)[ \t]+-m[ \t]+)?|%)"
    r"(?:(?:pip3?|conda|apt|apt-get)[ \t]"
    r"|(?:wget|curl)[ \t][^\n]*\b(?:helpers?|init_utils|public_tests|test_utils)\.py)"
)
CHECKER = re.compile(r"![ \t]*(?P<old>python3?)(?=[ \t]+\S*\btests/\w+\.py\b)")
EXTENSION = re.compile(r"%(?:re)?load_ext[ \t]+(\w+)")


def colab(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield statements that only Colab can run: its imports, its drive and its uploads."""
    for statement in tree.all(cst.ImportFrom):
        if module_of(statement).startswith("google.colab") or (
            module_of(statement) == "google"
            and [plain(one.name) for one in aliases_of(statement)] == ["colab"]
        ):
            yield tree.set_aside(statement)
    for whole in tree.all(cst.Import):
        if all(plain(one.name).startswith("google.colab") for one in whole.names):
            yield tree.set_aside(whole)
    for call in tree.all(cst.Call):
        name = plain(call.func)
        if name in ("drive.mount", "drive.flush_and_unmount"):
            if found := statement_of(tree, call):
                yield tree.set_aside(found)
        elif name == "files.upload" and not call.args:
            yield tree.replace(call, "{}")


def absent_folders(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield lines that change to an absolute folder which does not exist."""
    for call in calls_of(tree, code, "os.chdir"):
        folder, found = first_text(call), statement_of(tree, call)
        if folder and found and ROOTED.match(folder) and not Path(folder).expanduser().is_dir():
            yield tree.set_aside(found)


def windows(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield edits of lines that select a backend of matplotlib which opens windows."""
    names = ("matplotlib.use", "matplotlib.pyplot.switch_backend", "pyplot.switch_backend")
    for call in calls_of(tree, code, *names):
        found = statement_of(tree, call)
        if found and WINDOW.fullmatch(first_text(call) or ""):
            yield tree.set_aside(found)
    for own, found_text in _matching(tree, IN_A_WINDOW):
        begin, end = found_text.span("old")
        yield Edit(own.begin + begin, own.begin + end, "inline")


def installing(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield lines that install packages, or fetch the file that a drop-in replaces."""
    yield from _aside(tree, lambda line: INSTALLS.match(line) is not None)


def other_pythons(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield edits of shell lines that run a test file with another Python than the notebook's."""
    for own, found in _matching(tree, CHECKER):
        here = shutil.which(found["old"])
        if here is None or Path(here).parent != Path(sys.executable).parent:
            begin, end = found.span("old")
            executable = "{__import__('sys').executable}"
            yield Edit(own.begin + begin, own.begin + end, executable)


def absent_extensions(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield lines that load an extension of IPython which is not installed."""

    def absent(line: str) -> bool:
        found = EXTENSION.match(line)
        if found is None or found[1] in OWN_EXTENSIONS:
            return False
        return importlib.util.find_spec(found[1]) is None

    yield from _aside(tree, absent)


def ipython_lines(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield lines of a script that only IPython understands; code that is timed is kept."""
    yield from _aside(tree, lambda line: line.startswith(("%", "!")))
    for call in tree.all(cst.Call):
        function = call.func
        if not isinstance(function, cst.Attribute) or not _is_ipython(function.value):
            continue
        given = [text_of(one.value) for one in call.args]
        statement = statement_of(tree, call)
        if statement is None:
            continue
        runs = function.attr.value in ("run_line_magic", "run_cell_magic")
        if runs and len(given) > 1 and given[0] in AROUND_PYTHON and given[-1] is not None:
            yield tree.replace(statement, given[-1].rstrip("\n"))
        else:
            yield tree.set_aside(statement)


def old_magics(tree: Tree, code: Code) -> Iterator[Edit]:
    """Yield calls of get_ipython().magic, with their present replacement."""
    for call in tree.all(cst.Call):
        function, line = call.func, first_text(call)
        if not isinstance(function, cst.Attribute) or function.attr.value != "magic":
            continue
        if line and _is_ipython(function.value):
            name, _, rest = line.strip().partition(" ")
            given = tree.text(function.value)
            yield tree.replace(call, f"{given}.run_line_magic({name!r}, {rest.strip()!r})")


def _is_ipython(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Call) and plain(node.func) == "get_ipython"


def _matching(tree: Tree, pattern: re.Pattern[str]) -> Iterator[tuple[OwnLine, re.Match[str]]]:
    for own in tree.own_lines:
        if found := pattern.match(own.text):
            yield own, found


def _aside(tree: Tree, unwanted: Callable[[str], bool]) -> Iterator[Edit]:
    """Turn lines of IPython's into comments."""
    for own in tree.own_lines:
        if unwanted(own.text):
            begin = tree.source.rfind("\n", 0, own.begin) + 1
            indent = tree.source[begin : own.begin]
            words = own.text.replace("\n", f"\n{indent}# ")
            yield Edit(own.begin, own.end, ("pass  # " if indent.strip() == "" != indent else "# ")
                       + words)  # fmt: skip
