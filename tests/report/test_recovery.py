"""Killed at any moment, a replacement is completed or undone before the folder is used again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from initlab.report import check_folder
from initlab.report.replacement import recover_folder, replace_folder

from .test_replacement import OWN, files_under, write

# For every k: fork, and kill the child before or after its k-th change of the file system. Prints,
# for every place and moment, what there is after each kill, and again after the recovery.
KILLER = """
import itertools, json, os, shutil, signal, sys
from pathlib import Path
from initlab.report.replacement import recover_folder, replace_folder

root = Path(sys.argv[1])
OWN = ("study.json", "page", "figure")

def listing():
    return {str(p.relative_to(root / "work")): p.read_text() if p.is_file() else None
            for p in sorted((root / "work").rglob("*"))}

def prepare():
    shutil.rmtree(root / "work", ignore_errors=True)
    report = root / "work" / "report"
    (root / "work").mkdir()
    if place != "missing":
        report.mkdir()
        (report / "study.json").write_text("old")
        (report / "figure").write_text("old")
    if place in ("mixed", "interrupted"):
        (report / "notes").write_text("mine")
    return report

def fill(folder):
    (folder / "study.json").write_text("new")
    os.fsync(os.open(folder, os.O_RDONLY))  # one more moment to be killed at
    (folder / "page").write_text("new")

def deadly(function, counter, k):
    def call(*arguments, **keywords):
        now = next(counter) == k
        if now and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            return function(*arguments, **keywords)
        finally:
            if now:
                os.kill(os.getpid(), signal.SIGKILL)
    return call

def interrupted(rename):
    stops = iter([True])  # a Ctrl-C when one new file is in the target and one is not
    def call(source, target):
        if Path(source).parts[-2:] == ("moving", "study.json") and next(stops, False):
            raise KeyboardInterrupt
        return rename(source, target)
    return call

def outcomes():
    for k in range(100):
        report = prepare()
        child = os.fork()
        if child == 0:
            counter = iter(range(1000))
            for name in ("rename", "replace", "unlink", "rmdir", "mkdir", "fsync"):
                setattr(os, name, deadly(getattr(os, name), counter, k))
            if place == "interrupted":
                os.rename = interrupted(os.rename)
            try:
                replace_folder(report, fill, OWN)
            except KeyboardInterrupt:
                pass
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        killed = listing()
        recover_folder(report)
        yield os.WTERMSIG(status), killed, listing()
        if status == 0:
            break

found = {}
for place, moment in itertools.product(sys.argv[2].split(), ("before", "after")):
    found[f"{place} {moment}"] = [*outcomes()]
print(json.dumps(found))
"""
OLD = {"report/study.json": "old", "report/figure": "old"}
NEW = {"report/study.json": "new", "report/page": "new"}
STUDY = {"report/study.json": "new"}
NOTES = {"report/notes": "mine"}
ALLOWED = {
    "old": [OLD, NEW],
    "mixed": [{**OLD, **NOTES}, {**NEW, **NOTES}],
    "interrupted": [{**NEW, **NOTES}, {**OLD, **NOTES}],
    "missing": [{}, STUDY, NEW],
}


@pytest.fixture(scope="module")
def killed_at_every_moment(tmp_path_factory):
    """Return what there was after each kill and recovery, by place and moment, from one program."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", KILLER, tmp_path_factory.mktemp("killed"),
         " ".join(ALLOWED)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def files_of(listing):
    return {name: text for name, text in listing.items() if text is not None}


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("place", ["old", "mixed", "interrupted", "missing"])
def test_killed_at_any_moment_the_old_report_stands_or_the_new_one(
    killed_at_every_moment, place, moment
):
    outcomes = killed_at_every_moment[f"{place} {moment}"]
    assert [signal for signal, *_ in outcomes] == [9] * (len(outcomes) - 1) + [0]
    assert len(outcomes) > 8
    broken = []
    for _, killed, recovered in outcomes:
        # a stage that was killed before it was locked is empty, and stays
        kept = {n: t for n, t in files_of(recovered).items() if not n.endswith("stage.json") or t}
        assert kept in ALLOWED[place], (killed, recovered)
        broken.append(files_of(killed) not in ALLOWED[place])
    assert any(broken)  # else there was nothing to recover from
    assert outcomes[-1][2] in [files | {"report": None} for files in ALLOWED[place][-1:]]


def test_once_all_old_files_are_out_the_new_report_is_completed(killed_at_every_moment):
    outcomes = killed_at_every_moment["old after"]
    between = [
        recovered
        for _, killed, recovered in outcomes
        if any("/moving/" in name for name in killed)
        and files_of(killed).keys() & OLD.keys() == set()
    ]
    assert between
    assert all(recovered == {"report": None, **NEW} for recovered in between)


def test_the_study_of_a_first_report_outlives_its_figures(killed_at_every_moment):
    outcomes = killed_at_every_moment["missing after"]
    assert STUDY in [files_of(recovered) for *_, recovered in outcomes]


@pytest.fixture
def report(tmp_path):
    replace_folder(tmp_path / "report", write(page="old"), OWN)
    return tmp_path / "report"


def stage(report, *, claim='{"target": "."}\n', **folders):
    """Leave a stage as a killed process would; each folder holds a page with this text."""
    folder = report / ".initlab-left"
    folder.mkdir()
    (folder / "stage.json").write_text(claim)
    for name, text in folders.items():
        (folder / name).mkdir()
        (folder / name / "page").write_text(text)
    return folder


def take_away(report):
    (report / "page").unlink()


def test_without_a_new_report_the_old_one_comes_back(report):
    take_away(report)
    stage(report, old="kept", making="half")
    assert check_folder(report, force=True) == report
    assert files_under(report.parent) == {"report/page": b"kept"}


def test_a_new_report_on_its_way_in_is_completed(report):
    take_away(report)
    stage(report, old="kept", moving="made")
    recover_folder(report)
    assert files_under(report.parent) == {"report/page": b"made"}


def test_half_of_a_first_report_leaves_its_study_alone(report):
    take_away(report)
    left = stage(report, making="half")
    (left / "making" / "study.json").write_text("whole")
    recover_folder(report)
    assert files_under(report.parent) == {"report/study.json": b"whole"}


def test_half_of_a_report_leaves_the_study_of_the_old_one(report):
    (report / "study.json").write_text("old")
    left = stage(report, making="half")
    (left / "making" / "study.json").write_text("whole")
    recover_folder(report)
    assert files_under(report.parent) == {"report/page": b"old", "report/study.json": b"old"}


def test_half_of_a_first_report_without_a_study_goes(report):
    take_away(report)
    stage(report, making="half")
    recover_folder(report)
    assert list(report.iterdir()) == []


def test_a_stage_of_no_more_use_goes(report):
    stage(report, making="stale")
    recover_folder(report)
    assert [path.name for path in report.iterdir()] == ["page"]


def test_a_folder_with_a_stage_in_use_alone_counts_as_empty(tmp_path):
    """Two processes may write the same first report; the later one stands."""
    seen = []
    replace_folder(
        tmp_path / "r",
        lambda new: (seen.append(check_folder(tmp_path / "r")), write(page="a")(new)),
        OWN,
    )
    assert seen == [tmp_path / "r"]


@pytest.mark.parametrize("claim", ["", '{"target": "other"}\n', "{}", "x" * 10**6])
def test_a_folder_that_is_not_a_stage_of_this_report_is_left(report, claim):
    take_away(report)
    stage(report, claim=claim, old="kept", moving="made")
    before = files_under(report.parent)
    recover_folder(report)
    assert files_under(report.parent) == before


def test_a_hidden_folder_without_a_claim_is_left(report):
    take_away(report)
    (stage(report, moving="made") / "stage.json").unlink()
    before = files_under(report.parent)
    recover_folder(report)
    assert files_under(report.parent) == before


def test_what_a_live_process_is_writing_is_left_alone(report):
    """A second process looks while the first one fills its stage."""
    program = "import sys; from initlab.report import recover_folder; recover_folder(sys.argv[1])"

    def fill(new: Path) -> None:
        (new / "page").write_text("new")
        subprocess.run([sys.executable, "-c", program, report], check=True)

    replace_folder(report, fill, OWN)
    assert files_under(report.parent) == {"report/page": b"new"}


def test_between_the_renames_of_a_live_process_nothing_is_recovered(report, monkeypatch):
    rename = Path.rename
    count = iter(range(100))

    def watched(self, target):
        next(count)
        recover_folder(report)
        result = rename(self, target)
        recover_folder(report)
        return result

    monkeypatch.setattr(Path, "rename", watched)
    replace_folder(report, write(page="new", table="new"), OWN)
    assert next(count) >= 3
    assert (report / "page").read_text() == (report / "table").read_text() == "new"


def test_a_live_process_keeps_a_dead_ones_stage_where_it_is(report):
    left = stage(report, making="stale")
    replace_folder(report, lambda new: (recover_folder(report), write(page="new")(new)), OWN)
    assert left.exists()
    recover_folder(report)
    assert files_under(report.parent) == {"report/page": b"new"}


def test_a_link_to_a_report_is_followed(report, tmp_path):
    (tmp_path / "link").symlink_to(report)
    take_away(report)
    stage(report, old="kept")
    assert check_folder(tmp_path / "link", force=True) == report
    assert (tmp_path / "link" / "page").read_text() == "kept"


@pytest.mark.parametrize("name", ["", "/", ".", "a\x00b", "x" * 300, "~no-such-user-here/r"])
def test_a_name_that_cannot_be_is_left_to_whoever_opens_it(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    recover_folder(name)
    assert os.listdir(tmp_path) == []  # noqa: PTH208
