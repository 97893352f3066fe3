"""Whatever MPLBACKEND says, figures are drawn, and pyplot still goes where the user wants it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import initlab.report

INLINE = "module://matplotlib_inline.backend_inline"  # what a Jupyter kernel sets
SOURCES = sorted(Path(initlab.report.__file__).parent.glob("*.py"))


def run(program, tmp_path, backend):
    environment = {**os.environ, "MPLBACKEND": backend}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, check=False, cwd=tmp_path, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("backend", ["nonsense", "", INLINE, "module://no_such_module_anywhere"])
def test_a_figure_is_drawn_and_the_variable_stays(tmp_path, backend):
    program = (
        "import os\n"
        "from initlab.report import save_figure\n"
        "from initlab.report.style import one_axes\n"
        "save_figure(one_axes(None).figure, 'a.png')\n"
        "print(os.environ['MPLBACKEND'])"
    )
    assert run(program, tmp_path, backend) == backend
    assert (tmp_path / "a.png").read_bytes().endswith(b"IEND\xaeB`\x82")


@pytest.mark.parametrize("backend", ["svg", INLINE])
def test_a_backend_that_exists_is_the_one_pyplot_takes(tmp_path, backend):
    direct = "import matplotlib.pyplot as plt; print(plt.get_backend())"
    after_us = f"from initlab.report.backend import load_matplotlib; load_matplotlib(); {direct}"
    wanted = run(direct, tmp_path, backend)
    assert wanted.lower() in (backend, "inline")
    assert run(after_us, tmp_path, backend) == wanted


def test_a_backend_chosen_in_code_stays(tmp_path):
    program = (
        "import matplotlib; matplotlib.use('pdf')\n"
        "from initlab.report.backend import load_matplotlib; load_matplotlib()\n"
        "print(matplotlib.get_backend())"
    )
    assert run(program, tmp_path, "svg") == "pdf"


def imports_matplotlib(node):
    if isinstance(node, ast.Import):
        return any(alias.name.partition(".")[0] == "matplotlib" for alias in node.names)
    return isinstance(node, ast.ImportFrom) and (node.module or "").startswith("matplotlib")


def calls_load_matplotlib(node):
    return isinstance(node, ast.Expr) and ast.unparse(node) == "load_matplotlib()"


def unsafe_imports(text):
    """Lines that import matplotlib, and what runs just before does not make it safe."""
    for parent in ast.walk(ast.parse(text)):
        if isinstance(parent, ast.If) and ast.unparse(parent.test) == "TYPE_CHECKING":
            continue
        body = getattr(parent, "body", [])  # a list, but of a lambda or an `a if b else c`
        safe = False
        for node in body if isinstance(body, list) else []:
            safe = safe or calls_load_matplotlib(node)
            if imports_matplotlib(node) and not safe:
                yield node.lineno


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_every_import_of_matplotlib_in_a_report_is_safe(path):
    if path.name != "backend.py":
        assert list(unsafe_imports(path.read_text(encoding="utf-8"))) == []


def test_the_reader_of_imports_sees_an_unsafe_one():
    assert list(unsafe_imports("def f():\n    import matplotlib.figure")) == [2]
    assert list(unsafe_imports("def f():\n    load_matplotlib()\n    import matplotlib")) == []
    assert list(unsafe_imports("from matplotlib.lines import Line2D\nload_matplotlib()")) == [1]
