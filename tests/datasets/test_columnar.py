"""A Parquet or Arrow file is read as the same table in text is; without polars, a sentence."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest

from initlab.datasets.user_arrays import user_study
from initlab.errors import DataError, InitlabError

polars = pytest.importorskip("polars")
X = np.random.default_rng(0).standard_normal((30, 2))
FRAME = polars.DataFrame({
    "a": X[:, 0], "n": np.arange(30) * 10**15, "flag": np.arange(30) % 3 == 0,
    "color": ["red", "blue"] * 15, "kind": ["cat", "dog", "ant"] * 10,
})  # fmt: skip


def saved(frame, kind):
    out = io.BytesIO()
    (frame.write_parquet if kind == "parquet" else frame.write_ipc)(out)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_the_table_is_that_of_the_text(tmp_path, kind):
    (tmp_path / "a.data").write_bytes(saved(FRAME, kind))
    flags = FRAME.with_columns(polars.col("flag").cast(polars.Int8))
    flags.write_csv(tmp_path / "a.csv")
    found, expected = (user_study(tmp_path / f, one_hot=["color"]) for f in ("a.data", "a.csv"))
    assert np.array_equal(found.x_train, expected.x_train)
    assert np.array_equal(found.y_test, expected.y_test)
    assert (found.classes, found.features) == (expected.classes, expected.features)
    assert (found.n_rows, found.task) == (30, "classification")


def test_numbers_of_float64_and_labels_of_64_bits_stay_exact(tmp_path):
    y = np.array([2**53, 2**53 + 1] * 15)
    polars.DataFrame({"a": X[:, 0], "y": y}).write_parquet(tmp_path / "a.parquet")
    assert user_study(tmp_path / "a.parquet").classes == (str(2**53), str(2**53 + 1))
    polars.DataFrame({"a": X[:, 0], "y": X[:, 1]}).write_parquet(tmp_path / "a.parquet")
    found = user_study(tmp_path / "a.parquet")
    both = np.sort(np.concatenate([found.y_train, found.y_test]))
    assert np.array_equal(both, np.sort(X[:, 1]).astype(np.float32))


def test_nulls_and_nans_are_missing(tmp_path):
    frame = polars.DataFrame({"a": [1.5, None, float("nan"), 2], "y": ["a", "b", "a", None]})
    frame.write_parquet(tmp_path / "a.parquet")
    with pytest.raises(
        DataError, match=r'3 values are missing, in 3 of 4 rows \(2 in "a", 1 in "y"'
    ):
        user_study(tmp_path / "a.parquet")


def test_a_damaged_file_and_a_nested_column_are_refused(tmp_path):
    content = saved(FRAME, "parquet")
    for damaged in (content[: len(content) // 2], b"PAR1" + bytes(100) + b"PAR1", content[:40]):
        (tmp_path / "a.parquet").write_bytes(damaged)
        with pytest.raises(DataError, match=r"a\.parquet is damaged"):
            user_study(tmp_path / "a.parquet")
    polars.DataFrame({"a": [[1], [2]], "y": ["a", "b"]}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(
        DataError, match=r"column 'a' must hold numbers .* it holds lists or records"
    ):
        user_study(tmp_path / "a.parquet")


def test_without_polars_the_extra_is_named_and_text_tables_are_read(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    (tmp_path / "a.parquet").write_bytes(saved(FRAME, "parquet"))
    with pytest.raises(InitlabError, match=r"a\.parquet, .*pip install 'initlab\[tables\]'"):
        user_study(tmp_path / "a.parquet")
    (tmp_path / "a.csv").write_text("a;kind\n1;cat\n2;dog\n3;cat\n")
    assert user_study(tmp_path / "a.csv").n_rows == 3
