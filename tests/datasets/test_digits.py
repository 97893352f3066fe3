"""The digits are scikit-learn's, split in three, without any file of ours."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from initlab.datasets.image_study import digits_study, image_study
from initlab.errors import DataError


def test_the_three_parts_are_scikit_learns_digits_each_once():
    from sklearn.datasets import load_digits

    data = digits_study(final_test=True)
    parts = [data.x_train, data.x_test, data.x_final]
    assert [len(part) for part in parts] == [1200, 300, 297]
    labels = np.concatenate([data.y_train, data.y_test, data.y_final])
    ours = np.column_stack([np.vstack(parts) * 16, labels])
    theirs = np.column_stack(load_digits(return_X_y=True))
    assert np.array_equal(ours[np.lexsort(ours.T)], theirs[np.lexsort(theirs.T)])


def test_pixels_are_float32_from_0_to_1_and_the_final_part_is_held_back():
    data = image_study("digits")
    assert data.x_train.dtype == np.float32
    assert (data.x_train.min(), data.x_train.max()) == (0, 1)
    assert data.image_shape == (8, 8)
    assert data.x_final is None
    assert data.y_final is None


def test_images_keep_their_shape_where_they_are_not_to_be_flat():
    assert image_study("digits", flat=False).x_test.shape == (300, 8, 8)


def test_without_scikit_learn_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(DataError, match="pip install scikit-learn"):
        digits_study()
