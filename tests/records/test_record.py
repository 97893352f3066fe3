"""Non-finite numbers come back through JSON, and a wrong value is refused by its key path."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from initlab.errors import StudyError
from initlab.records.record import (
    CurveNumber,
    Flag,
    Plain,
    Real,
    Record,
    Text,
    Whole,
    checked,
    with_nonfinite,
    without_nonfinite,
)
from initlab.validation import finite_number

number = st.floats(allow_nan=False)
tree = st.recursive(
    st.one_of(number, st.integers(), st.text(), st.none(), st.booleans()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.sampled_from("abcW"), inner)),
)


class Inner(Record):
    """A record inside another one."""

    whole: Whole = 0


class Everything(Record):
    """One field of every kind."""

    whole: Whole = 0
    real: Real = 0.0
    finite: Annotated[float, checked(finite_number)] = 0.0
    text: Text = ""
    flag: Flag = False
    plain: Plain = None
    curve: CurveNumber = 0.0
    wholes: tuple[Whole, ...] = ()
    table: Mapping[str, Whole] = {}
    inner: Inner = Inner()
    inners: tuple[Inner, ...] = ()


def _fail(token: str) -> Any:
    raise AssertionError(token)


@given(st.dictionaries(st.sampled_from("xyz"), tree))
def test_nonfinite_numbers_come_back_through_json(value: dict[str, Any]) -> None:
    clean, found = without_nonfinite(value)
    text = json.dumps([clean, found], allow_nan=False)
    clean, found = json.loads(text, parse_constant=_fail)
    assert with_nonfinite(clean, found, "") == value


def test_nan_comes_back_as_nan() -> None:
    clean, found = without_nonfinite({"a": [1.0, math.nan]})
    assert (clean, found) == ({"a": [1.0, None]}, {"a[1]": "nan"})
    assert math.isnan(with_nonfinite(clean, found, "")["a"][1])


def test_numpy_scalars_become_pythons() -> None:
    clean, _ = without_nonfinite({"a": np.int64(3), "b": np.float32(0.5)})
    assert json.dumps(clean) == '{"a": 3, "b": 0.5}'


def test_a_nonfinite_entry_without_its_null_is_refused() -> None:
    with pytest.raises(StudyError, match=r"cells\[0\]\.nonfinite\.a must be"):
        with_nonfinite({"a": 1.0}, {"a": "inf"}, "cells[0]")


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("whole", True, "an integer >= 0"),
        ("whole", -1, "an integer >= 0"),
        ("whole", 1.0, "an integer >= 0"),
        ("real", "1", "a number"),
        ("real", False, "a number"),
        ("real", 10**400, "fits in float64"),
        ("finite", math.inf, "a finite number"),
        ("text", None, "a string"),
        ("flag", 1, "true or false"),
        ("plain", {}, "null, true"),
        ("plain", [1, [{}]], "null, true"),
        ("curve", "infinity", "a number"),
        ("wholes", {}, "a list"),
        ("table", [], "an object"),
        ("inner", 3, "an object"),
    ],
)
def test_wrong_types_are_refused_by_key_path(field: str, value: Any, expected: str) -> None:
    with pytest.raises(StudyError, match=expected) as caught:
        Everything.from_record({field: value}, "study.x")
    assert str(caught.value).startswith(f"study.x.{field} must be")
    assert caught.value.argument == f"study.x.{field}"
    assert caught.value.value == value


@pytest.mark.parametrize(
    ("record", "place"),
    [
        ({"wholes": [0, 1, "2"]}, "wholes[2]"),
        ({"table": {"W1": -1}}, "table.W1"),
        ({"inner": {"whole": "2"}}, "inner.whole"),
        ({"inners": [{}, {"whole": None}]}, "inners[1].whole"),
    ],
)
def test_the_place_of_a_wrong_item_is_named(record: dict[str, Any], place: str) -> None:
    with pytest.raises(StudyError) as caught:
        Everything.from_record(record)
    assert str(caught.value).startswith(f"{place} must be an integer >= 0; got ")


def test_an_unknown_key_is_refused_by_its_path() -> None:
    with pytest.raises(StudyError, match=r"^a\.inner\.colour is not a key of a study\.$"):
        Everything.from_record({"inner": {"colour": 1}}, "a")


def test_a_missing_key_is_refused_by_its_path() -> None:
    class Needy(Record):
        needed: Whole

    with pytest.raises(StudyError, match=r"^cells\[2\]\.needed is missing\.$"):
        Needy.from_record({}, "cells[2]")


def test_strings_of_a_curve_stand_for_their_numbers() -> None:
    found = [Everything.from_record({"curve": name}).curve for name in ("inf", "-inf", "nan")]
    assert found[:2] == [math.inf, -math.inf]
    assert math.isnan(found[2])


def test_tuples_of_a_setting_are_the_lists_they_are_in_json() -> None:
    one = Everything(plain=(1, (2, "x")))
    assert one.plain == [1, [2, "x"]]
    assert Everything.from_record(json.loads(json.dumps(one.to_record()))) == one


def test_canonical_json_is_that_of_the_standard_library_sorted_and_compact() -> None:
    one = Everything(real=0.1, text="é", table={"b": 2, "a": 1}, inner=Inner(whole=3))
    text = json.dumps(one.to_record(), sort_keys=True, separators=(",", ":"))
    assert one.canonical == text


def test_infinity_nan_and_null_are_spelt_apart_in_canonical_json() -> None:
    texts = {Everything(plain=value).canonical for value in (None, math.inf, -math.inf, math.nan)}
    assert len(texts) == 4


def test_a_replaced_record_has_its_own_canonical_json() -> None:
    one = Everything(whole=1)
    assert '"whole":1' in one.canonical  # asked for, and so kept
    assert one.replace(whole=2).canonical == Everything(whole=2).canonical
