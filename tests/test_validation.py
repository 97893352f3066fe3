"""Checks at the door: what passes comes back plain, what does not is one clear sentence."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from initlab.errors import (
    ArgumentError,
    DataError,
    InitlabError,
    ShapeError,
    StorageError,
    StudyError,
    invalid_argument,
)
from initlab.validation import (
    finite_number,
    nearest_hint,
    one_of,
    real_numbers,
    seed_number,
    whole_number,
)

NAMES = ("relu", "leaky_relu", "tanh")
FLOATS = st.floats(allow_nan=True, allow_infinity=True)


def message_of(check, *args, **kwargs):
    with pytest.raises(ArgumentError) as refused:
        check(*args, **kwargs)
    return str(refused.value)


@pytest.mark.parametrize("value", [1, 0.5, -2.0, np.float32(0.5), np.int64(3), Fraction(1, 4)])
def test_finite_numbers_come_back_as_plain_floats(value):
    checked = finite_number("gain", value)
    assert type(checked) is float
    assert checked == value


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, True, "1", None, 1j, [1.0], 10**400, np.bool_(True)]
)
def test_what_is_no_finite_number_is_refused(value):
    assert message_of(finite_number, "gain", value).startswith("gain must be a finite number; got ")


@given(FLOATS, st.floats(-5, 5), st.floats(-5, 5))
def test_bounds_of_a_number_exclude_or_include_as_named(value, low, high):
    for name, inside in {
        "above": value > low,
        "minimum": value >= low,
        "below": value < low,
        "maximum": value <= low,
    }.items():
        if inside and math.isfinite(value):
            assert finite_number("x", value, **{name: low}) == value
        else:
            message_of(finite_number, "x", value, **{name: low})
    both = low < value <= high
    try:
        finite_number("x", value, above=low, maximum=high)
    except ArgumentError:
        assert not both
    else:
        assert both


@pytest.mark.parametrize(
    ("bounds", "phrase"),
    [
        ({"above": 0}, "a finite number > 0"),
        ({"minimum": 0, "below": 1}, "a finite number >= 0 and < 1"),
        ({"maximum": 1e6}, "a finite number <= 1e+06"),
        ({"above": -1, "maximum": 1}, "a finite number > -1 and <= 1"),
    ],
)
def test_message_says_the_bounds(bounds, phrase):
    assert message_of(finite_number, "x", math.nan, **bounds) == f"x must be {phrase}; got nan."


@pytest.mark.parametrize("value", [0, 7, -3, np.int64(5), np.uint8(200), 10**30])
def test_whole_numbers_come_back_as_plain_integers(value):
    checked = whole_number("steps", value)
    assert type(checked) is int
    assert checked == value


@pytest.mark.parametrize("value", [1.0, True, False, np.bool_(True), "3", None, math.nan, [1]])
def test_what_is_no_whole_number_is_refused(value):
    assert message_of(whole_number, "steps", value).startswith("steps must be an integer; got ")


def test_bounds_of_a_whole_number_are_included():
    assert whole_number("steps", 0, minimum=0, maximum=9) == 0
    assert whole_number("steps", 9, minimum=0, maximum=9) == 9
    for value in (-1, 10):
        expected = f"steps must be an integer from 0 to 9; got {value}."
        assert message_of(whole_number, "steps", value, minimum=0, maximum=9) == expected


def test_seeds_fit_a_signed_64_bit_number():
    assert seed_number(0) == 0
    assert seed_number(2**63 - 1) == 2**63 - 1
    assert type(seed_number(np.int64(3))) is int
    for value in (-1, 2**63, 2**64, 1.0, True, "3", None):
        expected = "seed must be an integer from 0 to 2**63 - 1; got "
        assert message_of(seed_number, value).startswith(expected)


def test_a_seed_is_refused_under_its_own_argument():
    with pytest.raises(ArgumentError, match=r"^data_seed must be .*\(circles\)$") as refused:
        seed_number(-1, argument="data_seed", where="circles")
    assert refused.value.argument == "data_seed"


def test_one_of_returns_the_name_and_lists_the_names_when_it_refuses():
    assert one_of("nonlinearity", "tanh", NAMES) == "tanh"
    expected = (
        "nonlinearity must be one of relu, leaky_relu, tanh; got 'Tanh'. Did you mean 'tanh'?"
    )
    assert message_of(one_of, "nonlinearity", "Tanh", NAMES) == expected
    assert message_of(one_of, "argument", "x", ["mode"]) == "argument must be mode; got 'x'."


@pytest.mark.parametrize("value", [None, 3, ["relu"], b"relu", "xyzzy"])
def test_one_of_gives_no_hint_where_nothing_is_near(value):
    assert "Did you mean" not in message_of(one_of, "nonlinearity", value, NAMES)


@pytest.mark.parametrize(
    ("value", "near"), [("lekyrelu", "leaky_relu"), (" RELU ", "relu"), ("than", "tanh")]
)
def test_nearest_hint_finds_misspellings(value, near):
    assert nearest_hint(value, NAMES) == f"Did you mean {near!r}?"


def test_an_error_carries_the_facts_of_its_sentence():
    error = invalid_argument("gain", "> 0", -1.5, where="he_normal", hint="Try 1.")
    assert str(error) == "gain must be > 0; got -1.5. (he_normal) Try 1."
    facts = (error.argument, error.value, error.expected, error.where, error.code)
    assert facts == ("gain", -1.5, "> 0", "he_normal", "ArgumentError")


@given(st.text(max_size=500))
def test_a_long_value_is_cut_in_the_sentence_and_whole_in_the_field(text):
    error = invalid_argument("name", "short", text)
    assert len(str(error)) <= len("name must be short; got .") + 80
    assert error.value == text


def test_errors_say_how_a_shell_sees_them_and_what_kind_they_are():
    kinds = {ArgumentError: 2, ShapeError: 2, DataError: 3, StudyError: 4, StorageError: 5}
    assert {kind: kind("x").exit_code for kind in kinds} == kinds
    assert all(issubclass(kind, InitlabError) for kind in kinds)
    assert isinstance(invalid_argument("a", "b", 1, kind=DataError), DataError)


def test_errors_are_also_the_builtin_kinds_that_callers_catch():
    assert issubclass(ArgumentError, ValueError)
    assert issubclass(DataError, ValueError)
    assert issubclass(StorageError, OSError)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [np.ones(3) * 1j, np.array(["a"]), np.array([object()])])
def test_arrays_of_other_things_are_refused_without_a_warning(value):
    with pytest.raises(ArgumentError, match="init must be an array of real numbers"):
        real_numbers("init", value)
