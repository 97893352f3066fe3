"""``initlab study`` and ``compare --store`` as a user runs them."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from initlab.comparison import compare
from initlab.study.store import open_store

from .running import initlab, one_json

SMALL = ("--init", "he_normal", "--init", "zeros", "--steps", "40")


@pytest.fixture
def stored(tmp_path):
    """A folder with a store of two studies, one of them unfinished."""
    for name, steps, seeds in (("one", 40, 2), ("two", 60, 3)):
        compare("circles", inits=["he_normal", "zeros"], seeds=seeds, steps=steps, progress=False,
                store=tmp_path / "s.db", study_name=name)  # fmt: skip
    compare("circles", inits=["orthogonal"], seeds=1, steps=60, progress=False,
            store=tmp_path / "s.db", study_name="two")  # fmt: skip
    return tmp_path


def test_the_same_command_trains_nothing_again_and_gives_the_same_json(tmp_path):
    command = ("compare", "circles", *SMALL, "--seeds", "3", "--store", "s.db", "--json")
    first = initlab(*command, cwd=tmp_path)
    again = initlab(*command, cwd=tmp_path)
    assert first.stdout == again.stdout
    assert one_json(again.stdout)["cells"]
    assert "s.db holds 6 of 6 runs of the study circles-" in again.stderr
    assert "nothing is left to train" in again.stderr


def test_a_name_without_a_store_is_wrong_usage(tmp_path):
    done = initlab("compare", "circles", *SMALL, "--name", "x", cwd=tmp_path)
    assert done.returncode == 2
    assert "name must be left out when no store is given; got 'x'." in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--cluster", "x"), 'cluster must be "local", or the address of a Dask scheduler such as'),
        (("--cluster", "me:secret@here:1"), "cluster must be an address such as tcp://scheduler"),
        (("--store", "s.db", "--name", "../x"), "name must be 1 to 100 characters: letters"),
    ],
)
def test_a_message_names_the_option_that_was_typed(tmp_path, options, words):
    pytest.importorskip("distributed", reason="clusters are Dask's")
    done = initlab("compare", "circles", *SMALL, *options, "--json", cwd=tmp_path)
    assert done.returncode == 2
    error = one_json(done.stdout)["error"]
    assert error["message"].startswith(words)
    assert error["argument"] == words.split()[0]
    assert "secret" not in done.stdout + done.stderr


def test_list_and_show_say_how_far_a_study_is_and_what_comes_next(stored):
    listed = initlab("study", "list", "--store", "s.db", cwd=stored)
    assert listed.returncode == 0, listed.stderr
    rows = listed.stdout.splitlines()
    assert rows[1].split()[:4] == ["one", "4", "4", "0"]
    document = one_json(initlab("study", "list", "--store", "s.db", "--json", cwd=stored).stdout)
    assert [(one["name"], one["runs"], one["planned"]) for one in document["studies"]] == [
        ("one", 4, 4), ("two", 7, 9),
    ]  # fmt: skip
    shown = initlab("study", "show", "two", "--store", "s.db", cwd=stored)
    assert "7 of 9 done, 2 left" in shown.stdout
    assert "Engine    dense, compiled" in shown.stdout
    resume = shown.stdout.splitlines()[-1].removeprefix("Next: ")
    assert resume.startswith("initlab compare circles ")
    assert resume.endswith("--store s.db --name two")
    assert initlab(*shlex.split(resume)[1:], cwd=stored).returncode == 0
    document = one_json(
        initlab("study", "show", "two", "--store", "s.db", "--json", cwd=stored).stdout
    )
    assert document["study"]["runs"] == 9
    assert document["next"] == "initlab report 's.db#two' --out report/"


def test_a_failed_run_is_not_counted_as_left(stored):
    from initlab.comparison import prepare
    from initlab.study import expand

    settings = {"inits": ["he_normal", "zeros"], "seeds": 3, "steps": 60}
    study, loaded = prepare("circles", settings)
    with open_store(stored / "s.db") as store:
        writer = store.begin(study.replace(seeds=(0, 1, 2, 3)), loaded.versions(), name="two")
        (spec,) = [one for block in expand(study, loaded) for one in block if one.seed == 0][:1]
        writer.fail(spec.replace(seed=3), "lost", 3)
    shown = initlab("study", "show", "two", "--store", "s.db", cwd=stored)
    assert "7 of 12 done, 1 error, 4 left" in shown.stdout
    done = initlab("study", "show", "two", "--store", "s.db", "--json", cwd=stored)
    for row in one_json(done.stdout)["study"]["inits"]:
        assert row["finished"] + row["diverged"] + row["failed"] + row["left"] == 4


PICKY = """
import torch
from torch import nn


class Picky(nn.Linear):
    def forward(self, x):
        if not self.weight.any():
            raise ValueError("all weights are zero")
        return super().forward(x)


def build():
    return Picky(2, 2)


def load():
    x = torch.randn(40, 2, generator=torch.Generator().manual_seed(0))
    return torch.utils.data.TensorDataset(x, (x[:, 0] > 0).long())
"""


def test_runs_that_fail_make_the_exit_code_1_and_stand_in_every_document(tmp_path):
    (tmp_path / "m.py").write_text(PICKY)
    command = ["compare", "m.py:build", "--data", "m.py:load", "--init", "zeros", "--steps", "5",
               "--seeds", "2", "--store", "s.db", "--workers", "1"]  # fmt: skip
    shown = initlab(*command, "--init", "he_normal", "--out", "report", "--json", cwd=tmp_path)
    assert shown.returncode == 1, shown.stderr
    document = one_json(shown.stdout)
    (note,) = (note for note in document["notes"] if "error" in note)
    assert note.startswith(
        "2 runs ended with an error in each of 3 attempts: zeros at seeds 0 and 1 ("
    )
    assert document["summary"][0]["why"].startswith("No run has a result: ")
    assert "2 runs ended with an error" in (tmp_path / "report" / "index.html").read_text()
    assert one_json((tmp_path / "report" / "study.json").read_text()) == document
    again = initlab("report", "s.db", "--out", "again", "--json", cwd=tmp_path)
    assert (again.returncode, one_json(again.stdout)["notes"]) == (0, document["notes"])
    assert initlab("report", "report", "--out", "third", cwd=tmp_path).returncode == 0


def test_a_report_of_a_study_without_a_finished_run_is_said_not_to_be_written(tmp_path):
    (tmp_path / "m.py").write_text(PICKY)
    command = ["compare", "m.py:build", "--data", "m.py:load", "--init", "zeros", "--steps", "5",
               "--seeds", "2", "--store", "s.db", "--workers", "1"]  # fmt: skip
    failed = initlab(*command, cwd=tmp_path)
    assert failed.returncode == 3
    assert failed.stderr.splitlines()[-1].endswith("ValueError: all weights are zero")
    done = initlab("report", "s.db", "--out", "report", cwd=tmp_path)
    assert done.returncode == 1
    words = (
        "no report was written, because no run of s.db is finished. Next: initlab compare "
        "m.py:build "
    )
    assert done.stderr.startswith(f"initlab: {words}")
    assert done.stdout == ""
    assert not (tmp_path / "report").exists()


def test_an_upgrade_of_a_store_is_said_once_with_the_place_of_the_copy(tmp_path):
    shutil.copy(Path(__file__).parents[1] / "study" / "schemas" / "schema_1.db", tmp_path / "s.db")
    upgraded, later = (initlab("study", "list", "--store", "s.db", cwd=tmp_path) for _ in range(2))
    assert upgraded.stderr == (
        "initlab: s.db was upgraded from schema 1 to 2; a copy of the old file is kept in "
        f"{tmp_path}/s.db.schema-1.backup.\n"
    )
    assert (upgraded.returncode, upgraded.stdout, later.stderr) == (0, later.stdout, "")


def test_report_draws_a_stored_study(stored):
    done = initlab("report", "s.db#one", "--out", "report", "--json", cwd=stored)
    assert done.returncode == 0, done.stderr
    assert one_json(done.stdout) == json.loads((stored / "report" / "study.json").read_text())
    assert (stored / "report" / "decision_boundaries.png").is_file()
    done = initlab("report", "s.db", "--out", "report", cwd=stored)
    assert done.returncode == 2
    assert "s.db is a store with 2 studies. Name one of them: s.db#one, s.db#two." in done.stderr
    done = initlab("report", "s.db#none", "--out", "report", cwd=stored)
    assert done.returncode == 4
    assert "holds no study named 'none'; it holds the studies 'one', 'two'." in done.stderr


def test_a_study_in_a_store_is_run_again_by_its_name_or_as_the_only_one(stored):
    agree = "all 4 runs agree with the file to the last digit"
    assert agree in initlab("compare", "--from", "s.db#one", cwd=stored).stdout
    done = initlab("compare", "--from", "s.db", cwd=stored)
    assert done.returncode == 2
    assert "s.db is a store with 2 studies. Name one of them: s.db#one, s.db#two." in done.stderr
    with open_store(stored / "s.db") as store:
        store.delete("two")
    assert agree in initlab("compare", "--from", "s.db", cwd=stored).stdout


def test_export_writes_csv_and_parquet_with_every_run(stored):
    polars = pytest.importorskip("polars")
    done = initlab("study", "export", "one", "--store", "s.db", "--out", "t", "--json", cwd=stored)
    assert done.returncode == 0, done.stderr
    assert one_json(done.stdout)["cells"] == 4
    cells = polars.read_parquet(stored / "t" / "cells.parquet")
    assert cells["seed"].to_list() == [0, 1, 0, 1]
    assert polars.read_csv(stored / "t" / "cells.csv")["train_loss"].to_list() == (
        cells["train_loss"].to_list()
    )
    assert len(polars.read_parquet(stored / "t" / "curves.parquet")) == 4
    assert sorted(os.listdir(stored / "t")) == [  # noqa: PTH208 - names, not paths
        "cells.csv", "cells.parquet", "curves.csv", "curves.parquet",
    ]  # fmt: skip
    (stored / "file").touch()
    done = initlab("study", "export", "one", "--store", "s.db", "--out", "file", cwd=stored)
    assert done.returncode == 5


def test_the_only_study_needs_no_name_and_one_of_two_does(stored):
    done = initlab("study", "show", "--store", "s.db", cwd=stored)
    assert done.returncode == 2
    assert "s.db holds several studies; name one of them: one, two." in done.stderr
    done = initlab("study", "delete", "two", "--store", "s.db", "--json", cwd=stored)
    assert one_json(done.stdout) == {"ok": True, "name": "two", "deleted_cells": 7}
    assert "4 of 4" in initlab("study", "show", "--store", "s.db", cwd=stored).stdout
    initlab("study", "delete", "one", "--store", "s.db", cwd=stored)
    listed = initlab("study", "list", "--store", "s.db", cwd=stored)
    assert listed.stdout == (
        "The store holds no study yet. Start one: initlab compare circles --seeds 50 --store s.db\n"
    )


def test_check_says_what_is_damaged_and_recover_copies_the_rest(stored):
    assert (
        "s.db: no damage found in 2 studies."
        in initlab("study", "check", "--store", "s.db", cwd=stored).stdout
    )
    with (stored / "s.db").open("r+b") as file:
        file.seek(-6000, os.SEEK_END)
        file.write(os.urandom(5000))
    done = initlab("study", "check", "--store", "s.db", "--json", cwd=stored)
    assert done.returncode == 5
    assert not one_json(done.stdout)["ok"]
    done = initlab("study", "recover", "new.db", "--store", "s.db", cwd=stored)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.partition(": ")[0] for line in lines] == ["new.db", "Lost", "Next"]
    assert " run" in lines[1]
    assert initlab("study", "check", "--store", "new.db", cwd=stored).returncode == 0
    following = shlex.split(lines[2].removeprefix("Next: "))
    assert following[0] == "initlab"
    assert initlab(*following[1:], cwd=stored).returncode == 0


def test_every_message_names_the_studies_in_one_order_the_oldest_first(tmp_path):
    for name in ("late", "early"):
        compare("circles", inits=["zeros"], seeds=1, steps=1, progress=False,
                store=tmp_path / "s.db", study_name=name)  # fmt: skip
    unnamed = initlab("study", "show", "--store", "s.db", cwd=tmp_path)
    assert "name one of them: late, early." in unnamed.stderr
    unknown = initlab("study", "show", "x", "--store", "s.db", cwd=tmp_path)
    assert "it holds the studies 'late', 'early'." in unknown.stderr


def test_a_study_is_deleted_when_no_run_writes_into_its_store(stored):
    began = threading.Event()
    with open_store(stored / "s.db") as store:
        with store.turn(print):
            other = threading.Thread(target=_delete, args=[stored, began])
            other.start()
            assert began.wait(60)
            assert store.names() == ["one", "two"]
        other.join()
        assert store.names() == ["one"]


def _delete(folder, began):
    command = [sys.executable, "-m", "initlab", "study", "delete", "two", "--store", "s.db"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr.readline().startswith("initlab: waiting for another program")
        began.set()
        words = "Deleted the study two, and 7 runs that no other study uses.\n"
        assert process.stdout.read() == words


@pytest.mark.parametrize("command", ["list", "show", "check", "export", "delete", "recover"])
def test_a_store_that_is_not_there_is_one_sentence(tmp_path, command):
    more = {"export": ["--out", "t"], "delete": ["x"], "recover": ["n.db"]}.get(command, [])
    done = initlab("study", command, *more, "--store", "no.db", cwd=tmp_path)
    assert done.returncode == 5
    assert done.stderr == "initlab: no.db does not exist.\n"
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_the_password_of_an_address_is_not_repeated(tmp_path):
    address = "postgresql://me:hunter2@host/db"
    for arguments in (
        ("compare", "circles", *SMALL),
        ("study", "list"),
        ("study", "list", "--json"),
    ):
        done = initlab(*arguments, "--store", address, cwd=tmp_path)
        assert done.returncode == 2
        assert "hunter2" not in done.stdout + done.stderr
    done = initlab("report", f"{address}#x", "--out", "r", cwd=tmp_path)
    assert done.returncode == 2
    assert "hunter2" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("compare", "--from", "postgresql://me:hunter2@host/db#x"),
        ("compare", "--from", "https://me:hunter2@host/study.json"),
        ("compare", "--data", "https://me:hunter2@host/x.csv"),
        ("compare", "--data", "https://host/x.csv?token=hunter2"),
        ("compare", "circles", "--out", "ftp://me:hunter2@host/out"),
        ("compare", "circles", "--store", "sqlite:///s.db?password=hunter2"),
        ("compare", "circles", "--cluster", "tcp://127.0.0.1:1?token=hunter2"),
        ("compare", "circles", "--cluster", "tcp://127.0.0.1:1/?token=hunter2"),
        ("compare", "https://me:hunter2@host/x"),
        ("report", "https://me:hunter2@host/study.json", "--out", "r"),
        ("report", "report/", "--out", "https://me:hunter2@host/r"),
        ("study", "export", "--store", "s.db", "--out", "ftp://me:hunter2@host/out"),
        ("study", "recover", "ftp://me:hunter2@host/new.db", "--store", "s.db"),
        ("show", "he_normal", "--shape", "3x3", "--out", "ftp://me:hunter2@host/x.png"),
    ],
)
@pytest.mark.parametrize("json_", [(), ("--json",)])
def test_an_address_is_refused_where_a_file_is_wanted_and_its_password_not_shown(
    tmp_path, arguments, json_
):
    done = initlab(*arguments, *json_, cwd=tmp_path)
    assert done.returncode in (2, 3, 5)
    assert "hunter2" not in done.stdout + done.stderr
    if "--cluster" not in arguments and arguments[:2] != ("compare", "https://me:hunter2@host/x"):
        assert "not an address" in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_password_of_a_cluster_is_not_in_the_next_command_of_a_complete_study(stored):
    cluster = ("--cluster", "tcp://me:hunter2@here:1")
    command = ("compare", "circles", *SMALL, "--seeds", "2", "--store", "s.db", "--name", "one")
    done = initlab(*command, *cluster, cwd=stored)
    assert done.returncode == 2
    assert "hunter2" not in done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_command_goes_on_where_it_stopped(tmp_path, how):
    command = [sys.executable, "-m", "initlab", "compare", "circles", *SMALL[:4], "--seeds", "40",
               "--steps", "3000", "--store", "s.db", "--workers", "1"]  # fmt: skip
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as run:  # fmt: skip
        assert any("is saved in" in line for line in run.stderr)
        log, end = tmp_path / "s.db-wal", time.monotonic() + 60
        while not log.exists() or log.stat().st_size < 10**5:
            assert run.poll() is None
            assert time.monotonic() < end
            time.sleep(0.01)
        run.send_signal(how)
        output, _ = run.communicate()
    if how is signal.SIGINT:
        assert run.returncode == 130
        (resume,) = (line for line in output.splitlines() if line.startswith("Next: "))
        assert sorted(words_of(resume)[1:]) == sorted(["initlab", *command[3:]])  # as it was typed
    again = initlab(*command[3:], "--json", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert " of 80 runs of the study circles-" in again.stderr
    plain = initlab(*command[3:-4], "--json", cwd=tmp_path)
    assert one_json(again.stdout) == one_json(plain.stdout)


def words_of(line):
    long = {"-i": "--init", "-n": "--seeds"}
    return [long.get(word, word) for word in shlex.split(line)]


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
def test_the_next_command_of_an_interrupted_study_on_a_cluster_is_the_one_that_was_typed(tmp_path):
    pytest.importorskip("distributed", reason="clusters are Dask's")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").touch()
    command = ["compare", "circles", *SMALL[:4], "--seeds", "40", "--steps", "3000",
               "--store", "s.db", "--name", "mine", "--cluster", "local", "--workers", "1",
               "--out", "out", "--force", "--strict"]  # fmt: skip
    with subprocess.Popen([sys.executable, "-m", "initlab", *command], cwd=tmp_path, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:  # fmt: skip
        assert any("is saved in" in line for line in run.stderr)
        log, end = tmp_path / "s.db-wal", time.monotonic() + 60
        while not log.exists() or log.stat().st_size < 10**5:
            assert run.poll() is None
            assert time.monotonic() < end
            time.sleep(0.01)
        run.send_signal(signal.SIGINT)
        output, errors = run.communicate()
    (resume,) = (line for line in output.splitlines() if line.startswith("Next: "))
    assert sorted(words_of(resume)[1:]) == sorted(["initlab", *command])
    assert "Run the same command again to train the remaining runs." in errors


def test_what_is_finished_is_rescued_where_the_store_breaks(tmp_path):
    code = (
        "import pathlib\n"
        "from initlab.study.store.writer import StudyWriter\n"
        "from initlab.cli.main import main\n"
        "add = StudyWriter.add\n"
        "def without(self, cells):\n"
        "    pathlib.Path('s.db').unlink(missing_ok=True)\n"
        "    add(self, cells)\n"
        "StudyWriter.add = without\n"
        f"main(['compare', 'circles', *{SMALL!r}, '--seeds', '4', '--store', 's.db'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 5
    assert "was deleted or replaced while it was in use" in done.stderr
    rescued = Path(done.stderr.partition("The study is kept in ")[2].partition(". Draw")[0])
    assert json.loads((tmp_path / rescued).read_text())["cells"]
