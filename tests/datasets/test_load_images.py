"""Image sets by name, as arrays."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.datasets import load_images
from initlab.errors import ArgumentError, StorageError

from .making import REAL_DATA, needs_real_data


@needs_real_data
@pytest.mark.parametrize(("part", "count"), [("train", 60_000), ("test", 10_000)])
def test_a_part_of_a_set_has_its_images_labels_and_names(part, count):
    images, labels, classes = load_images("fashion-mnist", part, data_dir=REAL_DATA)
    assert images.shape == (count, 28, 28)
    assert images.dtype == labels.dtype == np.uint8
    assert np.bincount(labels).tolist() == [count // 10] * 10
    assert classes[labels[0]] == "Ankle boot"


def test_a_set_that_is_not_there_says_how_to_get_it(tmp_path):
    with pytest.raises(StorageError, match="Download it with 'initlab data fetch mnist'"):
        load_images("mnist", data_dir=tmp_path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("mnists",), "Did you mean 'mnist'"), (("mnist", "final"), "part must be one of train, test"),
     (("mnist", "test", "yes"), "download must be True or False")],
)  # fmt: skip
def test_an_argument_that_means_nothing_is_refused(arguments, words):
    name, part, download = (*arguments, *("train", False)[len(arguments) - 1 :])
    with pytest.raises(ArgumentError, match=words):
        load_images(name, part, download=download)
