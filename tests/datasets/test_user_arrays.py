"""A user's own arrays become a study's data, or are refused at the first bad place."""

from __future__ import annotations

import os
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from initlab.datasets.user_arrays import user_study
from initlab.errors import ArgumentError, DataError, InitlabError, StorageError

from .making import sha256

X = np.random.default_rng(0).standard_normal((50, 3))
Y = np.arange(50) % 3


def rows_of(data):
    return np.vstack([data.x_train, data.x_test]), np.concatenate([data.y_train, data.y_test])


def test_every_sample_is_there_once_with_its_class():
    data = user_study((X, Y))
    assert (data.x_train.shape, data.x_test.shape) == ((40, 3), (10, 3))
    x, y = rows_of(data)
    order = np.argsort(x[:, 0])
    truth = np.argsort(X.astype(np.float32)[:, 0])
    assert np.array_equal(x[order], X.astype(np.float32)[truth])
    assert np.array_equal(y[order], Y[truth])
    assert (x.dtype, y.dtype) == (np.float32, np.int64)


def test_lists_column_vectors_and_texts_are_taken():
    data = user_study([[[1, 2], [3, 4], [5, 6]], [["cat"], ["dog"], ["cat"]]])
    assert data.classes == ("cat", "dog")
    assert data.x_train.shape == (2, 2)


def test_bytes_are_pixels_and_images_keep_their_shape():
    images = np.full((10, 4, 3), 255, dtype=np.uint8)
    data = user_study((images, Y[:10]))
    assert data.x_train.shape == (8, 12)
    assert data.x_train.max() == 1
    assert data.image_shape == (4, 3)
    assert user_study((images.astype(int), Y[:10])).x_train.max() == 255


def test_csv_npz_and_arrays_give_the_same_study(tmp_path):
    lines = [",".join([*map(repr, row), str(label)])
             for row, label in zip(X.tolist(), Y, strict=True)]  # fmt: skip
    (tmp_path / "a.csv").write_text("a,b,c,kind\n" + "\n".join(lines))
    (tmp_path / "a.data").write_text("\n".join(lines).replace(",", ";"))
    np.savez(tmp_path / "a.npz", x=X, y=Y)
    studies = [user_study(d) for d in ((X, Y), tmp_path / "a.csv", str(tmp_path / "a.npz"))]
    studies.append(user_study(tmp_path / "a.data", header=False))
    for study in studies[1:]:
        for part in ("x_train", "y_train", "x_test", "y_test"):
            assert np.array_equal(getattr(study, part), getattr(studies[0], part))
    assert studies[1].features == ("a", "b", "c")
    assert [study.name for study in studies] == ["your arrays", "a.csv", "a.npz", "a.data"]
    assert {(study.n_rows, study.task) for study in studies} == {(50, "classification")}
    for file in ("a.csv", "a.npz"):
        content = (tmp_path / file).read_bytes()
        assert user_study(tmp_path / file).checksums == {file: sha256(content)}


def test_the_checksum_of_arrays_tells_other_values_types_and_shapes_apart():
    variants = [(X, Y), (X + 1, Y), (X, (Y + 1) % 3), (X.astype(np.float32), Y),
                (X.reshape(50, 3, 1), Y)]  # fmt: skip
    assert len({user_study(v).checksums["x and y"] for v in variants}) == len(variants)


@pytest.mark.parametrize("keys", [("X", "y"), ("x_train", "y_train"), ("images", "labels"),
                                  ("data", "target")])  # fmt: skip
def test_other_names_of_arrays_are_known(tmp_path, keys):
    np.savez(tmp_path / "a.npz", **dict(zip(keys, (X, Y), strict=True)))
    assert len(user_study(tmp_path / "a.npz").y_train) == 40


def test_an_archive_with_other_names_is_refused_with_both_lists(tmp_path):
    np.savez(tmp_path / "a.npz", inputs=X, y=Y)
    with pytest.raises(DataError, match=r"must hold the arrays x and y, .*; it holds inputs, y"):
        user_study(tmp_path / "a.npz")


def save_with_test(path, **replaced):
    arrays = {"x_train": X, "y_train": Y + 5, "x_test": X[:4] * 2, "y_test": np.array([7, 5, 5, 7])}
    np.savez(path, **{**arrays, **replaced})


def test_test_arrays_of_an_archive_are_the_final_part_in_the_training_classes(tmp_path):
    save_with_test(tmp_path / "a.npz")
    with pytest.raises(DataError, match=r"y holds the whole numbers 5, 6, 7, which may be"):
        user_study(tmp_path / "a.npz")
    assert user_study(tmp_path / "a.npz", task="classification").x_final is None
    data = user_study(tmp_path / "a.npz", task="classification", final_test=True)
    assert data.classes == ("5", "6", "7")
    assert data.y_final.tolist() == [2, 0, 0, 2]
    assert np.array_equal(data.x_final, (X[:4] * 2).astype(np.float32))


@pytest.mark.parametrize(
    ("replaced", "sentence"),
    [
        ({"y_test": np.array([5, 5, 8, 6])}, "test part: y_test holds the class 8, but"),
        (
            {"x_test": X[:4, :2]},
            r"x_test must be like the training inputs, with dtype float64 and shape \(n, 3\)",
        ),
        ({"x_test": np.zeros((4, 3), np.uint8)}, "x_test must be like the training inputs"),
        ({"x_test": X[:3]}, "got 3 for x and 4 for y"),
        ({"x_test": np.full((4, 2), np.nan)}, "x_test must be like the training inputs"),
        (
            {"x_test": np.full(4, np.nan)},
            r"x_test must be like .*, with .* and shape \(4,\)",
        ),
        ({"x_test": np.full((4, 3, 2), np.nan)}, "x_test must be like the training inputs"),
        ({"x_test": np.float64(1)}, r"x_test must be like the training inputs, .* and shape \(\)"),
        ({"x_test": np.full((4, 3), np.nan)}, r'12 values are missing, .*4 in "x\[:, 0\]"'),
    ],
)
def test_test_arrays_that_do_not_fit_are_refused(tmp_path, replaced, sentence):
    save_with_test(tmp_path / "a.npz", **replaced)
    with pytest.raises(DataError, match=sentence):
        user_study(tmp_path / "a.npz", task="classification", final_test=True)


def test_test_arrays_of_measurements_keep_their_values(tmp_path):
    save_with_test(tmp_path / "a.npz", y_test=np.array([0.5, 1, 2, -3]))
    data = user_study(tmp_path / "a.npz", task="regression", final_test=True)
    assert data.y_final.tolist() == [0.5, 1, 2, -3]
    save_with_test(tmp_path / "a.npz", y_test=np.array(["a", "b", "a", "b"]))
    with pytest.raises(DataError, match=r"test part, y\[0\] must be a number.*; got 'a'"):
        user_study(tmp_path / "a.npz", task="regression", final_test=True)


def test_test_samples_that_are_left_out_are_counted_and_one_is_enough(tmp_path):
    save_with_test(tmp_path / "a.npz", y_test=np.array([7.0, np.nan, np.nan, 7]))
    options = {"task": "classification", "final_test": True}
    data = user_study(tmp_path / "a.npz", missing="drop", **options)
    assert data.y_final.tolist() == [2, 2]
    assert "2 rows with missing values are left out of the test part." in data.notes
    save_with_test(tmp_path / "a.npz", x_test=X[:1], y_test=Y[:1] + 5)
    assert user_study(tmp_path / "a.npz", **options).y_final.tolist() == [0]


def test_a_final_test_without_test_arrays_is_refused():
    with pytest.raises(ArgumentError, match="final_test must be left out"):
        user_study((X, Y), final_test=True)


@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        (X[:, 0], Y, r"x must have shape \(n, features\)"),
        (X[:, :0], Y, "without an axis of size 0"),
        (X[:0], Y[:0], "without an axis of size 0"),
        (X.astype(str), Y, "x must hold numbers; got an array of dtype <U"),
        (X.astype(complex), Y, "x must hold numbers; got an array of dtype complex128"),
        (X, Y[:-1], "got 50 for x and 49 for y"),
        (X, np.eye(3)[Y], "y holds the whole numbers 0, 1, which may be classes or measurements"),
        (
            X,
            np.eye(3)[Y].astype(str),
            r"y must have shape \(n,\), .* got dtype <U32 and shape \(50, 3\)",
        ),
        (X, np.zeros((50, 2, 2)), r"y must have shape .* got dtype float64 and shape \(50, 2, 2\)"),
        (X, np.array([{}] * 50), "y must have shape"),
        (X, Y * 0, "two classes or more; every label is"),
        (X[:1], Y[:1], "two samples or more; got one"),
        (X, Y + 5, "y holds the whole numbers 5, 6, 7, which may be classes or measurements"),
    ],
)
def test_arrays_that_cannot_be_used_are_refused(x, y, sentence):
    with pytest.raises(DataError, match=sentence):
        user_study((x, y))


def test_float16_is_compared_with_the_largest_float32_without_a_warning():
    with warnings.catch_warnings(action="error"):
        user_study((X.astype(np.float16), Y))
        bad = X.astype(np.float16)
        bad[12, 2] = np.inf
        with pytest.raises(DataError, match=r"x\[12, 2\] must be .* fits in float32; got inf"):
            user_study((bad, Y))


@pytest.mark.parametrize("bad", [np.inf, -np.inf, 1e39])
def test_a_value_float32_cannot_hold_is_refused_by_its_index(bad):
    x = X.copy()
    x[12, 2] = bad
    with pytest.raises(DataError, match=r"x\[12, 2\] must be .* fits in float32"):
        user_study((x, Y))
    images = np.zeros((50, 2, 2))
    images[3, 1, 0] = bad
    with pytest.raises(DataError, match=r"x\[3, 1, 0\]"):
        user_study((images, Y))


def test_a_csv_value_beyond_float32_and_a_label_that_is_none_are_refused_by_row(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b,kind\n1,2,0\n3,1e39,1\n")
    with pytest.raises(DataError, match=r'a\.csv, row 3, column "b" must be .*; got 1e\+39'):
        user_study(path)
    path.write_text("a,price\n1,0\n3,1e39\n")
    with pytest.raises(DataError, match=r'a\.csv, row 3, column "price" must be .*; got 1e39'):
        user_study(path, task="regression")


def test_a_constant_column_is_used_as_it_is():
    x = X.copy()
    x[:, 1] = 4
    assert np.all(user_study((x, Y)).x_train[:, 1] == 4)


def test_a_class_without_validation_samples_is_noted():
    y = np.zeros(50, dtype=int)
    y[0] = 1
    _, *notes = user_study((X, y)).notes
    assert len(notes) == 1
    assert notes[0] in {f"The {part} part holds no sample of class 1." for part in
                        ("training", "validation")}  # fmt: skip


def test_what_is_no_file_of_ours_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    cases = {
        str(tmp_path / "a.txt"): (StorageError, "does not exist"),
        str(tmp_path / "missing.csv"): (StorageError, "^data: the file .* does not exist.$"),
        "fashionmnist": (StorageError, "does not exist. Did you mean 'fashion-mnist'"),
        str(tmp_path / "pipe.csv"): (StorageError, "not a regular file"),
        "https://example.org/a.csv": (StorageError, "must be a local path"),
    }
    for path, (kind, sentence) in cases.items():
        with pytest.raises(kind, match=sentence):
            user_study(path)
    with pytest.raises(ArgumentError, match=r"a pair \(x, y\)"):
        user_study((X, Y, X))
    np.savez(tmp_path / "a.npz", x=X, y=Y)
    for name, value in {"label": "y", "header": True, "one_hot": ["a"]}.items():
        with pytest.raises(InitlabError, match=rf"{name} must be left out for \.npz"):
            user_study(tmp_path / "a.npz", **{name: value})
        with pytest.raises(InitlabError, match=rf"{name} must be left out for arrays"):
            user_study((X, Y), **{name: value})


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04...", "a spreadsheet or an archive; save the table as CSV"),
        (b"\x93NUMPY...", r"a single array; save x and y with numpy.savez\(file, x=x, y=y\)"),
        (b"\x1f\x8b...", "compressed; unpack it first"),
        (b"\x00\x01,2\n", "it holds NUL bytes"),
        (b"PAR1...", "is damaged"),
    ],
)
def test_a_file_that_is_no_table_is_named_for_what_it_is(tmp_path, content, sentence):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(DataError, match=sentence):
        user_study(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("task", "regress", "task must be one of classification, regression; got 'regress'"),
        ("missing", "zero", "missing must be one of refuse, drop, mean; got 'zero'"),
        ("missing", None, "missing must be one of refuse, drop, mean; got None"),
        ("header", "yes", "header must be True, False or left out; got 'yes'"),
        ("one_hot", {"a": 1}, "one_hot must be a list of column names; got"),
        ("one_hot", [1], "one_hot must be a list of column names; got"),
    ],
)
def test_a_setting_that_is_none_is_refused_by_its_name(name, value, sentence):
    with pytest.raises(ArgumentError, match=sentence):
        user_study((X, Y), **{name: value})


def written(path, x, y):
    """Save inputs and labels by the ending of the path; tables get the columns a, b, c, price."""
    if path.suffix == ".npz":
        np.savez(path, x=x, y=y)
        return path
    labels = y if isinstance(y, list) else y.reshape(-1).tolist()
    rows = [[*map(repr, row), str(label)] for row, label in zip(x.tolist(), labels, strict=True)]
    path.write_text("\n".join(",".join(row) for row in [["a", "b", "c", "price"], *rows]))
    return path


PRICES = np.random.default_rng(1).integers(100_000, 900_000, 50)


@pytest.mark.parametrize("ending", ["memory", ".csv", ".npz"])
@pytest.mark.parametrize(
    "y",
    [PRICES, PRICES.astype(float), PRICES[:, np.newaxis], PRICES / 7, PRICES[:, np.newaxis] / 7,
     PRICES.astype(np.int32), PRICES.astype(str)],
    ids=["whole", "whole floats", "column", "decimals", "column of decimals", "int32", "texts"],
)  # fmt: skip
def test_measurements_are_never_turned_into_class_numbers(tmp_path, ending, y):
    data = (X, y) if ending == "memory" else written(tmp_path / f"a{ending}", X, y)
    numbers = np.asarray(y, dtype=float).reshape(-1)
    if np.array_equal(numbers, numbers.round()):
        with pytest.raises(DataError, match=r"holds the whole numbers .*give --task class"):
            user_study(data)
        found = user_study(data, task="regression")
    else:
        found = user_study(data)
    assert (found.task, found.classes) == ("regression", ())
    assert found.y_train.dtype == np.float32
    x, y = rows_of(found)
    expected = numbers.astype(np.float32)
    order, truth = np.argsort(x[:, 0]), np.argsort(X.astype(np.float32)[:, 0])
    assert np.array_equal(y[order], expected[truth])


BIG = [2**53 + 1, 2**53, 2**53 + 2]
LABELS = {
    "texts": (["cat", "dog", "ant"], None),
    "above 2**53": ([str(one) for one in BIG], "classification"),
    "1e19 and 1e20": (["1e19", "1e20", "1e21"], "classification"),
    "one number in two spellings": (["1e2", "100", "1"], "classification"),
    "leading zeros": (["1", "01", "001"], "classification"),
    "none": (["none", "some", "None"], "classification"),
    "integers": (np.array(BIG), "classification"),
    "unsigned": (np.array([2**64 - 1, 2**64 - 2, 0], dtype=np.uint64), "classification"),
    "beyond 64 bits": ([10**30, 10**30 + 1, -1], "classification"),
    "of both signs": ([2**63, 2**53 + 1, -1], "classification"),
    "objects": (np.array(["cat", "dog", "ant"], dtype=object), None),
    "bytes": (np.array([b"cat", b"dog", "é".encode()]), None),
}


NOT_WRITTEN = {  # NumPy pickles the first, and has no such number for the others
    (".npz", "objects"), (".npz", "beyond 64 bits"), (".npz", "of both signs"), (".csv", "bytes"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("ending", "kind"),
    sorted({(e, kind) for e in ("memory", ".csv", ".npz") for kind in LABELS} - NOT_WRITTEN),
)
def test_every_different_label_is_a_class_of_its_own(tmp_path, ending, kind):
    labels, task = LABELS[kind]
    y = [labels[k] for k in np.arange(50) % 3]
    y = np.array(y, dtype=labels.dtype) if isinstance(labels, np.ndarray) else y
    data = (X, y) if ending == "memory" else written(tmp_path / f"a{ending}", X, y)
    found = user_study(data, task=task)
    texts = [one.decode() if isinstance(one, bytes) else str(one) for one in labels]
    assert sorted(found.classes) == sorted(texts)
    assert np.bincount(rows_of(found)[1]).tolist() == [
        17 if texts.index(name) < 2 else 16 for name in found.classes
    ]


def test_two_classes_that_are_one_number_are_noted():
    y = np.array(["1", "01"] * 25)
    assert (
        "Classes 01 and 1 are the same number, but are taken for two classes."
        in user_study((X, y), task="classification").notes
    )


def test_the_notes_say_how_many_rows_were_read_and_what_the_task_was_taken_for(tmp_path):
    path = written(tmp_path / "a.csv", X, Y)
    assert user_study(path).notes == (
        "a.csv: 50 rows read. The task is classification, because the labels are the whole numbers "
        'from 0 to 2. Column "price" holds labels of 3 classes (0, 1, 2).',
    )
    assert user_study((X, Y + 0.5)).notes == (
        "your arrays: 50 rows read. The task is regression, because the targets have decimals.",
    )
    many = user_study((X, np.arange(50) % 7), task="classification").notes[0]
    assert "or the loss that you gave says so. There are 7 classes (0, 1, 2, 3, 4, ...)." in many


@pytest.mark.parametrize(("scale", "noted"), [(1e5, True), (1.0, False), (1e-3, True), (0, False)])
def test_targets_far_from_a_networks_first_outputs_are_noted(scale, noted):
    notes = user_study((X, (Y + 0.5) * scale), task="regression").notes
    assert any("Scale the targets to about 1, because inits" in note for note in notes) == noted


def test_several_columns_of_measurements_are_learned_together():
    y = np.random.default_rng(2).standard_normal((50, 2))
    assert user_study((X, y)).y_train.shape == (40, 2)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(alphabet='ab01.-e,;\t"\n\r ?é', max_size=60) | st.binary(max_size=60),
    header=st.sampled_from([None, True, False]),
    task=st.sampled_from([None, "classification", "regression"]),
    missing=st.sampled_from(["refuse", "drop", "mean"]),
)
def test_any_file_is_a_study_or_a_sentence(tmp_path, text, header, task, missing):
    content = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "a.csv").write_bytes(content)
    try:
        found = user_study(tmp_path / "a.csv", header=header, task=task, missing=missing)
    except InitlabError:
        return
    assert np.isfinite(found.x_train).all()
    assert len(found.x_train) + len(found.x_test) <= found.n_rows
    assert (found.n_rows == len(found.x_train) + len(found.x_test)) or missing != "refuse"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (5, r"data must be a pair \(x, y\), or a path; got 'int'"),
        (X, r"data must be a pair \(x, y\), or a path; got 'ndarray'"),
        ({"x": X, "y": Y}, r"data must be a pair \(x, y\), or a path; got 'dict'"),
        (([[1, 2], [3]], [0, 1]), r"your arrays: x cannot be made into an array \("),
        ((X[:2], [[0], [1, 2]]), r"your arrays: y cannot be made into an array \("),
        ((X, None), "y must be an array, .*; got NoneType"),
        ((None, Y), "x must be an array, .*; got NoneType"),
        (("abc", Y), "x must hold numbers; got an array of dtype <U3"),
    ],
)
def test_what_is_no_data_is_refused_in_a_sentence(data, sentence):
    with pytest.raises(DataError, match=sentence):
        user_study(data)


def test_masked_values_are_missing():
    x = np.ma.array(X, mask=np.zeros(X.shape, dtype=bool))
    x[7, 1] = np.ma.masked
    y = np.ma.array(Y, mask=np.arange(50) == 9)
    with pytest.raises(
        DataError, match=r'2 values are missing, in 2 .*\(1 in "x\[:, 1\]", 1 in "y"'
    ):
        user_study((x, y))


GAPS = X.copy()
GAPS[[3, 12, 12], [0, 1, 2]] = np.nan


def test_missing_values_are_refused_with_count_and_columns(tmp_path):
    path = written(tmp_path / "a.csv", GAPS, Y)
    words = (
        r'a.csv: 3 values are missing, in 2 of 50 rows \(1 in "a", 1 in "b", 1 in "c"; '
        r"the first in row 5\)"
    )
    with pytest.raises(DataError, match=words + r"\. Give --missing drop .* --missing mean"):
        user_study(path)
    with pytest.raises(
        DataError, match=r'your arrays: 3 values .*\(1 in "x\[:, 0\]", .* at index 3\)'
    ):
        user_study((GAPS, Y))
    images = np.zeros((50, 2, 2))
    images[3, 1, 0] = np.nan
    with pytest.raises(
        DataError, match=r'1 value is missing, in 1 of 50 rows \(1 in "x"; the first'
    ):
        user_study((images, Y))


@pytest.mark.parametrize("ending", ["memory", ".csv", ".npz"])
def test_rows_with_missing_values_are_dropped_where_asked(tmp_path, ending):
    data = (GAPS, Y) if ending == "memory" else written(tmp_path / f"a{ending}", GAPS, Y)
    found = user_study(data, missing="drop")
    assert found.n_rows == 50
    assert "2 rows with missing values are left out." in found.notes
    kept = ~np.isnan(GAPS).any(axis=1)
    x, y = rows_of(found)
    order, truth = np.argsort(x[:, 0]), np.argsort(X[kept].astype(np.float32)[:, 0])
    assert np.array_equal(x[order], X[kept].astype(np.float32)[truth])
    assert np.array_equal(y[order], Y[kept][truth])


@pytest.mark.parametrize("ending", ["memory", ".csv", ".npz"])
def test_means_are_those_of_the_training_part_alone(tmp_path, ending):
    data = (GAPS, Y) if ending == "memory" else written(tmp_path / f"a{ending}", GAPS, Y)
    found = user_study(data, missing="mean")
    whole = user_study((X, Y))  # the same split
    train, validation = found.x_train, found.x_test
    moved = [(part[one != other], one[one != other]) for part, one, other in
             ((train, train, whole.x_train), (validation, validation, whole.x_test))]  # fmt: skip
    assert sum(len(one) for one, _ in moved) == 3
    gaps = np.isin(whole.x_train, X[np.isnan(GAPS)].astype(np.float32))
    means = [np.mean(whole.x_train[~gaps[:, k], k], dtype=np.float64) for k in range(3)]
    for part, one in ((found.x_train, whole.x_train), (found.x_test, whole.x_test)):
        for row, k in np.argwhere(part != one):
            assert part[row, k] == pytest.approx(means[k], rel=1e-6)
    filled = (
        "3 missing values are filled in, each with the mean of its column over the training part."
    )
    assert filled in found.notes


def test_texts_with_gaps_become_the_shares_of_each_text(tmp_path):
    rows = [f"{['red', 'blue', '?'][k % 3]},{k},{'ab'[k % 2]}" for k in range(60)]
    (tmp_path / "a.csv").write_text("\n".join(["color,size,kind", *rows]))
    with pytest.raises(
        DataError, match=r'20 values are missing, in 20 of 60 rows \(20 in "color";'
    ):
        user_study(tmp_path / "a.csv", one_hot=["color"])
    found = user_study(tmp_path / "a.csv", one_hot="color", missing="mean")
    assert found.features == ("color=blue", "color=red", "size")
    x, _ = rows_of(found)
    assert x[:, :2].sum(axis=1) == pytest.approx(np.ones(60))
    filled = x[(x[:, :2] % 1 != 0).any(axis=1)]
    known = found.x_train[(found.x_train[:, :2] % 1 == 0).all(axis=1)]
    assert len(filled) == 20
    assert filled[:, 0] == pytest.approx(np.full(20, known[:, 0].mean()))


@pytest.mark.parametrize("ending", ["memory", ".csv", ".npz"])
@pytest.mark.parametrize("gap", ["?", "NA", "nan", "", "null"])
@pytest.mark.parametrize("how", ["drop", "mean"])
def test_a_sample_without_a_label_trains_nothing(tmp_path, ending, gap, how):
    y = np.array(["cat", "dog"] * 25).astype("U4")
    y[7] = gap
    data = (X, y) if ending == "memory" else written(tmp_path / f"a{ending}", X, y)
    with pytest.raises(
        DataError, match=r"1 value is missing, in 1 of 50 rows \(1 in \"(y|price)\"; "
    ):
        user_study(data)
    found = user_study(data, missing=how)
    assert found.classes == ("cat", "dog")
    assert (len(rows_of(found)[0]), found.n_rows) == (49, 50)


@pytest.mark.parametrize("y", [[None, "a", "b", "a"], [np.nan, 0.5, 1.5, 2], [None, 0.5, 1.5, 2]])
def test_none_and_nan_in_a_list_of_labels_are_missing(y):
    with pytest.raises(DataError, match=r'1 value is missing, in 1 of 4 rows \(1 in "y"'):
        user_study((X[:4], y))
    assert len(rows_of(user_study((X[:4], y), missing="drop"))[0]) == 3


def test_places_are_those_of_the_file_when_rows_were_dropped(tmp_path):
    x = GAPS.copy()
    x[20, 1] = 1e39
    path = written(tmp_path / "a.csv", x, Y)
    with pytest.raises(DataError, match=r'row 22, column "b" must be .*; got 1e\+39'):
        user_study(path, missing="drop")
    with pytest.raises(DataError, match=r"x\[20, 1\] must be .*; got 1e\+39"):
        user_study((x, Y), missing="drop")
    y = np.full(50, "1.5")
    y[30] = "x"
    with pytest.raises(DataError, match=r'row 32, column "price" must be a number.*; got .x.'):
        user_study(written(path, GAPS, y), missing="drop", task="regression")


def test_a_column_without_a_value_to_average_and_rows_that_all_miss_one_are_refused():
    x = X.copy()
    x[:, 1] = np.nan
    with pytest.raises(DataError, match=r"column 'x\[:, 1\]' has no value in the training part"):
        user_study((x, Y), missing="mean")
    with pytest.raises(DataError, match="every row has a missing value"):
        user_study((x, Y), missing="drop")


def test_a_final_part_is_filled_in_with_the_means_of_the_training_part(tmp_path):
    test = X[:4].copy()
    test[1, 2] = np.nan
    save_with_test(tmp_path / "a.npz", x_test=test)
    options = {"task": "classification", "final_test": True}
    with pytest.raises(DataError, match=r"test part: 1 value is missing"):
        user_study(tmp_path / "a.npz", **options)
    assert len(user_study(tmp_path / "a.npz", missing="drop", **options).x_final) == 3
    found = user_study(tmp_path / "a.npz", missing="mean", **options)
    assert found.x_final[1, 2] == pytest.approx(found.x_train[:, 2].mean(dtype=float), rel=1e-6)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<!DOCTYPE html>\n<html>", "it is HTML"),
        ('[{"a": 1}]', "it is JSON"),
        (",a,y\n0,1,cat\n", "column 1 has no name. If pandas wrote its index into this"),
        ("a,y,\n1,cat,\n", "column 3 has no name.$"),
        ("a,y\n1,cat\n2,cat\n", r"every label is 'cat'\. \(.*a.csv, column \"y\"\)"),
    ],
)
def test_a_file_that_is_no_table_or_was_saved_otherwise_is_explained(tmp_path, content, words):
    (tmp_path / "a.csv").write_text(content)
    with pytest.raises(DataError, match=words):
        user_study(tmp_path / "a.csv")
