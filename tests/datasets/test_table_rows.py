"""The same table in every spelling gives the same cells; a spelling that is unclear is refused."""

from __future__ import annotations

import csv
import io
import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initlab.datasets.table_rows import delimited_rows
from initlab.errors import DataError

TABLE = [["height", "kind"], ["1.5", "a cat"], ["-3e-2", "dog, brown; small"], ["7", 'the "cat"']]
SEPARATORS = [",", ";", "\t"]
ENDINGS = ["\n", "\r\n", "\r"]
QUOTING = [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16"]
LAST = ["", "ending", "three endings"]


def rows_of(content):
    return list(delimited_rows(content if isinstance(content, bytes) else content.encode(), "a"))


def written(table, separator=",", ending="\n", quoting=csv.QUOTE_MINIMAL):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator=ending, quoting=quoting).writerows(table)
    return out.getvalue()


@pytest.mark.parametrize("last", LAST)
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("separator", "ending", "quoting"), list(itertools.product(SEPARATORS, ENDINGS, QUOTING))
)
def test_every_spelling_of_a_table_gives_its_cells(separator, ending, quoting, encoding, last):
    text = written(TABLE, separator, ending, quoting).removesuffix(ending)
    text += {"": "", "ending": ending, "three endings": 3 * ending}[last]
    assert rows_of(text.encode(encoding)) == TABLE


cells = st.text(alphabet="ab1.5 ,;\t\"'é", max_size=6).map(str.strip)


@given(
    table=st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=6),
    separator=st.sampled_from(SEPARATORS), ending=st.sampled_from(ENDINGS),
)  # fmt: skip
def test_any_cells_come_back_as_the_standard_writer_quoted_them(table, separator, ending):
    table = [["a", "b", "c"], *map(list, table)]
    text = written(table, separator, ending, csv.QUOTE_ALL)
    assert rows_of(text) == table


def test_polars_reads_the_same_cells():
    polars = pytest.importorskip("polars")
    for separator, quoting in itertools.product(SEPARATORS, QUOTING):
        text = written(TABLE, separator, quoting=quoting)
        frame = polars.read_csv(
            text.encode(), separator=separator, has_header=False, infer_schema=False
        )
        assert rows_of(text) == [list(row) for row in frame.rows()]


def test_spaces_after_a_separator_do_not_hide_a_quote():
    assert rows_of('a, b\n1, "x, y"\n') == [["a", "b"], ["1", "x, y"]]


def test_the_separator_is_the_one_that_cuts_every_row_alike():
    assert rows_of("price, EUR;kind\n1;a\n2;b\n") == [
        ["price, EUR", "kind"],
        ["1", "a"],
        ["2", "b"],
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1,5;2,5\n3,5;4,5\n", "separate the cells: more than one of them gives"),
        ("a,b;c\n1;2,3\n4\n", "separate the cells: whichever is used, some rows"),
        ('a;b,c\n"1"x;2,3\n', "separate the cells: whichever is used, some rows"),
        (
            "x\n1\n",
            "row 1 must have two columns or more, separated by commas, semicolons",
        ),
        ("", "is empty"),
        ("\n\n", "is empty"),
        ('"\n"\n"\n"', "is empty"),
        ("x,y\n1,a\n2,b,3\n", "row 3 must have 2 cells, as many as row 1; got 3"),
        ("x,y\n1,a\n2\n", "row 3 must have 2 cells, as many as row 1; got 1"),
        ("x,y\n1,a\n\n2,b\n", "row 3 is empty"),
        ('x,y\n1,"a\n', "row 2: unexpected end of data"),
        ('x,y\n1,"a"b\n', "row 2: "),
        (
            b"x,y\n1,a\n2,\xff\n",
            "row 3 holds the byte 0xFF, which is not valid in UTF-8. If the table is",
        ),
        (b"\xff\xfex\x00,\x00y", "not valid in UTF-16"),
        (b"x,y\n1,\0\n", "not a text table: it holds NUL bytes"),
    ],
)
def test_an_unclear_table_is_refused_by_its_row(text, sentence):
    if text == b"\xff\xfex\x00,\x00y":
        text = text + b"\xd8"  # half a character
    with pytest.raises(DataError, match=re.escape(sentence)):
        rows_of(text)
