"""A CSV file is read exactly, or refused at the row and column of the first doubt."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from initlab.datasets.csv_table import parse_csv
from initlab.errors import DataError

GOOD = "height,width,kind\n1,2.5,cat\n-3e-2,+.5,dog\n"


def parse(text, **options):
    content = text if isinstance(text, bytes) else text.encode()
    return parse_csv(content, "a.csv", **options)


def test_numbers_labels_and_names_are_read():
    table = parse(GOOD)
    assert table.x.tolist() == [[1.0, 2.5], [-0.03, 0.5]]
    assert table.labels == ["cat", "dog"]
    assert table.features == ("height", "width")
    assert table.label == "kind"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + GOOD,  # byte order mark
        GOOD.replace("\n", "\r\n"),
        GOOD + "\n\n",
        GOOD.rstrip("\n"),
        GOOD.replace(",", ", "),
        GOOD.replace("2.5", '"2.5"'),
    ],
    ids=["bom", "crlf", "blank end", "no last newline", "spaces", "quotes"],
)
def test_harmless_spellings_give_the_same_table(text):
    table = parse(text)
    assert table.x.tolist() == parse(GOOD).x.tolist()
    assert (table.labels, table.features) == (["cat", "dog"], ("height", "width"))


def test_the_label_column_can_be_named():
    table = parse("kind,height\ncat,1\ndog,2\n", label="kind")
    assert (table.features, table.x.tolist()) == (("height",), [[1.0], [2.0]])
    with pytest.raises(DataError, match=r"no column 'kid'; its last is 'height'\. .*'kind'"):
        parse("kind,height\ncat,1\n", label="kid")


@pytest.mark.parametrize(
    "cell", ["nan", "NaN", "inf", "-Infinity", "", "  ", "x", "1_000", '"1,5"', "٣", "0x10",
             "1e999", "1 2", "--1", "1e", ".", "+", '"1\n2"', "True", "1;5"],
)  # fmt: skip
@pytest.mark.parametrize("place", ["x", "y"])
def test_a_cell_that_is_no_finite_number_is_refused_by_row_and_column(cell, place):
    row = f"{cell},1" if place == "x" else f"1,{cell}"
    with pytest.raises(
        DataError, match=rf'a.csv, row 3, column "{place}": found .*wanted a number'
    ):
        parse(f"x,y,kind\n1,2,cat\n{row},dog\n")


@given(text=st.text(alphabet="0123456789+-.eE_naif ٣½", min_size=1, max_size=8))
def test_every_number_the_parser_takes_is_one_that_json_or_c_would_take(text):
    try:
        value = parse(f"x,y\n{text},a\n").x[0, 0]
    except DataError:
        return
    assert math.isfinite(value)
    assert set(text.strip(" ")) <= set("0123456789+-.eE")
    assert value == float(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x,y\n1,a\n2,b,3\n", "row 3: found 3 cells, wanted 2"),
        ("x,y\n1,a\n2\n", "row 3: found 1 cells, wanted 2"),
        ("x,y\n1,a\n\n2,b\n", "row 3: found an empty row"),
        ("1,2\n3,4\n", "row 1: found numbers only, wanted the names"),
        ("x,x,y\n1,2,a\n", "row 1: found two columns named 'x'"),
        ("x,,y\n1,2,a\n", "row 1: found '' as the name of column 2"),
        ('x,"y\nz"\n1,a\n', "row 1: found 'y\\\\nz' as the name of column 2"),
        ("x;y\n1;a\n", "row 1: found one column, 'x;y'; .* commas"),
        ("x,y\n", "holds no rows below its header"),
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("x,y\n1,\n", 'row 2, column "y": found an empty cell, wanted a label'),
        ('x,y\n1,"a\nb"\n', 'row 2, column "y": found .* wanted a label'),
        ('x,y\n1,"a\n', "row 2: unexpected end of data"),
        ('x,y\n1,"a"b\n', "row 2: "),
        (b"x,y\n1,a\n2,\xff\n", "row 3: found a byte that is not UTF-8"),
    ],
)
def test_a_doubtful_file_is_refused_by_row(text, sentence):
    with pytest.raises(DataError, match=sentence):
        parse(text)


def test_a_long_cell_is_cut_in_the_message():
    with pytest.raises(DataError) as refused:
        parse(f"x,y\n{'z' * 10_000},a\n")
    assert len(str(refused.value)) < 120


def test_numbers_survive_a_round_trip_through_the_standard_writer():
    x = np.random.default_rng(3).standard_normal((200, 5)) * 10.0 ** np.arange(-150, 150, 60)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*"abcde", "kind"])
    writer.writerows([*row, "even" if k % 2 == 0 else "odd"] for k, row in enumerate(x.tolist()))
    assert np.array_equal(parse(out.getvalue()).x, x)
