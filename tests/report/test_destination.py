"""A report's folder is checked before any work; a finished study is written, never over another."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import pytest

from initlab.analysis import read_study
from initlab.analysis.storage import document
from initlab.errors import StorageError
from initlab.records import CANCELLED
from initlab.report import check_folder, report_folder, rescue, unfinished_folder, write_report

from ..full_disk import full_disk as full_disk
from .making import HE, a_cell, a_diverged_cell, a_record, a_study, a_zeros_cell, three_starts

OURS = '{"schema": 1, "study": {}, "cells": []}'


def test_missing_and_empty_folders_are_fine_and_nothing_is_made(tmp_path):
    assert check_folder(tmp_path / "a" / "b") == tmp_path / "a" / "b"
    assert check_folder(tmp_path) == tmp_path
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [OURS, OURS.replace("1", "99")])
def test_a_folder_with_our_study_is_fine_whatever_its_version(tmp_path, content):
    (tmp_path / "study.json").write_text(content)
    assert check_folder(tmp_path) == tmp_path


@pytest.mark.parametrize("content", ["", "{", "[]", '{"study": 1}', "\x00", "[" * 10**5])
def test_a_study_file_of_somebody_else_is_not_ours(tmp_path, content):
    (tmp_path / "study.json").write_text(content)
    with pytest.raises(StorageError, match="not empty and holds no study of initlab"):
        check_folder(tmp_path)


def test_a_folder_with_other_files_needs_force(tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(StorageError, match="is not empty") as caught:
        check_folder(tmp_path)
    assert (caught.value.argument, caught.value.value) == ("folder", str(tmp_path))
    assert check_folder(tmp_path, force=True) == tmp_path


def test_the_current_folder_is_judged_like_any_other(tmp_path, monkeypatch):
    (tmp_path / "code.py").write_text("x")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StorageError, match=r"^\. is not empty"):
        check_folder(".")


def test_a_file_in_the_way_is_refused_even_with_force(tmp_path):
    file = tmp_path / "report"
    file.write_text("x")
    with pytest.raises(StorageError, match="is a file; the report needs a folder"):
        check_folder(file, force=True)
    with pytest.raises(StorageError, match=r"cannot be made: .*report is a file"):
        check_folder(file / "deeper", force=True)
    assert file.read_text() == "x"


def test_a_folder_named_like_one_of_our_files_is_refused_even_with_force(tmp_path):
    (tmp_path / "index.html").mkdir()
    with pytest.raises(StorageError, match=r"holds a folder named index\.html"):
        check_folder(tmp_path, force=True)


def test_a_link_is_followed_and_a_broken_one_refused(tmp_path):
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert check_folder(tmp_path / "link") == real
    for name in ("broken", "loop"):
        with pytest.raises(StorageError):
            check_folder(tmp_path / name)


@pytest.mark.parametrize("name", ["", "a\x00b", "~no-such-user-here/report", "x" * 300])
def test_a_name_that_cannot_be_is_one_clear_sentence(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StorageError) as caught:
        check_folder(name)
    assert "\n" not in str(caught.value)
    assert "\x00" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_permission_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    with pytest.raises(StorageError, match="cannot be written: permission denied"):
        check_folder(tmp_path)
    with pytest.raises(StorageError, match=r"new cannot be made: .* cannot be written"):
        check_folder(tmp_path / "new")


FINISHED = three_starts()
LAST_CANCELLED = [*FINISHED[:2], a_cell(outcome=CANCELLED, end=None, parameters=None)]


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """Write a study's report, without its figures, which decide nothing here; return its folder."""
    monkeypatch.setattr("initlab.report.folder.pictures", lambda record, data: ())

    def store(cells, name="r", study=None):
        write_report(tmp_path / name, a_record(study, cells))
        return tmp_path / name

    return store


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    ("cells", "moves"),
    [
        (FINISHED, True),
        ([a_zeros_cell(), a_diverged_cell(), a_cell()], True),  # a diverged run is a result
        (LAST_CANCELLED, False),
        (FINISHED[:2], False),  # never begun
    ],
    ids=["finished", "diverged", "cancelled", "missing"],
)
def test_an_unfinished_run_never_replaces_a_finished_study(stored, cells, moves, force):
    folder = stored(cells)
    beside = folder.parent / "r-unfinished"
    found = report_folder(folder, finished=False, force=force)
    assert found == (beside if moves else folder)
    assert unfinished_folder(folder) == beside
    assert report_folder(folder, finished=True, force=force) == folder


def test_every_seed_of_every_start_must_be_there(stored):
    two = a_study(seeds=(3, 4))
    folder = stored([*FINISHED, a_zeros_cell(4), a_cell(seed=4)], study=two)
    assert report_folder(folder, finished=False) == folder
    full = stored([*FINISHED, *(a_cell(init, 4) for init in two.inits)], "full", two)
    assert report_folder(full, finished=False) == full.parent / "full-unfinished"


def test_with_several_rates_every_seed_at_every_rate_must_be_there(stored):
    rates = (0.1, 0.01)
    study = a_study(inits=(HE,), seeds=(3, 4), learning_rates=rates)
    cells = [a_cell(seed=seed, learning_rate=rate) for rate in rates for seed in study.seeds]
    full = stored(cells, "full", study)
    assert report_folder(full, finished=False) == full.parent / "full-unfinished"
    for lost in range(4):  # of the shown rate and of the other one
        part = stored([c for k, c in enumerate(cells) if k != lost], f"missing-{lost}", study)
        assert report_folder(part, finished=False) == part
    last = cells[3].replace(outcome=CANCELLED, end=None, parameters=None)
    stopped = stored([*cells[:3], last], "cancelled", study)
    assert report_folder(stopped, finished=False) == stopped


def test_a_study_of_several_rates_in_schema_1_kept_the_shown_rate_alone(stored):
    study = a_study(inits=(HE,), seeds=(3,), learning_rates=(0.1, 0.01))
    folder = stored([a_cell(learning_rate=rate) for rate in (0.1, 0.01)], study=study)
    record = json.loads((folder / "study.json").read_text())
    del record["cells_at_other_rates"]
    record["schema"] = 1
    (folder / "study.json").write_text(json.dumps(record))
    assert report_folder(folder, finished=False) == unfinished_folder(folder)
    record["cells"][0]["outcome"] = CANCELLED
    (folder / "study.json").write_text(json.dumps(record))
    assert report_folder(folder, finished=False) == folder


def test_an_unfinished_run_replaces_an_unfinished_one_beside_a_finished_study(stored):
    folder = stored(FINISHED)
    beside = stored(LAST_CANCELLED, "r-unfinished")
    assert report_folder(folder, finished=False) == beside


def test_a_finished_study_beside_a_finished_study_is_kept_too(stored):
    folder = stored(FINISHED)
    beside = stored(FINISHED, "r-unfinished")
    assert report_folder(folder, finished=False) == beside.parent / "r-unfinished-unfinished"


def test_an_unfinished_run_fills_a_missing_or_an_empty_folder(tmp_path):
    assert report_folder(tmp_path / "new", finished=False) == tmp_path / "new"
    assert report_folder(tmp_path, finished=False) == tmp_path


@pytest.mark.parametrize("study", [{}, [], {"inits": 3, "seeds": [1]}, {"grid": ["a"]}])
def test_a_study_that_cannot_be_understood_is_kept(tmp_path, study):
    text = json.dumps({"schema": 99, "study": study, "cells": [{}]})
    (tmp_path / "study.json").write_text(text)
    assert report_folder(tmp_path, finished=False) == unfinished_folder(tmp_path)


def test_a_folder_of_somebody_else_beside_a_finished_study_needs_force(stored):
    folder = stored(FINISHED)
    beside = unfinished_folder(folder)
    beside.mkdir()
    (beside / "thesis.tex").write_text("x")
    with pytest.raises(StorageError, match="r-unfinished is not empty"):
        report_folder(folder, finished=False)
    assert report_folder(folder, finished=False, force=True) == beside


def test_a_folder_that_is_refused_is_refused_for_a_run_too(tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(StorageError, match="is not empty"):
        report_folder(tmp_path, finished=True)
    assert report_folder(tmp_path, finished=True, force=True) == tmp_path


def test_a_rate_for_each_init_is_one_run_for_each_seed(stored):
    study = a_study(inits=("zeros", HE), seeds=(3,), learning_rates={"zeros": 0.1, HE: 0.01})
    cells = [a_cell("zeros", learning_rate=0.1), a_cell(learning_rate=0.01)]
    full = stored(cells, "full", study)
    assert report_folder(full, finished=False) == full.parent / "full-unfinished"
    part = stored(cells[:1], "part", study)
    assert report_folder(part, finished=False) == part


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
