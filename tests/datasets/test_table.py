"""A table is read exactly, or refused at the row and column of the first doubt."""

from __future__ import annotations

import csv
import io
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from initlab.datasets import table as table_module
from initlab.datasets.table import table_of
from initlab.datasets.table_rows import delimited_rows
from initlab.errors import ArgumentError, DataError

GOOD = "height,width,kind\n1,2.5,cat\n-3e-2,+.5,dog\n"
IRIS = "5.1,3.5,setosa\n4.9,3.0,setosa\n7.0,3.2,versicolor\n"


def parse(text, **options):
    return table_of(delimited_rows(text.encode(), "a.csv"), "a.csv", **options)


def test_numbers_labels_and_names_are_read():
    table = parse(GOOD)
    assert table.x.tolist() == [[1.0, 2.5], [-0.03, 0.5]]
    assert table.labels.tolist() == ["cat", "dog"]
    assert table.features == table.columns == ("height", "width")
    assert (table.label, table.first_row) == ("kind", 2)


def test_spaces_around_cells_do_not_count():
    table = parse(GOOD.replace(",", " , "))
    assert table.x.tolist() == parse(GOOD).x.tolist()
    assert (table.labels.tolist(), table.features) == (["cat", "dog"], ("height", "width"))


def test_the_label_column_can_be_named():
    table = parse("kind,height\ncat,1\ndog,2\n", label="kind")
    assert (table.features, table.x.tolist()) == (("height",), [[1.0], [2.0]])
    words = r"no column 'kid'\. Its columns run from 'kind' to 'height'\. .*'kind'"
    with pytest.raises(DataError, match=words):
        parse("kind,height\ncat,1\n", label="kid")


def test_a_table_without_a_header_loses_no_row():
    with pytest.raises(DataError, match=r"row 1 .*'5.1'.* --header .* --no-header .*Python"):
        parse(IRIS)
    table = parse(IRIS, header=False)
    assert table.x.tolist() == [[5.1, 3.5], [4.9, 3.0], [7.0, 3.2]]
    assert table.labels.tolist() == ["setosa", "setosa", "versicolor"]
    assert (table.features, table.label, table.first_row) == (
        ("column 1", "column 2"),
        "column 3",
        1,
    )


def test_numbers_name_columns_where_the_user_says_so():
    text = "2019,2020,kind\n1,2,cat\n3,4,dog\n"
    with pytest.raises(DataError, match=r"row 1 may be .*: its cell in column \d is '2019'"):
        parse(text)
    assert parse(text, header=True).features == ("2019", "2020")
    assert len(parse(text, header=False).x) == 3


@pytest.mark.parametrize(
    "text",
    [
        "red,cat\n1,dog\n2,cat\n",  # "cat" of row 1 is a label of row 3
        "?,cat\n1,dog\n",  # a missing value is no name
        "na,kind\n1,dog\n",
        "1,2\n3,4\n",
    ],
)
def test_a_first_row_that_may_be_data_is_refused(text):
    with pytest.raises(DataError, match=r"row 1 may be .*--no-header"):
        parse(text)


@pytest.mark.parametrize(
    "cell", ["inf", "-Infinity", "x", "1_000", '"1,5"', "٣", "0x10", "1e999", "1 2", "--1", "1e",
             ".", "+", '"1\n2"', "True", "1;5", "none", "-"],
)  # fmt: skip
@pytest.mark.parametrize("place", ["x", "y"])
def test_a_cell_that_is_no_finite_number_is_refused_by_row_and_column(cell, place):
    row = f"{cell},1" if place == "x" else f"1,{cell}"
    with pytest.raises(
        DataError, match=rf'a.csv, row 3, column "{place}" must be a (finite )?number.*; got'
    ):
        parse(f"x,y,kind\n1,2,cat\n{row},dog\n")


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "+INF", " inf ", "1e400", "-1e999"])
def test_a_number_that_is_not_finite_is_no_text_for_one_hot(cell):
    with pytest.raises(DataError) as caught:
        parse(f"x,y,kind\n1,2,cat\n{cell},red,dog\n")
    assert re.search(r"must be a finite number; got '[^']*'\.$", str(caught.value))
    assert caught.value.argument is None
    with pytest.raises(DataError, match=r'--one-hot "y" \(in Python one_hot=\[.y.\]\)\.$'):
        parse(f"x,y,kind\n1,red,cat\n{cell},2,dog\n")


NAMED = "x,y,kind\n1,2,cat\n3,4,dog\n"


@pytest.mark.parametrize(
    ("text", "settings", "words"),
    [
        (NAMED, {}, "If row 1 names the columns, leave out --no-header (in Python header=False)"),
        (NAMED, {"one_hot": ["column 1"]}, "If row 1 names the columns, leave out --no-header"),
        (NAMED, {"label": "kind"}, "--no-header (in Python header=False) row 1 is data"),
        (NAMED, {"one_hot": ["x"]}, "--no-header (in Python header=False) row 1 is data"),
        (
            "1,2,cat\nred,4,dog\n",
            {},
            "row 2, column \"column 1\" must be a number; got 'red'. If a",
        ),
    ],
)
def test_a_header_denied_is_said_where_it_is_the_cause(text, settings, words):
    with pytest.raises(DataError) as caught:
        parse(text, header=False, **settings)
    assert words in str(caught.value)


@pytest.mark.parametrize("cell", ["", "  ", "?", "NA", "na", "N/A", "#N/A", "NaN", "-nan", "null",
                                  "NULL", "<NA>"])  # fmt: skip
def test_a_missing_value_is_no_number_and_a_missing_label_no_class(cell):
    table = parse(f"x,y,kind\n1,2,cat\n{cell},3,{cell}\n4,{cell},dog\n")
    assert np.isnan(table.x).tolist() == [[False, False], [True, False], [False, True]]
    assert table.labels.tolist() == ["cat", "", "dog"]


@given(text=st.text(alphabet="0123456789+-.eE_naif ٣½?", min_size=1, max_size=8))
def test_every_number_the_parser_takes_is_one_that_json_or_c_would_take(text):
    try:
        value = parse(f"x,y\n{text},a\n").x[0, 0]
    except DataError:
        return
    if math.isnan(value):
        assert text.strip().lower() in {"", "?", "nan", "-nan", "na"}
        return
    assert set(text.strip(" ")) <= set("0123456789+-.eE")
    assert value == float(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x,x,y\n1,2,a\n", "row 1: two columns are named 'x'"),
        ("x,,y\n1,2,a\n", "row 1: column 2 has no name\\."),
        (
            'x,"y\nz"\n1,a\n',
            "row 1: the name of column 2 must have printable characters only; got 'y\\\\nz'",
        ),
        ("x,y\n", "holds no rows below its header"),
        (
            'x,y\n1,"a\nb"\n',
            'row 2, column "y" must be a text of at most 200 characters on one line; got',
        ),
        (
            f"x,y\n1,{'z' * 201}\n",
            'row 2, column "y" must be a text of at most 200 characters on one line; got',
        ),
        ('x,y\n"1,5",a\n', "must be a number with a decimal point, not a comma; got '1,5'.$"),
    ],
)
def test_a_doubtful_table_is_refused_by_row(text, sentence):
    with pytest.raises(DataError, match=sentence):
        parse(text)


def test_a_long_cell_is_cut_in_the_message():
    with pytest.raises(DataError) as refused:
        parse(f"x,y\n{'z' * 10_000},a\n")
    assert len(str(refused.value)) < 300


TEXTS = "color,size,shape,kind\nred,1,?,cat\nblue,2,round,dog\nred,3,flat,cat\n"


def test_columns_of_texts_are_all_named_at_the_first_of_them():
    words = r'.*--one-hot "color" --one-hot "shape" .*\[.color., .shape.\]'
    with pytest.raises(DataError, match='row 2, column "color" must be a number; .*red.' + words):
        parse(TEXTS)


def test_texts_become_columns_of_0_and_1_and_a_missing_one_is_missing_in_all():
    table = parse(TEXTS, one_hot=["shape", "color"])
    assert table.features == ("color=blue", "color=red", "size", "shape=flat", "shape=round")
    assert table.columns == ("color", "color", "size", "shape", "shape")
    assert np.array_equal(
        table.x,
        [[0, 1, 1, math.nan, math.nan], [1, 0, 2, 0, 1], [0, 1, 3, 1, 0]],
        equal_nan=True,
    )
    assert table.labels.tolist() == ["cat", "dog", "cat"]


def test_the_first_wrong_cell_is_the_one_that_a_reader_meets_first():
    with pytest.raises(DataError, match=r'row 3, column "y" must be a number; got .v.'):
        parse("x,y,z,k\n1,2,3,c\n1,v,a,c\nu,2,3,c\n")


def test_numbers_in_a_column_of_texts_are_texts():
    assert parse("zip,y\n01,a\n1,b\n", one_hot=["zip"]).features == ("zip=01", "zip=1")


def test_a_column_of_texts_that_is_not_there_or_too_many_texts_are_refused():
    with pytest.raises(DataError, match=r"no column 'colour'.*Did you mean 'color'"):
        parse(TEXTS, one_hot=["colour"])
    with pytest.raises(
        ArgumentError, match="one_hot must be feature columns, not the label column"
    ):
        parse(TEXTS, one_hot=["kind"])
    many = "t,y\n" + "".join(f"t{k},a\n" for k in range(1001))
    with pytest.raises(
        ArgumentError,
        match=r"columns that hold 1 to 1,000 different texts.*holds 1,001 different texts",
    ):
        parse(many, one_hot=["t"])


@pytest.mark.parametrize("block", [1, 2, 3, 1000])
def test_the_size_of_a_block_changes_nothing(monkeypatch, block):
    expected = parse(TEXTS, one_hot=["color", "shape"])
    monkeypatch.setattr(table_module, "BLOCK", block)
    found = parse(TEXTS, one_hot=["color", "shape"])
    assert np.array_equal(found.x, expected.x, equal_nan=True)
    assert found.labels.tolist() == expected.labels.tolist()
    with pytest.raises(DataError, match='row 4, column "x" must be'):
        parse("x,y,z\n1,2,a\n1,2,a\nu,2,a\n1,v,a\n")


def test_numbers_survive_a_round_trip_through_the_standard_writer():
    x = np.random.default_rng(3).standard_normal((200, 5)) * 10.0 ** np.arange(-150, 150, 60)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*"abcde", "kind"])
    writer.writerows([*row, "even" if k % 2 == 0 else "odd"] for k, row in enumerate(x.tolist()))
    assert np.array_equal(parse(out.getvalue()).x, x)
