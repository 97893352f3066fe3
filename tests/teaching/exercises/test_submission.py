"""A learner's file -> the pieces of source that run."""

from __future__ import annotations

import pytest

from initlab.errors import DataError, StorageError
from initlab.teaching.exercises.sandbox.file_check import check_file
from initlab.teaching.exercises.sandbox.submission import read_submission
from tests.teaching.notebooks import cell, write

RIGHT = "def default_start(in_features):\n    return in_features**-0.5, (THREE * in_features)**-0.5"


def judged(path):
    return check_file("default_start", path).verdict


def test_of_a_notebook_only_what_the_answer_needs_runs(tmp_path):
    path = write(
        tmp_path / "a.ipynb",
        "import not_installed_anywhere\nimport math, os",
        "%matplotlib inline\n!rm -rf /\nTHREE = 3\nplt.plot([1, 2])\nraise SystemExit",
        cell("# words, no code", kind="markdown"),
        "def broken(:",
        "while True: pass",
        "@staticmethod\n" + RIGHT,
        "default_start(0) / 0\ndefault_start = None if False else default_start",
    )
    assert judged(path).passed


def test_the_last_of_two_definitions_counts(tmp_path):
    path = write(tmp_path / "a.ipynb", RIGHT, "THREE = 3",
                 "def default_start(in_features):\n    return 1, 2")  # fmt: skip
    assert judged(path).expected.startswith("std = ")


def test_an_error_names_the_cell_and_its_line(tmp_path):
    path = write(tmp_path / "a.ipynb", "x = 1", "# a\n# b\ndef default_start(n):\n    return 1 / 0")
    got = "ZeroDivisionError: division by zero, raised at cell 2, line 4: return 1 / 0"
    assert got in judged(path).got


def test_a_decorated_function_keeps_its_decorator_and_its_line(tmp_path):
    source = "import functools\n@functools.cache\n\ndef default_start(n):\n    return n"
    path = write(tmp_path / "a.ipynb", "x = [y]\n" + source)
    (chunk,) = read_submission(path, ["default_start"]).chunks
    assert chunk.source == "\n" + source


def test_imports_that_no_definition_uses_are_left_out(tmp_path):
    source = "import torch\nfrom math import *\nimport a.b\nimport c as d\ndef f():\n    a.x + d"
    (chunk,) = read_submission(write(tmp_path / "a.ipynb", source), ["default_start"]).chunks
    assert chunk.source.startswith("\nfrom math import *\nimport a.b\nimport c as d\ndef f")


def test_a_definition_that_fails_is_told_where_the_function_is_missed(tmp_path):
    other = "@not_there\ndef helper():\n    pass"
    path = write(tmp_path / "a.ipynb", other, "THREE = 3\n" + RIGHT)
    assert judged(path).passed
    path = write(tmp_path / "a.ipynb", "@not_there\n" + RIGHT)
    got = "NameError: name 'not_there' is not defined, raised at cell 1, line 1"
    assert got in judged(path).got


def test_a_cell_that_is_no_python_is_told_where_the_function_is_missed(tmp_path):
    broken = "def default_start(n)\n    return 1, 2"
    with pytest.raises(DataError, match="cell 2, line 1: expected ':'"):
        judged(write(tmp_path / "n.ipynb", "x = 1", broken))
    sound = "def default_start(n):\n    return n**-0.5, (3 * n) ** -0.5"
    assert judged(write(tmp_path / "n.ipynb", broken, sound)).passed


def test_a_name_that_no_cell_makes_is_explained(tmp_path):
    path = write(tmp_path / "n.ipynb", "exec('w = 1')", "def default_start(n):\n    return w")
    assert judged(path).hint.startswith(
        "From a notebook, a check runs only the statements that your function needs"
    )


def test_a_package_that_is_not_there_is_explained(tmp_path):
    path = tmp_path / "solution.py"
    path.write_text(
        "import nowhere_at_all\n\ndef default_start(n):\n    return nowhere_at_all.f(n)"
    )
    hint = judged(path).hint
    assert "the packages that are installed in the same Python environment" in hint
    assert "PyTorch" not in hint


def test_a_file_runs_whole_under_its_own_name(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(f"print(__name__)\nTHREE = sum([1, 2])\n{RIGHT}")
    result = check_file("default_start", path)
    assert result.verdict.passed
    assert result.output == "solution\n"


@pytest.mark.parametrize(
    "line", ["plot(default_start(3))", "import nowhere_at_all", "raise SystemExit", "open('data')",
             "assert default_start(0) == 0", "1 / 0"],
)  # fmt: skip
@pytest.mark.parametrize("first", [True, False])
def test_a_statement_of_a_file_that_fails_is_no_matter_if_the_answer_does_without(
    line, first, tmp_path
):
    path = tmp_path / "mine.py"
    path.write_text("\n".join([line, "THREE = 3", RIGHT] if first else ["THREE = 3", RIGHT, line]))
    assert judged(path).passed


def test_what_failed_before_is_told_where_its_name_is_missed(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(f"THREE = 6 / 0\n{RIGHT}")
    assert "An earlier statement failed (ZeroDivisionError: division by zero" in judged(path).hint


@pytest.mark.parametrize(
    ("lines", "cause"),
    [
        ("plot(3)\nTHREE = 6 / 0", "ZeroDivisionError: division by zero, raised at mine.py"),
        ("plot(3)\nimport nowhere_at_all as THREE", "No module named 'nowhere_at_all'"),
        ("plot(3)\n@not_there\ndef THREE():\n    pass", "NameError: name 'not_there'"),
        ("plot(3)\nTWO = 2 / 0\nTHREE = TWO + 1", "ZeroDivisionError: division by zero"),
        ("plot(3)\nTHREE = THREE", "NameError: name 'THREE' is not defined, raised at mine.py"),
        ("plot(3)\n1 / 0", "NameError: name 'plot' is not defined, raised at mine.py, line 1"),
    ],
)
def test_of_several_failures_the_one_that_would_have_made_the_name_is_told(lines, cause, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(f"{lines}\n{RIGHT}")
    assert "An earlier statement failed (" in judged(path).hint
    assert cause in judged(path).hint


def test_of_very_many_failures_not_all_are_kept(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("THREE = 1 / 0\n" + "raise ValueError('x' * 3000)\n" * 1000 + RIGHT)
    assert "An earlier statement failed (ZeroDivisionError" in judged(path).hint


def test_of_a_script_with_marked_cells_only_what_the_answer_needs_runs(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(f"# %%\nTHREE = 3\n{RIGHT}\n# %% [markdown]\n# words\n# %%\nwhile True: 1")
    assert judged(path).passed


def test_the_only_function_counts_whatever_its_name(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("from math import sqrt\n" + RIGHT.replace("default_start", "f", 1))
    assert "NameError: name 'THREE'" in judged(path).got


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe\x00", "or in UTF-8 if it declares no encoding"),
        (b"# coding: klingon\n", "cannot be read in the encoding that it declares"),
        (b"x = 1\0", "null bytes"),
        (b"#" * 1_000_001, "larger than 1 MB"),
        (b"#" * 300_001, "more than 300 kB"),
        (b"def f(:\n", "line 1: invalid syntax"),
        (b"def f():\n\tx = 1\n        y = 2\n", "line 3"),
        (b"x = 1\nreturn x\n", "line 2: 'return' outside function\nreturn x"),
        (b"(" * 10_000, "too many nested parentheses"),
        (b"", "not define default_start. Functions that the file defines: none"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_solution_is_refused_with_the_reason(content, words, tmp_path):
    path = tmp_path / "mine.py"
    path.write_bytes(content)
    with pytest.raises(DataError, match=words):
        judged(path)


def test_the_longest_source_is_read_whatever_its_letters(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("THREE = 3\n" + RIGHT + "\n#" + "\u0436" * 149_900)
    assert judged(path).passed


def test_an_old_encoding_that_is_declared_is_read(tmp_path):
    path = tmp_path / "mine.py"
    path.write_bytes(f"# coding: latin-1\nTHREE = 3  # \xfcber\n{RIGHT}".encode("latin-1"))
    assert judged(path).passed


def test_what_cannot_be_read_or_is_no_notebook_is_refused(tmp_path):
    (tmp_path / "a.ipynb").write_text("{}")
    with pytest.raises(DataError, match="not a notebook"):
        judged(tmp_path / "a.ipynb")
    with pytest.raises(StorageError, match="does not exist"):
        judged(tmp_path / "b.py")
    with pytest.raises(StorageError, match="is a folder"):
        judged(tmp_path)
