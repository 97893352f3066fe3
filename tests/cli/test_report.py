"""``initlab report``: a stored study is drawn again without training, to the same bytes."""

from __future__ import annotations

import shlex
import shutil

import pytest

from tests.goldens.files import STORED

from .running import initlab, one_json

DRAWN_FROM_NETWORKS = {"decision_boundaries.png", "decision_boundaries.svg"}


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stored")
    done = initlab(
        "compare", "circles", "--init", "zeros", "--init", "he_normal", "--seeds", "5",
        "--steps", "300", "--learning-rate", "0.01", "--learning-rate", "0.1", "--out", "first",
        cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_is_drawn_again_byte_for_byte(here):
    done = initlab("report", "first", "--out", "again", cwd=here, fresh=True)
    assert (done.returncode, done.stderr) == (0, "")
    said, verdict, *_ = done.stdout.splitlines()
    assert said == "The study was read from first; nothing is trained."
    assert verdict.startswith("Nothing trained: ")
    before, after = content(here / "first"), content(here / "again")
    assert DRAWN_FROM_NETWORKS | {"index.html", "study.json", "study.npz"} <= set(before)
    assert after == before


def test_a_file_alone_gives_all_that_its_cells_show(here):
    (here / "alone").mkdir(exist_ok=True)
    shutil.copy(here / "first" / "study.json", here / "alone")
    done = initlab("report", "alone/study.json", "--out", "from_file", cwd=here)
    assert (done.returncode, done.stderr) == (0, "")
    before, after = content(here / "first"), content(here / "from_file")
    assert set(before) - set(after) == DRAWN_FROM_NETWORKS
    for name in ("study.json", "cells.csv", "loss_curves.png", "scores.svg", "data.png"):
        assert after[name] == before[name]


def test_under_json_the_stored_study_is_printed_and_nothing_else(here):
    done = initlab("report", "first/study.json", "--out", "with_json", "--json", cwd=here)
    assert done.returncode == 0
    one_json(done.stdout)
    assert done.stdout == (here / "first" / "study.json").read_text(encoding="utf-8")
    assert content(here / "with_json") == content(here / "first")


@pytest.mark.parametrize("name", ["dense_study.json", "module_study.json"])
def test_a_study_of_an_older_initlab_is_drawn_without_its_module(name, tmp_path):
    """The module lies elsewhere: it could not be trained again here."""
    shutil.copy(STORED / name, tmp_path)
    done = initlab("report", name, "--out", "report", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    verdict = done.stdout.splitlines()[1]
    assert verdict.startswith(("No winner: ", "Too few seeds: "))
    assert {"index.html", "study.json", "loss_curves.png"} <= set(content(tmp_path / "report"))
    again = initlab("report", "report", "--out", "again", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert content(tmp_path / "again") == content(tmp_path / "report")


@pytest.mark.parametrize("name", ["dense_study.json", "module_study.json"])
def test_the_next_command_of_an_older_study_runs(name, tmp_path):
    if name == "module_study.json":
        pytest.importorskip("torch", reason="modules are PyTorch's")
    done = initlab("report", str(STORED / name), "--out", "report", cwd=tmp_path)
    line = next(one for one in done.stdout.splitlines() if one.startswith("Next: initlab "))
    words = shlex.split(line.removeprefix("Next: initlab "))
    words[words.index("--seeds") + 1] = "1"
    following = initlab(*words[: words.index("--out")], cwd=STORED)
    assert following.returncode == 0, following.stderr


def test_what_is_no_study_is_one_sentence_and_an_exit_code(here, tmp_path):
    (tmp_path / "text.json").write_text("not JSON")
    (tmp_path / "other.json").write_text("{}")
    edited = (here / "first" / "study.json").read_text().replace('"steps": 300', '"steps": 301')
    (tmp_path / "edited.json").write_text(edited)
    for name, code, words in (
        ("absent.json", 5, "absent.json"), ("text.json", 3, "text.json"),
        ("other.json", 4, "other.json"), ("edited.json", 4, "was edited"),
    ):  # fmt: skip
        done = initlab("report", name, "--out", "report", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (code, "")
        assert words in done.stderr
        assert done.stderr.count("\n") == 1
    assert not (tmp_path / "report").exists()


def test_the_arrays_of_another_study_are_refused(here, tmp_path):
    assert initlab("compare", "circles", "--steps", "5", "--out", "other",
                   cwd=tmp_path).returncode == 0  # fmt: skip
    shutil.copy(here / "first" / "study.npz", tmp_path / "other")
    done = initlab("report", "other", "--out", "report", cwd=tmp_path)
    assert done.returncode == 4
    assert "belong to different studies" in done.stderr


def test_a_folder_of_somebody_elses_is_refused(here, tmp_path):
    (tmp_path / "thesis.txt").write_text("do not lose")
    done = initlab("report", str(here / "first"), "--out", ".", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (5, "")
    assert content(tmp_path) == {"thesis.txt": b"do not lose"}


def test_the_next_command_of_a_report_leaves_out_a_folder_that_the_study_does_not_take(tmp_path):
    assert (
        initlab("compare", "circles", "--steps", "10", "--out", "a", cwd=tmp_path).returncode == 0
    )
    done = initlab("report", "a", "--data-dir", ".", "--out", "b", cwd=tmp_path)
    assert "Next: initlab compare circles" in done.stdout
    assert "--data-dir" not in done.stdout
