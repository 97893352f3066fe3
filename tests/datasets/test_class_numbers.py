"""Labels become class numbers in an order that does not depend on the samples, and never merge."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from initlab.datasets.class_numbers import class_numbers
from initlab.errors import DataError

LAST = 2**64 - 1


@pytest.mark.parametrize(
    ("labels", "numbers", "names"),
    [
        (["b", "a", "b"], [1, 0, 1], ("a", "b")),
        (["10", "9", "10"], [1, 0, 1], ("9", "10")),  # by value, not by letter
        (["1.0", "2", "1"], [1, 2, 0], ("1", "1.0", "2")),  # by letter where the value is one
        (["1e2", "100", "1e2"], [1, 0, 1], ("100", "1e2")),
        (["1", "01", "1"], [1, 0, 1], ("01", "1")),
        (["1", "x", "1"], [0, 1, 0], ("1", "x")),
        ([str(2**53 + 1), str(2**53)], [1, 0], ("9007199254740992", "9007199254740993")),
        (["1e20", "1e19"], [1, 0], ("1e19", "1e20")),
        (["1e99999999999999999999", "5"], [0, 1], ("1e99999999999999999999", "5")),
        (np.array([5, 3, 5]), [1, 0, 1], ("3", "5")),
        (np.array([1.0, 0.0]), [1, 0], ("0", "1")),
        (np.array([1.5, 0.25]), [1, 0], ("0.25", "1.5")),
        (np.array([1e20, 1e19]), [1, 0], ("1" + "0" * 19, "1" + "0" * 20)),
        (np.array([2**53 + 1, 2**53]), [1, 0], (str(2**53), str(2**53 + 1))),
        (np.array([LAST, LAST - 1], dtype=np.uint64), [1, 0], (str(LAST - 1), str(LAST))),
        (np.array([True, False]), [1, 0], ("0", "1")),
        (np.array([200, 3], dtype=np.uint8), [1, 0], ("3", "200")),
    ],
)  # fmt: skip
def test_classes_are_numbered_by_value_or_by_letter(labels, numbers, names):
    found = class_numbers(labels)
    assert found[0].tolist() == numbers
    assert found[0].dtype == np.int64
    assert found[1] == names


labels = st.integers(-(10**25), 10**25).map(str) | st.text("0123456789.e+-aé ", min_size=1)


@given(st.lists(labels, min_size=2, max_size=20).filter(lambda texts: len(set(texts)) > 1))
def test_different_texts_are_different_classes_whatever_the_order(texts):
    numbers, names = class_numbers(texts)
    assert [names[number] for number in numbers] == texts
    assert len(set(names)) == len(names)
    assert class_numbers(texts[::-1])[1] == names


def test_one_class_and_very_many_are_refused():
    with pytest.raises(DataError, match="two classes or more; every label is '7'"):
        class_numbers(np.full(5, 7))
    with pytest.raises(DataError, match="1,001 different values"):
        class_numbers(np.arange(1001))
    assert len(class_numbers(np.arange(1000))[1]) == 1000
