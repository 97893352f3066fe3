"""Non-finite numbers leave JSON as nulls and strings, and come back as what they were."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from initlab.errors import StudyError
from initlab.records import jsonvalues

number = st.floats(allow_nan=False)
tree = st.recursive(
    st.one_of(number, st.integers(), st.text(), st.none(), st.booleans()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.sampled_from("abcW"), inner)),
)


def _fail(token: str) -> Any:
    raise AssertionError(token)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("xyz"), tree))
def test_nonfinite_numbers_come_back_through_json(value: dict[str, Any]) -> None:
    clean, found = jsonvalues.without_nonfinite(value)
    text = json.dumps([clean, found], allow_nan=False)
    clean, found = json.loads(text, parse_constant=_fail)
    assert jsonvalues.with_nonfinite(clean, found, "") == value


def test_nan_comes_back_as_nan() -> None:
    clean, found = jsonvalues.without_nonfinite({"a": [1.0, math.nan]})
    assert (clean, found) == ({"a": [1.0, None]}, {"a[1]": "nan"})
    assert math.isnan(jsonvalues.with_nonfinite(clean, found, "")["a"][1])


def test_numpy_scalars_become_pythons() -> None:
    clean, _ = jsonvalues.without_nonfinite({"a": np.int64(3), "b": np.float32(0.5)})
    assert json.dumps(clean) == '{"a": 3, "b": 0.5}'


def test_a_nonfinite_entry_without_its_null_is_refused() -> None:
    with pytest.raises(StudyError, match=r"cells\[0\]\.nonfinite\.a must be"):
        jsonvalues.with_nonfinite({"a": 1.0}, {"a": "inf"}, "cells[0]")


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        (jsonvalues.whole, True, "an integer >= 0"),
        (jsonvalues.whole, -1, "an integer >= 0"),
        (jsonvalues.whole, 1.0, "an integer >= 0"),
        (jsonvalues.real, "1", "a number"),
        (jsonvalues.real, False, "a number"),
        (jsonvalues.real, 10**400, "fits in float64"),
        (jsonvalues.finite, math.inf, "a finite number"),
        (jsonvalues.text, None, "a string"),
        (jsonvalues.boolean, 1, "true or false"),
        (jsonvalues.plain, {}, "null, true"),
        (jsonvalues.curve_number, "infinity", "a number"),
        (jsonvalues.list_of(jsonvalues.whole), {}, "a list"),
        (jsonvalues.table_of(jsonvalues.whole), [], "an object"),
    ],
)
def test_wrong_types_are_refused_by_key_path(reader: Any, value: Any, expected: str) -> None:
    with pytest.raises(StudyError, match=expected) as caught:
        reader(value, "study.x")
    assert str(caught.value).startswith("study.x must be")


def test_a_list_names_the_place_of_its_wrong_item() -> None:
    with pytest.raises(StudyError, match=r"^seeds\[2\] must be"):
        jsonvalues.list_of(jsonvalues.whole)([0, 1, "2"], "seeds")
