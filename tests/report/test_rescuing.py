"""A finished study ends up in some file, and never over another one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from initlab.analysis import read_study
from initlab.analysis.storage import document
from initlab.errors import StorageError
from initlab.report import rescue

from ..full_disk import full_disk as full_disk
from .making import a_record


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Folders for the report, to stand in, and for temporary files."""
    folders = [tmp_path / name for name in ("reports", "here", "temporary")]
    for folder in folders:
        folder.mkdir()
    monkeypatch.chdir(folders[1])
    monkeypatch.setattr(tempfile, "tempdir", str(folders[2]))
    return folders


def block(folder):
    """Put a file where the folder was: nothing can be written there, even by root."""
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("in the way")


def test_the_folder_for_unfinished_runs_comes_first(places):
    reports, here, temporary = places
    path = rescue(document(a_record()), reports / "deep" / "r")
    assert path == reports / "deep" / "r-unfinished" / "study.json"
    assert read_study(path) == a_record()
    assert [*here.iterdir(), *temporary.iterdir()] == []


def test_the_arrays_lie_beside_the_study_where_that_is_all_of_a_folder(places):
    path = rescue("{}", places[0] / "r", arrays=lambda: b"networks")
    assert (path.parent / "study.npz").read_bytes() == b"networks"
    assert rescue("{}", places[0] / "r", arrays=lambda: b"networks").parent == places[1]
    assert [path.name for path in places[1].iterdir()] == ["r-rescued.json"]


def test_arrays_that_are_there_already_stay(places):
    beside = places[0] / "r-unfinished"
    beside.mkdir()
    (beside / "study.npz").write_bytes(b"another's")
    assert rescue("{}", places[0] / "r", arrays=lambda: b"networks") == beside / "study.json"
    assert (beside / "study.npz").read_bytes() == b"another's"


def test_then_the_current_folder_then_the_one_for_temporary_files(places):
    reports, here, temporary = places
    block(reports)
    assert rescue("{}", reports / "r") == here / "r-rescued.json"
    (here / "r-rescued.json").unlink()
    os.rmdir(here)  # noqa: PTH106 - a current folder that is gone
    assert rescue("{}", reports / "r") == temporary / "r-rescued.json"
    assert (temporary / "r-rescued.json").read_text() == "{}"


def test_no_file_is_overwritten(places):
    reports, *_ = places
    paths = [rescue(f"{k}", reports / "r") for k in range(4)]
    assert [path.relative_to(reports.parent).as_posix() for path in paths] == [
        "reports/r-unfinished/study.json",
        "here/r-rescued.json",
        "here/r-rescued-2.json",
        "here/r-rescued-3.json",
    ]
    assert [path.read_text() for path in paths] == ["0", "1", "2", "3"]


def test_where_nothing_can_be_written_each_place_is_named(places, monkeypatch):
    reports, here, temporary = places
    block(reports)

    def fail(path, content, *, durable):
        raise StorageError(f"{path} cannot be written: it melted.")

    monkeypatch.setattr("initlab.report.destination.write_atomically", fail)
    with pytest.raises(StorageError) as caught:
        rescue("{}", reports / "r")
    for folder in (reports, here / "r-rescued.json", temporary / "r-rescued.json"):
        assert str(folder) in str(caught.value)


@pytest.mark.parametrize("name", ["a\x00b", "x" * 300])
def test_a_name_that_cannot_be_is_no_reason_to_lose_the_study(places, name):
    path = rescue("{}", places[0] / name)
    assert path.read_text() == "{}"
    assert path.parent == places[1]


def test_the_root_folder_has_no_name(places, monkeypatch):
    monkeypatch.setattr(
        "initlab.report.destination.unfinished_folder", lambda target: places[0] / "\0"
    )
    assert rescue("{}", Path("/")) == places[1] / "study-rescued.json"


def test_a_full_disk_sends_the_study_elsewhere_and_keeps_no_empty_folder(places, full_disk):
    text = '"' + "x" * 10**6 + '"'
    path = rescue(text, full_disk / "deep" / "r")
    assert path == places[1] / "r-rescued.json"
    assert path.read_text() == text
    assert list(full_disk.iterdir()) == []
