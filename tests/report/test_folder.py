"""The report's folder is whole, the same for the same study, and never costs anyone a file."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import sys
import weakref
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pytest
from matplotlib.figure import Figure

from initlab.analysis import read_study
from initlab.errors import StorageError
from initlab.report import REPORT_FILES, check_folder, folder, pictures, write_report

from ..full_disk import full_disk as full_disk
from .making import a_record, a_study, many_seeds, some_data, three_starts


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


@pytest.fixture
def sketched(monkeypatch):
    """Figures are built, and their files say so: for tests of files, whatever is in them."""
    monkeypatch.setattr(folder, "draw_file", lambda figure, ending: f"a{ending}".encode())


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


@pytest.mark.usefixtures("sketched")
def test_one_seed_has_no_distribution_and_no_data_no_points(tmp_path):
    names = {file.name for file in write_report(tmp_path / "a", a_record(), some_data())}
    assert not any(name.startswith("scores") for name in names)
    names = {file.name for file in write_report(tmp_path / "b", a_record())}
    assert {name for name in names if name.endswith("png")} == {"loss_curves.png"}


@pytest.mark.usefixtures("sketched")
def test_a_study_without_parameters_still_shows_its_data(tmp_path):
    record = a_record(cells=[cell.replace(parameters=None) for cell in three_starts()])
    names = {file.name for file in write_report(tmp_path / "r", record, some_data())}
    assert "data.png" in names
    assert "decision_boundaries.png" not in names


@pytest.mark.usefixtures("sketched")
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


@pytest.mark.usefixtures("sketched")
def test_force_replaces_our_names_and_leaves_the_others(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    (tmp_path / "index.html").write_text("another page")
    write_report(tmp_path, a_record(), some_data(), force=True)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"
    assert "circles" in (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("sketched")
def test_notes_put_into_our_report_survive_the_next_one(tmp_path):
    write_report(tmp_path / "r", a_record())
    (tmp_path / "r" / "notes.md").write_text("mine")
    write_report(tmp_path / "r", a_record())
    assert (tmp_path / "r" / "notes.md").read_text() == "mine"
    check_folder(tmp_path / "r")


@pytest.mark.usefixtures("sketched")
@pytest.mark.parametrize("kind", [KeyboardInterrupt, RuntimeError, MemoryError])
@pytest.mark.parametrize("step", ["write_study", "render_page", "write_tables"])
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
    write = Path.write_bytes

    def fail(self, content):
        if self.suffix == ".svg":
            raise OSError(28, "No space left on device")
        return write(self, content)

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(StorageError, match=r"cannot be written to .*: no space left on device"):
        write_report(tmp_path / "r", a_record())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("room", [0, 1, 10, 30, 50])
def test_on_a_disk_that_is_really_full_the_old_report_stays(full_disk, room):
    """The disk has 64 kB; a page with one figure needs over 90."""
    (full_disk / "r").mkdir()
    (full_disk / "r" / "study.json").write_text('{"schema": 1, "study": {}, "cells": []}')
    used = sum(file.stat().st_size for file in full_disk.rglob("*") if file.is_file())
    with (full_disk / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        filler.write(bytes(64 * 1024 - used - room * 1024))
    before = bytes_of(full_disk)
    with pytest.raises(StorageError, match=r"cannot be written to .*/r: no space left on device"):
        write_report(full_disk / "r", a_record())
    assert bytes_of(full_disk) == before
    assert {path.name for path in full_disk.iterdir()} == {"r", "filler"}


def failing(name, error):
    """Return pictures() with one that cannot be drawn."""

    def draw():
        raise error

    def those(record, data=None):
        for one in pictures(record, data):
            yield dataclasses.replace(one, draw=draw) if one.name == name else one

    return those


@pytest.mark.usefixtures("sketched")
@pytest.mark.parametrize("error", [RuntimeError("no LaTeX"), OSError(28, "full"), MemoryError()])
def test_a_figure_that_cannot_be_drawn_is_left_out_and_named(tmp_path, monkeypatch, error):
    whole = {file.name for file in write_report(tmp_path / "whole", a_record(), some_data())}
    monkeypatch.setattr(folder, "pictures", failing("decision_boundaries", error))
    problems = ["an earlier one"]
    files = write_report(tmp_path / "r", a_record(), some_data(), problems=problems)
    lost = {"decision_boundaries.png", "decision_boundaries.svg"}
    assert {file.name for file in files} == whole - lost
    assert {file.name for file in (tmp_path / "r").iterdir()} == whole - lost
    assert len(problems) == 2
    assert problems[1].startswith("The figure 'decision_boundaries' is left out of the report")
    assert str(error) in problems[1]
    assert "decision_boundaries" not in (tmp_path / "r" / "index.html").read_text(encoding="utf-8")
    assert read_study(tmp_path / "r" / "study.json") == a_record()


def test_a_figure_that_only_one_of_its_files_fails_for_leaves_neither(tmp_path, monkeypatch):
    draw = folder.draw_file

    def fail(figure, ending):
        if ending == ".svg":
            raise ValueError("no SVG today")
        return draw(figure, ending)

    monkeypatch.setattr(folder, "draw_file", fail)
    problems: list[str] = []
    names = {file.name for file in write_report(tmp_path, a_record(), problems=problems)}
    assert not any(name.endswith(("png", "svg")) for name in names)
    assert len(problems) == 1


def test_without_a_list_a_missing_figure_is_warned_of_once_the_report_is_there(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(folder, "pictures", failing("loss_curves", ValueError("odd")))
    with pytest.raises(RuntimeWarning, match=r"loss_curves' is left out.*ValueError: odd"):
        write_report(tmp_path / "r", a_record())  # as an error, as with python -W error
    assert read_study(tmp_path / "r" / "study.json") == a_record()


def test_ctrl_c_while_drawing_is_no_missing_figure(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "pictures", failing("loss_curves", KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        write_report(tmp_path / "r", a_record())
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_inside_a_callback_of_matplotlibs_is_not_lost(tmp_path, monkeypatch):
    """What is raised in a weak reference's callback, Python prints and drops."""

    def draw():
        watched = Figure()
        reference = weakref.ref(watched, interrupt)
        del watched
        gc.collect()
        assert reference() is None
        return Figure()

    def interrupt(reference):
        raise KeyboardInterrupt(143)

    def those(record, data=None):
        yield from (dataclasses.replace(one, draw=draw) for one in pictures(record, data))

    monkeypatch.setattr(folder, "pictures", those)
    hook = sys.unraisablehook
    with pytest.raises(KeyboardInterrupt) as caught:
        write_report(tmp_path / "r", a_record())
    assert caught.value.args == (143,)
    assert sys.unraisablehook is hook
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("sketched")
def test_the_study_is_on_the_disk_before_anything_else_is_made(tmp_path, monkeypatch):
    seen = []

    def look(record, data):
        (new,) = (path.parent for path in tmp_path.rglob("study.json"))  # its name comes later
        seen.extend(path.name for path in new.iterdir())
        assert read_study(new / "study.json") == record

    monkeypatch.setattr(folder, "kept_arrays", look)
    write_report(tmp_path / "r", a_record())
    assert seen == ["study.json"]
