"""Labels become class numbers in an order that does not depend on the samples."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.datasets.class_numbers import class_numbers
from initlab.errors import DataError


@pytest.mark.parametrize(
    ("labels", "numbers", "names"),
    [
        (["b", "a", "b"], [1, 0, 1], ("a", "b")),
        (["10", "9", "10"], [1, 0, 1], ("9", "10")),  # by value, not by letter
        (["1.0", "2", "1"], [0, 1, 0], ("1", "2")),
        (["1", "x", "1"], [0, 1, 0], ("1", "x")),
        (np.array([5, 3, 5]), [1, 0, 1], ("3", "5")),
        (np.array([1.0, 0.0]), [1, 0], ("0", "1")),
        (np.array([True, False]), [1, 0], ("0", "1")),
        (np.array([200, 3], dtype=np.uint8), [1, 0], ("3", "200")),
    ],
)
def test_classes_are_numbered_by_value_or_by_letter(labels, numbers, names):
    found = class_numbers(labels, where=str)
    assert found[0].tolist() == numbers
    assert found[0].dtype == np.int64
    assert found[1] == names


@pytest.mark.parametrize(
    "labels", [np.array([1, 0.37]), ["1", "0.37"], np.array([1, np.nan]), np.array([0, np.inf])]
)
def test_a_label_that_is_no_class_is_refused_by_its_place(labels):
    with pytest.raises(DataError, match=r"place 1: found label .*, wanted the name of a class"):
        class_numbers(labels, where=lambda index: f"place {index}")


def test_one_class_and_very_many_are_refused():
    with pytest.raises(DataError, match="one class only, 7"):
        class_numbers(np.full(5, 7), where=str)
    with pytest.raises(DataError, match="1,001 different values"):
        class_numbers(np.arange(1001), where=str)
    assert len(class_numbers(np.arange(1000), where=str)[1]) == 1000
