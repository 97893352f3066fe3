"""initlab compare --data with a user's tables, as a shell sees it."""

from __future__ import annotations

import pytest

from .running import initlab, one_json

QUICK = ("--init", "he_normal", "--steps", "3", "--batch-size", "20")
IRIS = "".join(
    f"{5 + k % 7 / 10},{3 + k % 5 / 10},Iris-{['setosa', 'versicolor', 'virginica'][k // 50]}\n"
    for k in range(150)
)
HOUSES = "size;color;price\n" + "".join(
    f"{k % 7};{['red', 'blue'][k % 2]};{100_000 + 700 * (k * k % 31)}\n" for k in range(60)
)


@pytest.fixture
def here(tmp_path):
    (tmp_path / "iris.data").write_text(IRIS)
    (tmp_path / "houses.csv").write_text(HOUSES)
    (tmp_path / "gaps.csv").write_text(HOUSES.replace("3;red", ";red"))
    return tmp_path


def compared(here, *words):
    return initlab("compare", *QUICK, "--data", *words, cwd=here)


def flat(text):
    return " ".join(text.split())


def test_a_table_without_a_header_loses_no_row_and_the_output_says_so(here):
    refused = compared(here, "iris.data")
    assert refused.returncode == 3
    assert "--header if row 1 names the columns, or --no-header if row 1 is data" in refused.stderr
    done = compared(here, "iris.data", "--no-header")
    assert done.returncode == 0
    assert "iris.data: 150 rows read. The task is classification" in flat(done.stdout)
    assert "3 classes (Iris-setosa, Iris-versicolor, Iris-virginica)" in flat(done.stdout)


def test_prices_are_a_regression_once_that_is_said(here):
    words = ("houses.csv", "--one-hot", "color", "--json")
    refused = compared(here, *words)
    assert refused.returncode == 3
    error = one_json(refused.stdout)["error"]
    assert (error["code"], error["argument"]) == ("DataError", "task")
    for way in ("--task classification", "--task regression", 'task="regression"'):
        assert way in error["message"]
    study = one_json(compared(here, *words, "--task", "regression").stdout)["study"]
    assert (study["data"]["task"], study["data"]["n_rows"]) == ("regression", 60)
    assert study["data"]["one_hot"] == ["color"]
    assert study["layer_dims"][0] == 3


def test_missing_values_are_refused_dropped_or_filled_in(here):
    words = ("gaps.csv", "--one-hot", "color", "--task", "regression")
    refused = compared(here, *words)
    assert refused.returncode == 3
    assert '4 values are missing, in 4 of 60 rows (4 in "size";' in refused.stderr
    dropped = compared(here, *words, "--missing", "drop")
    assert "60 rows read" in flat(dropped.stdout)
    assert "4 rows with missing values are left out." in flat(dropped.stdout)
    filled = compared(here, *words, "--missing", "mean")
    assert (
        "missing values are filled in, each with the mean of its column over the training part."
        in flat(filled.stdout)
    )


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("houses.csv", "--task", "regresion"), 2, "Did you mean 'regression'"),
        (("houses.csv", "--missing", "zero"), 2, "missing must be one of refuse, drop, mean"),
        (("houses.csv", "--one-hot", "colour"), 3, "Did you mean 'color'"),
        (("houses.csv",), 3, '--one-hot "color"'),
    ],
)
def test_a_wrong_option_is_refused_in_a_sentence(here, words, code, sentence):
    done = compared(here, *words)
    assert (done.returncode, sentence in done.stderr) == (code, True)
    assert "Traceback" not in done.stderr


def test_the_options_are_refused_where_there_is_no_table():
    for option in (("--task", "regression"), ("--missing", "drop"), ("--no-header",),
                   ("--one-hot", "a")):  # fmt: skip
        done = initlab("compare", "circles", *option)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr


def test_the_help_names_every_option_of_a_table():
    shown = initlab("compare", "--help").stdout
    for option in ("--task", "--missing", "--one-hot", "--no-header", "--label"):
        assert option in shown
