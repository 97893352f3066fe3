"""docs/gains.md: every line of its code runs, and its numbers are today's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import initlab

TEXT = (Path(__file__).parents[2] / "docs" / "gains.md").read_text(encoding="utf-8")
LINES = re.findall(r"^(initlab\.\S.*?)\s+# (.*)$", TEXT, re.MULTILINE)
NUMBER = re.compile(r"\d\.\d{4,}")


def test_document_has_lines_to_run():
    assert len(LINES) >= 6


@pytest.mark.parametrize(("line", "comment"), LINES)
def test_line_gives_what_its_comment_says(line, comment):
    names = {"initlab": initlab}
    if "np." in line:
        names["np"] = pytest.importorskip("numpy")
    if "torch." in line:
        names["torch"] = pytest.importorskip("torch")
    if comment.startswith("an error"):
        with pytest.raises(initlab.ArgumentError):
            eval(line, names)
        return
    found = eval(line, names)
    printed = [float(number) for number in NUMBER.findall(comment)]
    if printed or isinstance(found, tuple):
        values = found if isinstance(found, tuple) else (found,)
        assert values == pytest.approx(printed, abs=1e-4)


def test_printed_mean_field_is_todays():
    lines = re.search(r"print\((.*)\)\n((?:# .*\n)+)", TEXT)
    shown = "\n".join(line.removeprefix("# ") for line in lines[2].splitlines())
    assert str(eval(lines[1], {"initlab": initlab})) == shown
