"""A study finds the data where the user put it, and says so where it is not."""

from __future__ import annotations

import os
import shutil

import pytest

from initlab.datasets.image_folder import (
    CACHE,
    DATA_DIR,
    DATA_VARIABLE,
    find_images,
    require_images,
)
from initlab.errors import DataError, StorageError

from .making import SHAPES, made_set, write_set

SET = made_set()


@pytest.mark.parametrize("gz", [True, False])
@pytest.mark.parametrize(
    "layout", ["fashion-mnist", "FashionMNIST/raw", "FashionMNIST", "raw", "."]
)
def test_the_known_layouts_are_found_below_a_named_folder(tmp_path, layout, gz):
    write_set(tmp_path / "data" / layout, gz=gz)
    found = find_images(SET, tmp_path / "data")
    assert found.origin == DATA_DIR
    assert found.folder.samefile(tmp_path / "data" / layout)
    assert {name: path.name.removesuffix(".gz") for name, path in found.paths.items()} == {
        name: name for name in SHAPES
    }


def test_a_plain_file_is_taken_before_its_packed_copy(tmp_path):
    write_set(tmp_path, gz=True)
    write_set(tmp_path, gz=False)
    assert all(not path.name.endswith(".gz") for path in find_images(SET, tmp_path).paths.values())


def test_names_with_a_dot_are_known_too(tmp_path):
    write_set(tmp_path, gz=False)
    for name in SHAPES:
        (tmp_path / name).rename(tmp_path / name.replace("-idx", ".idx"))
    assert len(find_images(SET, tmp_path).paths) == 4


def test_the_argument_comes_before_the_variable_and_that_before_the_cache(tmp_path, monkeypatch):
    places = {}
    for origin, folder in ((CACHE, "cache/data"), (DATA_VARIABLE, "shared"), (DATA_DIR, "mine")):
        places[origin] = write_set(tmp_path / folder / "fashion-mnist").parent
    monkeypatch.setenv("INITLAB_DATA", str(places[DATA_VARIABLE]))
    assert find_images(SET, places[DATA_DIR]).origin == DATA_DIR
    assert find_images(SET).origin == DATA_VARIABLE
    shutil.rmtree(places[DATA_VARIABLE] / "fashion-mnist")
    assert find_images(SET).origin == CACHE
    shutil.rmtree(places[CACHE])
    assert find_images(SET) is None


def test_a_named_folder_without_the_data_is_not_replaced_by_another(tmp_path):
    write_set(tmp_path / "cache/data/fashion-mnist")
    (tmp_path / "mine").mkdir()
    assert find_images(SET, tmp_path / "mine") is None


def test_the_message_names_the_ways_to_get_the_data():
    with pytest.raises(StorageError) as refused:
        require_images(SET)
    message = str(refused.value)
    for way in ("initlab data fetch fashion-mnist", "--data-dir", "data_dir=", "INITLAB_DATA",
                "digits"):  # fmt: skip
        assert way in message
    assert message.count(". ") == 3
    assert message.endswith(".")


@pytest.mark.parametrize("origin", ["argument", "variable"])
def test_a_folder_that_is_not_there_is_refused_by_name(tmp_path, monkeypatch, origin):
    missing, file = tmp_path / "missing", tmp_path / "file"
    file.write_text("")
    for path, problem in ((missing, "does not exist"), (file, "is not a folder")):
        if origin == "variable":
            monkeypatch.setenv("INITLAB_DATA", str(path))
        name = "INITLAB_DATA" if origin == "variable" else "data_dir"
        with pytest.raises(StorageError, match=f"{name} must be a folder; .*{problem}"):
            find_images(SET, None if origin == "variable" else path)


def test_an_address_is_refused_and_nothing_fetched(monkeypatch):
    monkeypatch.setenv("INITLAB_DATA", "https://example.org/data")
    with pytest.raises(StorageError, match="INITLAB_DATA must be a local path"):
        find_images(SET)


def test_a_folder_that_may_not_be_entered_is_refused(tmp_path, monkeypatch):
    write_set(tmp_path / "mine")
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.X_OK)  # root may enter all
    with pytest.raises(StorageError, match=r"cannot be entered \(permission denied\)"):
        find_images(SET, tmp_path / "mine")


def test_a_named_folder_with_a_part_of_the_files_is_refused_and_they_are_named(tmp_path):
    write_set(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"only a part .*: t10k-labels-idx1-ubyte is missing"):
        find_images(SET, tmp_path)


def test_a_half_filled_cache_counts_as_not_there(tmp_path):
    cache = write_set(tmp_path / "cache/data/fashion-mnist")
    (cache / "t10k-labels-idx1-ubyte.gz").unlink()
    assert find_images(SET) is None


def test_home_is_filled_in(tmp_path, monkeypatch):
    write_set(tmp_path / "data")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_images(SET, "~/data").folder.samefile(tmp_path / "data")
