"""Plain values and bytes: what goes through, what does not, what hostile bytes do."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from initlab.teaching.exercises.sandbox.inside.values import (
    EncodingError,
    Foreign,
    decode,
    encode,
    plain,
)

ARRAYS = [
    np.arange(6.0).reshape(2, 3),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.arange(3, dtype=np.float32),
    np.array([[True, False]]),
    np.array([], dtype=np.int64).reshape(0, 4),
    np.array(3.5),
    np.array([math.nan, math.inf]),
    np.arange(4, dtype=">i4"),
]


def framed(header, rest=b""):
    content = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(content).to_bytes(8, "big") + content + rest


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype.str}{a.shape}")
def test_an_array_comes_back_as_it_was(array):
    back = decode(encode(plain({"W1": array})))["W1"]
    assert back.shape == array.shape
    assert back.dtype == array.dtype.newbyteorder("<")
    np.testing.assert_array_equal(back, array)
    if back.size:
        back.flat[0] = 0  # a copy of its own, which a function may change


@given(st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20)
    | st.integers(-(10**30), 10**30),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner)
    | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=8,
))  # fmt: skip
def test_nested_plain_values_come_back_as_they_were(value):
    copied = plain(value)
    back = decode(encode(copied))
    assert back == copied
    assert type(back) is type(copied)


class Liar(np.ndarray):
    pass


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (object(), "object"),
        (np.zeros(2).view(Liar), "Liar"),
        (np.array([object()]), "array of object"),
        (np.zeros(2, dtype=complex), "array of complex128"),
        (np.zeros((1,) * 9), "array with 9 axes"),
        (10**31, "int with over 30 digits"),
        ([0] * 30_000, "list with too many values"),
        (1j, "complex"),
        ((n for n in ()), "generator"),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) else "",
)
def test_what_is_not_plain_becomes_the_name_of_its_type(value, kind):
    assert plain(value) == Foreign(kind)
    assert decode(encode(plain([value]))) == [Foreign(kind)]


def test_many_long_lists_come_back_as_they_were():
    answers = [[0.0] * 20_000] * 8
    assert decode(encode(answers)) == answers


def test_a_list_that_was_too_long_stays_so_in_a_shorter_copy():
    once = plain({"W1": [[0.0] * 300] * 300, "b1": [0.0] * 100})
    assert once["W1"] == [*[[0.0] * 300] * 65, *[Foreign("list with too many values")] * 235]
    again = plain(once, 200)
    assert again == {"W1": Foreign("list with too many values"), "b1": [0.0] * 100}
    assert plain(again) == again


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 7,
        (2**63).to_bytes(8, "big") + b"{}",
        framed(b"\xff\xfe"),
        framed(b"[" * 100_000),
        framed([1, 2]),
        framed({"list": [1], "tuple": [2]}),
        framed({"set": [1]}),
        framed({"array": "<f8", "shape": [2]}, b"\0" * 8),
        framed({"array": "<f8", "shape": [1]}, b"\0" * 9),
        framed({"array": "|O", "shape": [1]}, b"\0" * 8),
        framed({"array": "<f8", "shape": [-1]}, b"\0" * 8),
        framed({"array": "<f8", "shape": [True]}, b"\0" * 8),
        framed({"array": "<f8", "shape": [2**62, 2**62]}, b"\0" * 8),
        framed({"array": "<f8", "shape": [1] * 100}, b"\0" * 8),
        framed({"array": ["<f8"], "shape": [1]}, b"\0" * 8),
        framed({"dict": [[{"list": []}, 1]]}),
        framed({"dict": [[1]]}),
        framed(b"9" * 5000),
        framed(10**40),
    ],
    ids=lambda content: repr(content[:30]),
)
def test_hostile_bytes_are_refused(content):
    with pytest.raises(EncodingError):
        decode(content)


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_or_decoded(content):
    for given_bytes in (content, framed(content)):
        try:
            decode(given_bytes)
        except EncodingError:
            continue
