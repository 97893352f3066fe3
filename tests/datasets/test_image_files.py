"""Only the published files pass; everything else is refused, with both checksums."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.datasets.image_files import DIFFERS, UNVERIFIED, VERIFIED, check_file, read_part
from initlab.datasets.image_folder import find_images
from initlab.datasets.image_sets import FINAL, TRAIN
from initlab.errors import DataError

from .making import SHAPES, contents, idx, made_set, packed, sha256, write_set

SET = made_set()
LABELS = np.arange(50) % 3


def read(folder, part=TRAIN, one=SET, **options):
    return read_part(one, find_images(one, folder), part, **options)


def test_both_parts_are_read_and_verified(tmp_path):
    write_set(tmp_path)
    for part, n in ((TRAIN, 50), (FINAL, 10)):
        images, labels, checked = read(tmp_path, part)
        assert idx(images) == contents()[f"{part}-images-idx3-ubyte"]
        assert np.array_equal(labels, np.arange(n) % 3)
        assert [file.state for file in checked] == [VERIFIED, VERIFIED]


def test_other_content_is_refused_with_both_checksums(tmp_path):
    other = idx((LABELS + 1) % 3)
    write_set(tmp_path, train_labels=other)
    with pytest.raises(DataError) as refused:
        read(tmp_path)
    sentence = str(refused.value)
    assert f"its sha256 is {sha256(other)}" in sentence
    assert f"not {SET.files[1].sha256}" in sentence
    assert "train-labels-idx1-ubyte.gz" in sentence
    assert f"The study {SET.name} uses the file anyway with --allow-unknown-data" in sentence


def test_other_content_is_read_if_it_is_allowed_and_stays_marked(tmp_path):
    write_set(tmp_path, train_labels=idx((LABELS + 1) % 3))
    _, labels, checked = read(tmp_path, allow_unknown_data=True)
    assert np.array_equal(labels, (LABELS + 1) % 3)
    assert [file.state for file in checked] == [VERIFIED, DIFFERS]


@pytest.mark.parametrize("allowed", [False, True])
def test_a_label_too_few_is_refused_with_both_counts(tmp_path, allowed):
    write_set(tmp_path, train_labels=idx(LABELS[:-1]))
    with pytest.raises(
        DataError, match="got 50 images and 49 labels" if allowed else "its sha256 is"
    ):
        read(tmp_path, allow_unknown_data=allowed)


@pytest.mark.parametrize("label", [3, 255])
def test_a_label_beyond_the_classes_is_refused_with_its_index(tmp_path, label):
    labels = LABELS.copy()
    labels[[17, 30]] = label
    write_set(tmp_path, train_labels=idx(labels))
    with pytest.raises(DataError, match=f"must hold labels from 0 to 2; got {label} at index 17"):
        read(tmp_path, allow_unknown_data=True)


def test_a_file_of_another_known_set_is_recognised(tmp_path, small):
    write_set(tmp_path)
    mnist_like = made_set(known=False)  # its own content is not known to anybody
    path = tmp_path / "train-labels-idx1-ubyte.gz"
    checked = check_file(mnist_like.files[1], path, set_name="other")
    assert checked.state == DIFFERS
    assert f"The file is {small.name}'s train-labels-idx1-ubyte" in checked.problem


def test_without_a_known_checksum_the_official_packed_file_is_verified(tmp_path):
    one = made_set(known=False)
    write_set(tmp_path)
    assert [f.state for f in read(tmp_path, one=one)[2]] == [VERIFIED, VERIFIED]


def test_without_a_known_checksum_structure_alone_is_checked_and_said(tmp_path):
    one = made_set(known=False)
    write_set(tmp_path, gz=False)
    assert [f.state for f in read(tmp_path, one=one)[2]] == [UNVERIFIED, UNVERIFIED]
    write_set(tmp_path, gz=False, train_images=idx(np.zeros((50, 5, 3))))
    with pytest.raises(DataError, match=r"its shape is \(50, 5, 3\), not \(50, 4, 3\)"):
        read(tmp_path, one=one)


def test_checksums_are_those_of_what_was_read_not_of_the_file_later(tmp_path):
    write_set(tmp_path)
    path = tmp_path / "train-labels-idx1-ubyte.gz"
    checked = check_file(SET.files[1], path, set_name="made")
    path.write_bytes(packed(idx(LABELS * 0)))
    assert checked.sha256 == sha256(contents()["train-labels-idx1-ubyte"])
    assert checked.content.array.shape == SHAPES["train-labels-idx1-ubyte"]
