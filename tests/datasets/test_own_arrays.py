"""A user's own arrays become a study's data, or are refused at the first bad place."""

from __future__ import annotations

import os

import numpy as np
import pytest

from initlab.datasets.own_arrays import own_study
from initlab.errors import ArgumentError, DataError, InitlabError, StorageError

from .making import sha256

X = np.random.default_rng(0).standard_normal((50, 3))
Y = np.arange(50) % 3


def rows_of(data):
    return np.vstack([data.x_train, data.x_test]), np.concatenate([data.y_train, data.y_test])


def test_every_sample_is_there_once_with_its_class():
    data = own_study((X, Y))
    assert (data.x_train.shape, data.x_test.shape) == ((40, 3), (10, 3))
    x, y = rows_of(data)
    order = np.argsort(x[:, 0])
    truth = np.argsort(X.astype(np.float32)[:, 0])
    assert np.array_equal(x[order], X.astype(np.float32)[truth])
    assert np.array_equal(y[order], Y[truth])
    assert (x.dtype, y.dtype) == (np.float32, np.int64)


def test_lists_column_vectors_and_texts_are_taken():
    data = own_study([[[1, 2], [3, 4], [5, 6]], [["cat"], ["dog"], ["cat"]]])
    assert data.classes == ("cat", "dog")
    assert data.x_train.shape == (2, 2)


def test_bytes_are_pixels_and_images_keep_their_shape():
    images = np.full((10, 4, 3), 255, dtype=np.uint8)
    data = own_study((images, Y[:10]))
    assert data.x_train.shape == (8, 12)
    assert data.x_train.max() == 1
    assert data.image_shape == (4, 3)
    assert own_study((images, Y[:10]), flat=False).x_train.shape == (8, 4, 3)
    assert own_study((images.astype(int), Y[:10])).x_train.max() == 255


def test_csv_npz_and_arrays_give_the_same_study(tmp_path):
    lines = [",".join([*map(repr, row), str(label)])
             for row, label in zip(X.tolist(), Y, strict=True)]  # fmt: skip
    (tmp_path / "a.csv").write_text("a,b,c,kind\n" + "\n".join(lines))
    np.savez(tmp_path / "a.npz", x=X, y=Y)
    studies = [own_study(d) for d in ((X, Y), tmp_path / "a.csv", str(tmp_path / "a.npz"))]
    for study in studies[1:]:
        for part in ("x_train", "y_train", "x_test", "y_test"):
            assert np.array_equal(getattr(study, part), getattr(studies[0], part))
    assert studies[1].features == ("a", "b", "c")
    assert [study.name for study in studies] == ["own arrays", "a.csv", "a.npz"]
    for file in ("a.csv", "a.npz"):
        content = (tmp_path / file).read_bytes()
        assert own_study(tmp_path / file).checksums == {file: sha256(content)}


def test_the_checksum_of_arrays_tells_other_values_types_and_shapes_apart():
    variants = [(X, Y), (X + 1, Y), (X, (Y + 1) % 3), (X.astype(np.float32), Y),
                (X.reshape(50, 3, 1), Y)]  # fmt: skip
    assert len({own_study(v).checksums["x and y"] for v in variants}) == len(variants)


@pytest.mark.parametrize("keys", [("X", "y"), ("x_train", "y_train"), ("images", "labels"),
                                  ("data", "target")])  # fmt: skip
def test_other_names_of_arrays_are_known(tmp_path, keys):
    np.savez(tmp_path / "a.npz", **dict(zip(keys, (X, Y), strict=True)))
    assert len(own_study(tmp_path / "a.npz").y_train) == 40


def test_an_archive_with_other_names_is_refused_with_both_lists(tmp_path):
    np.savez(tmp_path / "a.npz", inputs=X, y=Y)
    with pytest.raises(DataError, match="holds the arrays inputs, y; wanted x and y, or X and y"):
        own_study(tmp_path / "a.npz")


def save_with_test(path, **replaced):
    arrays = {"x_train": X, "y_train": Y + 5, "x_test": X[:4] * 2, "y_test": np.array([7, 5, 5, 7])}
    np.savez(path, **{**arrays, **replaced})


def test_test_arrays_of_an_archive_are_the_final_part_in_the_training_classes(tmp_path):
    save_with_test(tmp_path / "a.npz")
    assert own_study(tmp_path / "a.npz").x_final is None
    data = own_study(tmp_path / "a.npz", final_test=True)
    assert data.classes == ("5", "6", "7")
    assert data.y_final.tolist() == [2, 0, 0, 2]
    assert np.array_equal(data.x_final, (X[:4] * 2).astype(np.float32))


@pytest.mark.parametrize(
    ("replaced", "sentence"),
    [
        ({"y_test": np.array([5, 5, 8, 6])}, "test part: found class 8, which no training sample"),
        ({"x_test": X[:4, :2]}, r"x_test must be like x_train, float64 of shape \(n, 3\)"),
        ({"x_test": np.zeros((4, 3), np.uint8)}, "x_test must be like x_train"),
        ({"x_test": X[:3]}, "x holds 3 samples, y 4"),
    ],
)
def test_test_arrays_that_do_not_fit_are_refused(tmp_path, replaced, sentence):
    save_with_test(tmp_path / "a.npz", **replaced)
    with pytest.raises(DataError, match=sentence):
        own_study(tmp_path / "a.npz", final_test=True)


def test_a_final_test_without_test_arrays_is_refused():
    with pytest.raises(ArgumentError, match="final_test must be left out"):
        own_study((X, Y), final_test=True)


@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        (X[:, 0], Y, r"x must have shape \(n, features\)"),
        (X[:0], Y[:0], "none of them 0"),
        (X.astype(str), Y, "x must hold numbers; got <U"),
        (X.astype(complex), Y, "x must hold numbers; got complex128"),
        (X, Y[:-1], "x holds 50 samples, y 49"),
        (X, np.eye(3)[Y], r"y must have shape \(n,\), .* got float64 of shape \(50, 3\)"),
        (X, np.array([{}] * 50), "y must have shape"),
        (X, Y * 0, "one class only"),
        (X[:1], Y[:1], "one sample"),
        (X, Y + 0.5, r"y\[0\]: found label 0.5"),
    ],
)
def test_arrays_that_cannot_be_used_are_refused(x, y, sentence):
    with pytest.raises(DataError, match=sentence):
        own_study((x, y))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e39])
def test_a_value_float32_cannot_hold_is_refused_by_its_index(bad):
    x = X.copy()
    x[12, 2] = bad
    with pytest.raises(DataError, match=r"x\[12, 2\]: found .*, wanted a finite float32"):
        own_study((x, Y))
    images = np.zeros((50, 2, 2))
    images[3, 1, 0] = bad
    with pytest.raises(DataError, match=r"x\[3, 1, 0\]"):
        own_study((images, Y))


def test_a_csv_value_beyond_float32_and_a_label_that_is_none_are_refused_by_row(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b,kind\n1,2,0\n3,1e39,1\n")
    with pytest.raises(DataError, match=r'a\.csv, row 3, column "b": found 1e\+39'):
        own_study(path)
    path.write_text("a,kind\n1,0\n3,0.5\n")
    with pytest.raises(DataError, match=r'a\.csv, row 3, column "kind": found label 0\.5'):
        own_study(path)


def test_a_constant_column_is_used_as_it_is():
    x = X.copy()
    x[:, 1] = 4
    assert np.all(own_study((x, Y)).x_train[:, 1] == 4)


def test_a_class_without_validation_samples_is_noted():
    y = np.zeros(50, dtype=int)
    y[0] = 1
    notes = own_study((X, y)).notes
    assert len(notes) == 1
    assert notes[0] in {f"The {part} part holds no sample of 1." for part in
                        ("training", "validation")}  # fmt: skip


def test_what_is_no_file_of_ours_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    cases = {
        str(tmp_path / "a.txt"): (ArgumentError, r"ends in \.npz or \.csv"),
        str(tmp_path / "missing.csv"): (StorageError, "is not there"),
        str(tmp_path / "pipe.csv"): (StorageError, "not a regular file"),
        "https://example.org/a.csv": (StorageError, "must be a local path"),
    }
    for path, (kind, sentence) in cases.items():
        with pytest.raises(kind, match=sentence):
            own_study(path)
    with pytest.raises(ArgumentError, match=r"a pair \(x, y\)"):
        own_study((X, Y, X))
    np.savez(tmp_path / "a.npz", x=X, y=Y)
    with pytest.raises(InitlabError, match=r"label must be left out for \.npz"):
        own_study(tmp_path / "a.npz", label="y")
