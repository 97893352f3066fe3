"""The report's folder is whole, the same for the same study, and never costs anyone a file."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pytest

from initlab.analysis import read_study
from initlab.errors import StorageError
from initlab.report import REPORT_FILES, check_folder, folder, write_report

from .making import a_record, a_study, many_seeds, some_data


def bytes_of(path: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(path)): file.read_bytes()
        for file in sorted(path.rglob("*"))
        if file.is_file()
    }


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("reports") / "report"
    record = a_record(a_study(seeds=tuple(range(6))), many_seeds())
    return path, record, write_report(path, record, some_data())


def test_every_file_of_the_report_is_there_and_returned_page_first(written):
    path, _, files = written
    names = [file.name for file in files]
    assert names[0] == "index.html"
    assert names == [name for name in REPORT_FILES if name in names]
    assert {file.name for file in path.iterdir()} == set(names)
    figures = {"scores", "loss_curves", "decision_boundaries", "data"}
    assert {f"{name}.{ending}" for name in figures for ending in ("png", "svg")} < set(names)
    assert {"study.json", "cells.csv", "curves.csv", "summary.csv"} < set(names)
    assert all(file.stat().st_size > 100 for file in files)


def test_the_study_in_it_reads_back_to_the_same_record(written):
    path, record, _ = written
    assert read_study(path / "study.json") == record


def test_pictures_are_whole_and_fetch_nothing(written):
    path, _, _ = written
    for file in path.glob("*.png"):
        assert file.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        assert file.read_bytes()[-8:-4] == b"IEND"
    for file in path.glob("*.svg"):
        root = ElementTree.parse(file).getroot()
        links = [v for node in root.iter() for k, v in node.attrib.items() if k.endswith("href")]
        assert all(link.startswith(("#", "data:image/png;base64,")) for link in links)


def test_every_file_the_page_names_exists(written):
    path, _, _ = written
    page = (path / "index.html").read_text(encoding="utf-8")
    names = {part.split('"')[0] for part in page.replace("href=", "src=").split('src="')[1:]}
    assert names
    assert all((path / name).is_file() for name in names)


def test_the_same_study_gives_the_same_files(written, tmp_path):
    path, record, _ = written
    write_report(tmp_path / "again", record, some_data())
    assert bytes_of(tmp_path / "again") == bytes_of(path)


def test_no_setting_of_matplotlib_changes(tmp_path):
    before = dict(matplotlib.rcParams)
    write_report(tmp_path / "r", a_record(), some_data())
    assert dict(matplotlib.rcParams) == before


def test_one_seed_has_no_distribution_and_no_data_no_points(tmp_path):
    names = {file.name for file in write_report(tmp_path / "a", a_record(), some_data())}
    assert not any(name.startswith("scores") for name in names)
    names = {file.name for file in write_report(tmp_path / "b", a_record())}
    assert {name for name in names if name.endswith("png")} == {"loss_curves.png"}


def test_a_study_without_parameters_still_shows_its_data(tmp_path):
    record = a_record()
    cells = tuple(dataclasses.replace(cell, parameters=None) for cell in record.cells)
    record = dataclasses.replace(record, cells=cells)
    names = {file.name for file in write_report(tmp_path / "r", record, some_data())}
    assert "data.png" in names
    assert "decision_boundaries.png" not in names


def test_our_own_report_is_replaced_and_stale_figures_go(tmp_path):
    many = a_record(a_study(seeds=tuple(range(6))), many_seeds())
    write_report(tmp_path / "r", many, some_data())
    write_report(tmp_path / "r", a_record(), some_data())
    assert not (tmp_path / "r" / "scores.png").exists()
    assert read_study(tmp_path / "r" / "study.json").study.seeds == (3,)
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_a_foreign_folder_is_refused_and_stays_byte_for_byte(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    (tmp_path / "data.png").write_bytes(b"mine")
    before = bytes_of(tmp_path)
    with pytest.raises(StorageError, match="is not empty"):
        write_report(tmp_path, a_record(), some_data())
    assert bytes_of(tmp_path) == before


def test_force_replaces_our_names_and_leaves_the_others(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    (tmp_path / "index.html").write_text("another page")
    write_report(tmp_path, a_record(), some_data(), force=True)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"
    assert "circles" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_notes_put_into_our_report_survive_the_next_one(tmp_path):
    write_report(tmp_path / "r", a_record())
    (tmp_path / "r" / "notes.md").write_text("mine")
    write_report(tmp_path / "r", a_record())
    assert (tmp_path / "r" / "notes.md").read_text() == "mine"
    check_folder(tmp_path / "r")


@pytest.mark.parametrize("kind", [KeyboardInterrupt, RuntimeError, MemoryError])
@pytest.mark.parametrize("step", ["save_both", "render_page", "write_tables"])
def test_a_failure_in_the_middle_leaves_the_old_report(tmp_path, monkeypatch, kind, step):
    write_report(tmp_path / "r", a_record())
    before = bytes_of(tmp_path)

    def fail(*_):
        raise kind("stopped")

    monkeypatch.setattr(folder, step, fail)
    with pytest.raises(kind):
        write_report(tmp_path / "r", a_record(cells=many_seeds()[:0]))
    assert bytes_of(tmp_path) == before


def test_a_full_disk_is_one_sentence(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "save_both", fail)
    with pytest.raises(StorageError, match=r"cannot be written to .*: no space left on device"):
        write_report(tmp_path / "r", a_record())
    assert list(tmp_path.iterdir()) == []
