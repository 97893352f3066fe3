"""A comparison with a store is the same comparison, and trains only what is not there."""

from __future__ import annotations

import contextlib
import importlib
import json
import re
import sqlite3
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest

import initlab
from initlab.analysis.analysis import Analysis, checksum
from initlab.cli.output import report_error
from initlab.comparison import Comparison, compare
from initlab.comparison.keeping import failure_notes
from initlab.comparison.progress import ProgressBar
from initlab.comparison.run_study import run_study
from initlab.comparison.stored import read_comparison
from initlab.errors import ArgumentError, DataError, InitlabError, StorageError, StudyError
from initlab.study import CellDone, DenseProblem, Progress, run_cell
from initlab.study.attempts import HOPELESS
from initlab.study.store import open_store
from initlab.study.store.stored_study import Failure

from ..study.making import BLAS, COMPILED, DiesAtOne, FailsAtOne, a_study, dense, everything

SMALL = {"inits": ["zeros", "he_normal"], "steps": 40, "progress": False}


def digest(result):
    return checksum(result.analysis.to_record())


@pytest.fixture
def trained(monkeypatch):
    """The seeds that are trained, in the order in which they begin."""
    seeds = []
    train = DenseProblem.train

    def noting(self, specs, networks, callbacks):
        seeds.extend((spec.init, spec.seed) for spec in specs)
        return train(self, specs, networks, callbacks)

    monkeypatch.setattr(DenseProblem, "train", noting)
    return seeds


def test_a_comparison_with_a_store_is_that_without_one(tmp_path):
    plain = compare("circles", seeds=3, **SMALL)
    first = compare("circles", seeds=3, store=tmp_path / "s.db", **SMALL)
    again = compare("circles", seeds=3, store=tmp_path / "s.db", **SMALL)
    read = read_comparison(f"{tmp_path}/s.db#{name_in(tmp_path / 's.db')}")
    for one in (first, again, read):
        assert digest(one) == digest(plain)
        assert [everything(cell) for cell in one.cells] == list(map(everything, plain.cells))


def name_in(path):
    return names_in(path)[0]


def names_in(path):
    with initlab.open_store(path) as store:
        return store.names()


def test_only_what_is_missing_is_trained(tmp_path, trained):
    with initlab.open_store(tmp_path / "s.db") as store:
        compare("circles", seeds=2, store=store, **SMALL)
        assert len(trained) == 4
        trained.clear()
        compare("circles", seeds=2, store=store, **SMALL)
        assert trained == []
        more = compare(
            "circles", seeds=3, store=store, **{**SMALL, "inits": ["zeros", "lecun_normal"]}
        )
    assert sorted(trained) == [("lecun_normal", seed) for seed in (0, 1, 2)] + [("zeros", 2)]
    assert digest(more) == digest(
        compare("circles", seeds=3, **{**SMALL, "inits": ["zeros", "lecun_normal"]})
    )


def test_a_study_at_one_rate_is_part_of_one_at_several(tmp_path, trained):
    compare("circles", seeds=2, learning_rate=0.1, store=tmp_path / "s.db", **SMALL)
    trained.clear()
    compare("circles", seeds=2, learning_rate=[0.1, 0.01], store=tmp_path / "s.db", **SMALL)
    assert len(trained) == 4


def test_other_settings_under_a_name_are_refused_before_training(tmp_path, trained):
    compare("circles", seeds=1, store=tmp_path / "s.db", study_name="mine", **SMALL)
    trained.clear()
    with pytest.raises(StudyError, match=r"momentum is 0\.0 in the store and 0.5 here"):
        compare("circles", seeds=1, optimizer="sgd", momentum=0.5, store=tmp_path / "s.db",
                study_name="mine", **SMALL)  # fmt: skip
    assert trained == []


def test_runs_of_other_versions_are_not_used_and_that_is_said(
    tmp_path, trained, monkeypatch, capfd
):
    arguments = {**SMALL, "inits": ["zeros"], "seeds": 6, "progress": True}
    compare("circles", store=tmp_path / "s.db", **arguments)
    (name,) = names_in(tmp_path / "s.db")
    trained.clear()
    own = DenseProblem.versions
    monkeypatch.setattr(DenseProblem, "versions", lambda self: {**own(self), "numpy": "1.0"})
    capfd.readouterr()
    compare("circles", store=tmp_path / "s.db", **arguments)
    assert len(trained) == 6
    words = f"The runs of the study {name} are not used, because numpy is '"
    said = capfd.readouterr().err
    assert words in said
    assert "in the store and '1.0' here." in said
    assert len(names_in(tmp_path / "s.db")) == 2


def test_the_bar_of_a_resumed_study_begins_after_the_runs_that_are_there(tmp_path, monkeypatch):
    module, seen = importlib.import_module("initlab.comparison.run_study"), []

    def bar(steps, **options):
        seen.append((steps, options["runs"], options["steps_before"]))
        return ProgressBar(steps, **options)

    monkeypatch.setattr(module, "ProgressBar", bar)
    for seeds in (2, 3):
        compare("circles", seeds=seeds, store=tmp_path / "s.db", **SMALL)
    assert seen == [(160, 4, 0), (80, 2, 160)]


def test_a_name_without_a_store_is_refused():
    with pytest.raises(ArgumentError, match="study_name must be left out when no store is given"):
        compare("circles", study_name="mine", **SMALL)


def test_arrays_in_memory_are_found_by_their_digest(tmp_path, trained):
    data = dense(COMPILED).dataset
    arguments = {**SMALL, "data": (data.x_train, data.y_train), "task": "regression", "seeds": 1}
    compare(store=tmp_path / "s.db", **arguments)
    trained.clear()
    compare(store=tmp_path / "s.db", **arguments)
    assert trained == []


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_a_cell_that_fails_is_tried_three_times_and_the_study_goes_on(tmp_path, executor):
    loaded = dense(BLAS, FailsAtOne)
    study = a_study(loaded)
    result = run_study(study, loaded, progress=False, store=tmp_path / "s.db", executor=executor)
    assert sorted(cell.seed for cell in result.cells) == [0, 0, 2, 2]
    assert result.notes == (
        "2 runs ended with an error in each of 3 attempts: he_normal at seed 1 (seed 1 fails); "
        "glorot_uniform at seed 1 (seed 1 fails).",
    )
    assert not result.analysis.complete
    assert json.loads(result.to_json())["notes"] == list(result.notes)
    again = read_comparison(tmp_path / "s.db")
    assert again.notes[:1] == result.notes
    assert json.loads(again.to_json())["notes"] == list(result.notes)
    with open_store(tmp_path / "s.db") as store:
        (stored,) = store.studies()
    assert [(one.seed, one.attempts, one.reason) for one in stored.failures] == [
        (1, 3, "seed 1 fails")
    ] * 2
    mended = run_study(study, dense(BLAS), progress=False, store=tmp_path / "s.db")
    assert mended.analysis.complete
    assert mended.notes == ()


def test_a_worker_that_dies_takes_no_other_cell_with_it(tmp_path):
    loaded = dense(BLAS, DiesAtOne)
    study = a_study(loaded, inits=("he_normal",))
    result = run_study(
        study, loaded, progress=False, store=tmp_path / "s.db", executor="processes", workers=2
    )
    assert sorted(cell.seed for cell in result.cells) == [0, 2]
    with open_store(tmp_path / "s.db") as store:
        (failure,) = store.studies()[0].failures
    assert failure.seed == 1
    assert "The process was killed, or memory ran out" in failure.reason


def test_a_study_begun_on_one_worker_ends_on_two_workers_of_a_cluster(tmp_path):
    pytest.importorskip("distributed", reason="clusters are Dask's")
    plain = compare("circles", seeds=4, **SMALL)
    compare("circles", seeds=2, store=tmp_path / "s.db", workers=1, **SMALL)
    both = compare(
        "circles", seeds=4, store=tmp_path / "s.db", executor="local", workers=2, **SMALL
    )
    assert digest(both) == digest(plain)


class FailsAlways(DenseProblem):
    """No seed can be trained."""

    tries = 0

    def train(self, specs, networks, callbacks):
        type(self).tries += 1
        raise DataError("nothing works", argument="model")


@pytest.mark.parametrize("seeds", [1, 200])
def test_a_study_that_cannot_be_run_at_all_ends_soon_with_its_error(tmp_path, seeds):
    loaded = dense(BLAS, FailsAlways)
    FailsAlways.tries = 0
    study = a_study(loaded, seeds=tuple(range(seeds)))
    with pytest.raises(DataError, match="nothing works"):
        run_study(study, loaded, progress=False, store=tmp_path / "s.db")
    # cells already in training when the run ends count too; there are 400 cells
    assert FailsAlways.tries <= 10 * HOPELESS


def test_a_store_that_breaks_ends_the_run_with_what_was_finished(tmp_path, monkeypatch):
    path = tmp_path / "s.db"
    with open_store(path) as store:
        from initlab.study.store.writer import StudyWriter

        add = StudyWriter.add

        def without(self, cells):
            path.unlink(missing_ok=True)
            add(self, cells)

        monkeypatch.setattr(StudyWriter, "add", without)
        with pytest.raises(StorageError, match="was deleted or replaced") as caught:
            compare("circles", seeds=3, store=store, workers=1, **SMALL)
    assert caught.value.comparison.analysis.done_count >= 1


def test_a_disk_that_is_full_after_the_run_loses_nothing_that_was_trained(tmp_path, monkeypatch):
    from initlab.comparison.keeping import Keeping

    def full(self, cells):
        raise StorageError("s.db cannot grow: the disk is full.")

    # nothing is written, and no worker waits for that
    monkeypatch.setattr(Keeping, "hear", lambda self, event, more: isinstance(event, CellDone))
    monkeypatch.setattr(Keeping, "add", full)
    with pytest.raises(StorageError, match="the disk is full") as caught:
        compare("circles", seeds=3, store=tmp_path / "s.db", **SMALL)
    assert caught.value.comparison.analysis.done_count == 6


def test_a_full_disk_does_not_hide_why_the_run_ended(tmp_path, monkeypatch):
    from initlab.comparison.keeping import Keeping

    def full(self, cells):
        raise StorageError("s.db cannot grow: the disk is full.")

    monkeypatch.setattr(Keeping, "add", full)
    loaded = dense(BLAS, FailsAlways)
    with pytest.raises(DataError, match="nothing works") as caught:
        run_study(a_study(loaded), loaded, progress=False, store=tmp_path / "s.db")
    assert caught.value.comparison.cells == ()


DAMAGE = (
    "curve = x'00'", "record = replace(record, 'loss\":0', 'loss\":1')",
    "record = CAST(x'ff' AS TEXT)",
)  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_stored_run_is_trained_again_and_named(tmp_path, trained, damage):
    path = tmp_path / "s.db"
    before = compare("circles", seeds=1, store=path, **SMALL)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE cells SET {damage} WHERE rowid = 1")
        (init, seed) = connection.execute("SELECT init, seed FROM cells LIMIT 1").fetchone()
    trained.clear()
    after = compare("circles", seeds=1, store=path, **SMALL)
    assert len(trained) == 1
    assert digest(after) == digest(before)
    (note,) = [note for note in after.notes if "damaged" in note]
    assert f"trained again: {init} at seed {seed}." in note
    with open_store(path) as store:
        assert store.check() == []
    assert not [note for note in compare("circles", seeds=1, store=path, **SMALL).notes if note]


def test_damaged_runs_are_counted_before_the_training(tmp_path, capfd):
    path, settings = tmp_path / "s.db", {**SMALL, "progress": True}
    compare("circles", seeds=1, store=path, **settings)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE cells SET curve = x'00' WHERE rowid = 1")
    capfd.readouterr()
    compare("circles", seeds=1, store=path, **settings)
    assert (
        "; the other run will be trained now, because its stored result is damaged."
        in capfd.readouterr().err
    )


def test_two_runs_of_one_study_at_once_train_every_cell_once(tmp_path, trained):
    results = []

    def drive():
        results.append(compare("circles", seeds=5, store=tmp_path / "s.db", workers=1, **SMALL))

    drivers = [threading.Thread(target=drive) for _ in range(3)]
    for one in drivers:
        one.start()
    for one in drivers:
        one.join()
    assert len(trained) == len(set(trained)) == 10
    assert len({digest(one) for one in results}) == 1


def test_the_next_command_keeps_the_store_and_the_name_where_the_settings_stay(tmp_path):
    store = str(tmp_path / "s.db")
    result = compare("circles", seeds=1, store=store, study_name="mine", **SMALL)
    assert str(result.summary()).count("--store") == 1
    settings = result.study
    command = importlib.import_module("initlab.analysis.command")
    resume = command.next_command(settings, [], None, result.options)
    assert resume.endswith(f"--store {store} --name mine")
    longer = command.next_command(settings.replace(steps=0), result.cells, None, result.options)
    assert longer.endswith(f"--store {store}")


def test_the_next_command_keeps_what_was_said_of_this_machine():
    arguments = {**SMALL, "inits": ["zeros"], "seeds": 1, "executor": "local", "workers": 2}
    pytest.importorskip("distributed", reason="clusters are Dask's")
    result = compare("circles", **arguments)
    assert result.summary()._next.endswith(" --cluster local --workers 2")
    here = compare("circles", **{**arguments, "executor": "threads"})
    assert here.summary()._next.endswith(" --workers 2")  # no option names the threads


def test_cells_of_several_platforms_are_said(tmp_path):
    loaded = dense(COMPILED)
    study = a_study(loaded, seeds=(0, 1))
    with open_store(tmp_path / "s.db") as store:
        writer = store.begin(study, loaded.versions())
        from initlab.study import expand

        spec = expand(study, loaded)[0][0]
        writer.add([(spec, run_cell(spec, loaded).replace(platform="a PDP-11"), 1)])
        result = run_study(study, loaded, progress=False, store=store)
    assert "the runs come from 2 platforms: " in result.notes[-1]
    assert "a PDP-11 (1 run)" in result.notes[-1]


def test_what_is_there_is_said_before_training(tmp_path, capfd):
    small = {**SMALL, "progress": True, "inits": ["zeros"]}
    path = str(tmp_path / "s.db")
    compare("circles", seeds=6, store=path, study_name="x", **small)
    words = f"every finished run is saved in {path}, in the study x."
    assert words in capfd.readouterr().err
    compare("circles", seeds=8, store=path, study_name="x", **small)
    words = f"{path} holds 6 of 8 runs of the study x; the other 2 runs will be trained now."
    assert words in capfd.readouterr().err
    compare("circles", seeds=8, store=path, study_name="x", **small)
    assert "8 of 8 runs of the study x; nothing is left to train." in capfd.readouterr().err


@pytest.mark.parametrize(
    "message", ["labels must be 0 or 1", "labels must be 0 or 1, not " + ", ".join("234567" * 40)]
)
def test_a_note_of_a_failed_run_keeps_the_errors_message(message):
    where = "metric f1 failed at scoring.py, line 12"
    code = "return sklearn.metrics.f1_score(" + "y.argmax(1), " * 20 + ")"
    failed = Failure("zeros", 3, 0.1, 3, f"{where}, `{code}`: ValueError: {message}")
    [note] = failure_notes([failed])
    assert f"zeros at seed 3 ({where}: ValueError: labels must be 0 or 1" in note
    assert "sklearn" not in note
    assert len(note) < 300


def test_runs_that_failed_alike_are_said_once():
    def failed(init, seed, reason, rate=0.1):
        return Failure(init, seed, rate, 3, reason)

    failures = [failed("zeros", seed, "no room", rate) for seed in (0, 1, 2) for rate in (0.1, 1.0)]
    failures += [failed("he_normal", seed, f"reason {seed}") for seed in (0, 1, 2, 3)]
    assert failure_notes(failures) == [
        "10 runs ended with an error in each of 3 attempts: zeros at seeds 0 to 2 (no room); "
        "he_normal at seed 0 (reason 0); he_normal at seed 1 (reason 1), and 2 more runs."
    ]


def test_a_long_study_says_how_much_disk_it_takes(monkeypatch, capfd):
    progress = importlib.import_module("initlab.comparison.progress")
    now = [0.0]
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now[0]))
    with ProgressBar(10**6, runs=1000, run_size=lambda: 2_500.0) as bar:
        for _ in range(13):
            bar.show(Progress(None, 100))
            now[0] += 1.0
    assert "and 2.5 MB of disk space" in capfd.readouterr().err


def test_the_circles_without_a_store_load_none_of_it(tmp_path):
    program = (
        "import sys, initlab\n"
        "initlab.compare('circles', steps=1, progress=False)\n"
        "sys.exit(bool({'sqlalchemy', 'alembic', 'polars'} & sys.modules.keys()))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=tmp_path)


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_a_comparison_becomes_a_data_frame(monkeypatch, name):
    library = pytest.importorskip(name, reason=f"makes a data frame of {name}")
    for other in {"pandas", "polars"} - {name}:
        monkeypatch.setitem(sys.modules, other, None)
    settings = {**SMALL, "inits": ["he_normal", "normal(std=1e200)"]}
    result = compare("circles", seeds=2, record_every=10, **settings)
    frame = result.to_frame()
    assert isinstance(frame, library.DataFrame)
    assert len(frame) == 4
    assert list(frame["init"]) == ["he_normal"] * 2 + ["normal(std=1e+200)"] * 2
    assert list(frame["seed"]) == [0, 1, 0, 1]
    scores = [cell.metrics["test_accuracy"] for cell in result.cells]
    assert list(frame["test_accuracy"])[:2] == scores[:2]
    curves = result.to_frame(curves=True)
    assert sorted(set(curves["step"])) == [0, 10, 20, 30]
    assert "step" not in frame.columns


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_the_types_of_a_data_frame_do_not_depend_on_what_is_missing(monkeypatch, name):
    pytest.importorskip(name, reason=f"makes a data frame of {name}")
    for other in {"pandas", "polars"} - {name}:
        monkeypatch.setitem(sys.modules, other, None)
    found = []
    for init in ("he_normal", "normal(std=1e200)"):  # one reaches its end, one diverges
        frame = compare("circles", seeds=2, **{**SMALL, "inits": [init]}).to_frame()
        found.append({name: str(frame[name].dtype) for name in frame.columns})
    words = {"init", "outcome", "first_nonfinite", "engine", "platform", "key"}
    assert len({tuple(one[name] for name in sorted(one.keys() - words)) for one in found}) == 1
    assert found[0]["diverged_step"] == "Int64"
    assert found[0]["seed"].lower() == "int64"
    assert found[0]["test_accuracy"].lower() == "float64"


def test_without_pandas_and_polars_a_data_frame_says_what_to_install(monkeypatch):
    result = compare("circles", seeds=1, **SMALL)
    for name in ("pandas", "polars"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InitlabError, match="needs pandas or polars: pip install"):
        result.to_frame()


def test_one_rate_for_each_init_uses_the_runs_of_several_and_has_a_name_of_its_own(
    tmp_path, trained
):
    own = {"zeros": 0.1, "he_normal": 0.01}
    settings = {**SMALL, "inits": ["he_normal", "zeros"], "seeds": 2, "store": tmp_path / "s.db"}
    compare("circles", learning_rate=[0.1, 0.01], **settings)
    trained.clear()
    found = compare("circles", learning_rate=own, **settings)
    assert trained == []
    assert {(cell.init, cell.learning_rate) for cell in found.cells} == {*own.items()}
    compare("circles", learning_rate={"zeros": 0.01, "he_normal": 0.1}, **settings)
    with initlab.open_store(tmp_path / "s.db") as store:
        assert len(store.names()) == 3


def test_every_document_of_an_unfinished_study_keeps_the_store_in_its_next_command(
    tmp_path, capsys, monkeypatch
):
    whole = compare("circles", seeds=2, store=tmp_path / "s.db", **SMALL)
    assert "--store" not in json.loads(whole.to_json())["next"]  # the same study everywhere
    part = Comparison(Analysis(whole.study, whole.all_cells[:-1]), None, options=whole.options)
    returned = part.to_json(tmp_path / "study.json")
    assert (tmp_path / "study.json").read_text() == returned
    monkeypatch.setattr("initlab.report.folder.pictures", lambda record, data: ())
    part.plot(tmp_path / "report")
    assert (tmp_path / "report" / "study.json").read_text() == returned
    error = StorageError("the disk is full.")
    error.comparison = part
    report_error(error, as_json=True)
    assert json.loads(capsys.readouterr().out)["study"] == json.loads(returned)
    document, kept = json.loads(returned), f"--store {tmp_path / 's.db'}"
    for said in (document["next"], document["judgement"]["next"]):
        assert kept in said
    page = (tmp_path / "report" / "index.html").read_text()
    assert kept in re.sub(r"<[^<>]*>", "", page)
