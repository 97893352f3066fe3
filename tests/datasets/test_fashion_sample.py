"""The sample is Fashion-MNIST's first images, unchanged, with its license, in a small file."""

from __future__ import annotations

import numpy as np

from initlab.datasets import load_images
from initlab.datasets.fashion_sample import FILE, fashion_sample_study
from initlab.datasets.image_study import image_study
from tests.datasets.making import REAL_DATA, needs_real_data


def rows(x, y):
    """Samples in one order, whatever order they came in."""
    table = np.column_stack([x.reshape(len(x), -1), y])
    return table[np.lexsort(table.T)]


@needs_real_data
def test_the_parts_are_the_first_images_of_the_published_set():
    images, labels, classes = load_images("fashion-mnist", data_dir=REAL_DATA)
    final = load_images("fashion-mnist", "test", data_dir=REAL_DATA)
    data = fashion_sample_study(final_test=True)
    x = np.vstack([data.x_train, data.x_test]) * 255
    wanted = rows(images[:2000], labels[:2000])
    assert np.array_equal(rows(x.round(), np.concatenate([data.y_train, data.y_test])), wanted)
    assert np.array_equal(data.x_final, final.images[:500].reshape(500, -1) / np.float32(255))
    assert np.array_equal(data.y_final, final.labels[:500])
    assert data.classes == classes


def test_its_parts_have_their_sizes_and_the_final_part_is_held_back():
    data = image_study("fashion-sample", flat=False)
    assert data.x_train.shape == (1600, 28, 28)
    assert data.x_test.shape == (400, 28, 28)
    assert data.x_final is None
    assert set(data.y_train) == set(range(10))


def test_the_file_is_small_and_the_license_lies_beside_it():
    assert FILE.stat().st_size < 1_200_000
    assert "2017 Zalando SE" in (FILE.parent / "LICENSE").read_text(encoding="utf-8")
