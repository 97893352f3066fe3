"""A study's images: the training files split once, pixels in [0, 1], test images on request."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest

from initlab.datasets.image_study import digits_study, image_study
from initlab.errors import ArgumentError, DataError

from .making import CLASSES, REAL_DATA, contents, idx, needs_real_data, sha256, write_set


def pixels(part):
    content = contents()[f"{part}-images-idx3-ubyte"]
    return np.frombuffer(content, np.uint8, offset=16).reshape(-1, 12)


def test_training_and_validation_images_are_the_training_file_split_once(small, tmp_path):
    data = image_study(small.name, data_dir=write_set(tmp_path / "d"))
    assert (data.x_train.shape, data.x_test.shape) == ((40, 12), (10, 12))
    together = np.vstack([data.x_train, data.x_test])
    key = {row.tobytes(): k for k, row in enumerate(pixels("train") / np.float32(255))}
    rows = [key[row.tobytes()] for row in together]
    assert sorted(rows) == list(range(50))
    labels = np.concatenate([data.y_train, data.y_test])
    assert labels.tolist() == [row % 3 for row in rows]


def test_types_names_and_checksums_are_what_a_study_needs(small, tmp_path):
    data = image_study(small.name, data_dir=write_set(tmp_path / "d"))
    assert (data.x_train.dtype, data.y_train.dtype) == (np.float32, np.int64)
    assert data.x_train.flags.c_contiguous
    assert 0 <= data.x_train.min() < data.x_train.max() <= 1
    assert (data.name, data.classes, data.image_shape) == (small.name, CLASSES, (4, 3))
    assert data.checksums == {f"{name}.gz": sha256(contents()[name])
                              for name in list(contents())[:2]}  # fmt: skip
    assert data.notes == ()


def test_test_images_stay_on_disk_until_they_are_asked_for(small, tmp_path):
    folder = write_set(tmp_path / "d")
    assert image_study(small.name, data_dir=folder).x_final is None
    data = image_study(small.name, data_dir=folder, final_test=True)
    assert np.array_equal(data.x_final, (pixels("t10k") / np.float32(255)).astype(np.float32))
    assert data.y_final.tolist() == [k % 3 for k in range(10)]
    assert len(data.checksums) == 4


def test_the_data_seed_and_the_size_change_the_split(small, tmp_path):
    folder = write_set(tmp_path / "d")

    def first(**options):
        return image_study(small.name, data_dir=folder, **options)

    assert np.array_equal(first(data_seed=1).x_train, first(data_seed=1).x_train)
    assert not np.array_equal(first(data_seed=1).x_train, first(data_seed=2).x_train)
    assert len(first(n_validation=7).y_test) == 7
    with pytest.raises(ArgumentError, match=r"n_validation .* to 49"):
        first(n_validation=50)


def test_unflattened_images_hold_the_same_pixels(small, tmp_path):
    folder = write_set(tmp_path / "d")
    flat, shaped = (image_study(small.name, data_dir=folder, flat=f, final_test=True)
                    for f in (True, False))  # fmt: skip
    assert shaped.x_train.shape == (40, 4, 3)
    for part in ("x_train", "x_test", "x_final"):
        assert getattr(shaped, part).tobytes() == getattr(flat, part).tobytes()


def test_unknown_data_is_refused_or_used_with_a_note_that_holds_both_checksums(small, tmp_path):
    other = idx(np.arange(50) * 0 + 1)
    folder = write_set(tmp_path / "d", train_labels=other)
    with pytest.raises(DataError, match="its sha256 is"):
        image_study(small.name, data_dir=folder)
    data = image_study(small.name, data_dir=folder, allow_unknown_data=True)
    assert sha256(other) in data.notes[0]
    assert small.files[1].sha256 in data.notes[0]
    assert data.checksums["train-labels-idx1-ubyte.gz"] == sha256(other)
    assert "The training part holds no sample of the classes coat, boot." in data.notes


def test_test_images_of_another_shape_are_refused(small, tmp_path):
    folder = write_set(tmp_path / "d", t10k_images=idx(np.zeros((10, 5, 3))))
    with pytest.raises(DataError, match=r"\(5, 3\), but the training images have shape \(4, 3\)"):
        image_study(small.name, data_dir=folder, final_test=True, allow_unknown_data=True)


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(ArgumentError, match="Did you mean 'fashion-mnist'"):
        image_study("fashion_mnist")


@needs_real_data
def test_the_real_fashion_mnist_is_verified_and_split_48000_to_12000():
    before = time.process_time()
    data = image_study("fashion-mnist", data_dir=REAL_DATA)
    assert time.process_time() - before < 3  # 0.65 s here; a noisy machine gets room
    assert (data.x_train.shape, data.x_test.shape) == ((48_000, 784), (12_000, 784))
    assert data.x_train.max() == 1
    assert data.notes == ()  # a checksum that did not fit would be noted
    counts = np.bincount(np.concatenate([data.y_train, data.y_test]), minlength=10)
    assert counts.tolist() == [6000] * 10


@needs_real_data
def test_the_real_test_images_are_10000_that_begin_as_published():
    data = image_study("fashion-mnist", data_dir=REAL_DATA, final_test=True)
    assert data.x_final.shape == (10_000, 784)
    # the first labels, as everybody prints them: Ankle boot, Pullover, Trouser, Trouser, Shirt
    assert data.y_final[:5].tolist() == [9, 2, 1, 1, 6]
    # mean and std of all training pixels, as in every Normalize((0.2860,), (0.3530,))
    everything = np.concatenate([data.x_train.ravel(), data.x_test.ravel()])
    assert everything.mean(dtype=np.float64) == pytest.approx(0.2860, abs=5e-5)
    assert everything.std(dtype=np.float64) == pytest.approx(0.3530, abs=5e-5)


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
