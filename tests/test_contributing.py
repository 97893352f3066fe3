"""CONTRIBUTING.md sends a reader to files and names that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HOME = Path(__file__).parent.parent
TEXT = (HOME / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT[TEXT.index("| to add |") :].partition("\n\n")[0].splitlines()[2:]
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_names_files_tables_and_tests_that_exist(row):
    _, where, tests = row
    source = folder = HOME / "src" / "initlab"
    named = ""
    for name in re.findall(r"`([^`]+)`", where):
        if "/" not in name and "." not in name:
            named = name
            continue
        source = (folder if "/" in name else source.parent) / name
        assert source.exists(), name
        if named:
            text = source.read_text(encoding="utf-8")
            assert re.search(rf"^(class )?{named}\b.*[=:]", text, re.MULTILINE)
            named = ""
    for path in tests.strip("`").split():
        assert (HOME / path).exists(), path


def test_every_folder_of_the_source_stands_in_the_table_of_rooms():
    folders = {one.parent.name for one in (HOME / "src" / "initlab").glob("*/__init__.py")}
    assert folders <= {*re.findall(r"^\| `(\w+)/", TEXT, re.MULTILINE)}
