"""Cells are kept as they are, found by their keys, and shared by studies."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading

import numpy as np
import pytest
from sqlalchemy import text

from initlab.errors import StorageError, StudyError
from initlab.study import expand
from initlab.study.store import open_store, store
from initlab.study.store.recovery import recover
from initlab.study.store.writer import StudyWriter

from ..making import everything, specs_of
from .making import filled, trained


def test_a_cell_comes_back_to_the_bit_with_its_parameters(tmp_path):
    name = filled(tmp_path / "s.db")
    loaded, study, cells = trained()
    with open_store(tmp_path / "s.db") as opened:
        found = {cell.key: cell for cell in opened.cells(name)}
        stored = opened.study(name)
    assert found.keys() == {spec.key for spec, _ in cells}
    assert all(everything(found[spec.key]) == everything(cell) for spec, cell in cells)
    assert stored.study == study
    assert (stored.versions, stored.notes) == (loaded.versions(), ["a note"])
    assert stored.complete
    assert stored.done == 6


def test_odd_numbers_of_a_cell_come_back(tmp_path):
    loaded, study, cells = trained()
    spec, cell = cells[0]
    odd = cell.replace(
        initial_loss=float("inf"), metrics={"train_loss": -0.0, "test_loss": 5e-324},
        curve={"step": [0, 1], "train_loss": [float("nan"), -float("inf")]},
    )  # fmt: skip
    with open_store(tmp_path / "s.db") as opened:
        writer = opened.begin(study, loaded.versions())
        writer.add([(spec, odd, 1)])
        (found,) = opened.cells(writer.name)
    assert repr(found) == repr(odd)


def test_parameters_of_large_networks_are_kept_only_where_asked(tmp_path):
    loaded, study, cells = trained()
    spec, cell = cells[0]
    large = cell.replace(parameters={"W1": np.ones((100, 100))})
    for keep in (False, True):
        with open_store(tmp_path / f"{keep}.db", keep_parameters=keep) as opened:
            writer = opened.begin(study, loaded.versions())
            writer.add([(spec, large, 1)])
            (found,) = opened.cells(writer.name)
        assert (found.parameters is not None) == keep


def test_what_was_trained_for_one_study_is_found_by_another(tmp_path):
    filled(tmp_path / "s.db", "one")
    loaded, study, cells = trained()
    with open_store(tmp_path / "s.db") as opened:
        writer = opened.begin(study, loaded.versions(), name="two")
        assert len(writer.find([spec for spec, _ in cells])) == 6
        assert opened.study("two").complete


def test_cells_that_an_older_initlab_drew_otherwise_leave_the_study_they_are_asked_for(tmp_path):
    loaded, study, cells = trained()
    changing = study.replace(inits=("bounded_normal", "he_normal"), seeds=(0, 1))
    old = [spec.replace(versions={**spec.versions, "bounded_normal": "1"})
           if spec.init == "bounded_normal" else spec
           for block in expand(changing, loaded) for spec in block]  # fmt: skip
    made = [(spec, cells[0][1].replace(init=spec.init, seed=spec.seed, key=spec.key), 1)
            for spec in old]  # fmt: skip
    with open_store(tmp_path / "s.db") as opened:
        writer = opened.begin(changing, loaded.versions())
        writer.add(made)
        opened.begin(changing, loaded.versions(), name="other").find(old[-1:])
        asked = [spec for block in expand(changing, loaded) for spec in block if spec.seed == 0]
        found = opened.begin(changing, loaded.versions()).find(asked)
        assert found == {spec.key for spec in asked if spec.init == "he_normal"}
        left = sorted((cell.init, cell.seed) for cell in opened.cells(writer.name))
        assert left == [("bounded_normal", 1), ("he_normal", 0), ("he_normal", 1)]
        assert opened.check() == []
        assert len(opened.cells("other")) == 1


def test_delete_keeps_the_cells_that_another_study_uses(tmp_path):
    filled(tmp_path / "s.db", "one")
    filled(tmp_path / "s.db", "two", count=2)
    with open_store(tmp_path / "s.db") as opened:
        assert opened.delete("one") == 4
        assert len(opened.cells("two")) == 2
        assert opened.names() == ["two"]
        assert opened.delete("two") == 2
        assert opened.check() == []


def test_a_study_grows_and_other_settings_under_its_name_are_refused(tmp_path):
    filled(tmp_path / "s.db", "mine")
    loaded, study, _ = trained()
    with open_store(tmp_path / "s.db") as opened:
        opened.begin(study.replace(seeds=(2, 9), inits=("zeros",)), loaded.versions(), name="mine")
        stored = opened.study("mine")
        assert stored.study.seeds == (0, 1, 2, 9)
        assert stored.study.inits == (*study.inits, "zeros")
        assert not stored.complete
        other = study.replace(training=study.training.replace(steps=7))
        with pytest.raises(StudyError, match=r"steps is 40 in the store and 7 here.* another name"):
            opened.begin(other, loaded.versions(), name="mine")
        assert opened.study("mine").study.training.steps == 40
        changes = {"steps": 7, "batch_size": 7, "dropout": 0.5, "momentum": 0.5, "record_every": 2}
        other = study.replace(training=study.training.replace(**changes))
        with pytest.raises(StudyError, match=r"here; 2 more settings differ\. Choose another name"):
            opened.begin(other, loaded.versions(), name="mine")


def test_a_missing_study_is_refused_by_those_that_are_there(tmp_path):
    filled(tmp_path / "s.db", "mine", count=1)
    with (
        open_store(tmp_path / "s.db") as opened,
        pytest.raises(StudyError, match="no study named 'yours'; it holds the study 'mine'"),
    ):
        opened.study("yours")


def test_what_lives_in_memory_is_stored_and_never_found(tmp_path):
    loaded, study, cells = trained()
    memory = study.replace(problem=study.problem.replace(unnamed=("data",)))
    with open_store(tmp_path / "s.db") as opened:
        names = []
        for _ in range(2):
            writer = opened.begin(memory, loaded.versions())
            assert writer.find([spec for spec, _ in cells]) == set()
            for spec, cell in cells:
                writer.add([(spec, cell, 1)])
            names.append(writer.name)
        assert names[1] == f"{names[0]}-2"
        assert [len(opened.cells(name)) for name in names] == [6, 6]
        with pytest.raises(StudyError, match="exists in memory only"):
            opened.begin(memory, loaded.versions(), name=names[0])


def test_a_cell_of_two_drivers_is_kept_once_and_the_first_stays(tmp_path):
    loaded, study, cells = trained()
    spec, cell = cells[0]
    late = cell.replace(platform="another computer")
    with open_store(tmp_path / "s.db") as first, open_store(tmp_path / "s.db") as second:
        writers = [one.begin(study, loaded.versions()) for one in (first, second)]
        writers[0].add([(spec, cell, 1)])
        writers[1].add([(spec, late, 1)])
        (found,) = first.cells(writers[0].name)
        assert found.platform == cell.platform


def test_two_drivers_that_begin_one_study_at_once_share_it(tmp_path):
    loaded, study, _ = trained()
    names, ready = [], threading.Barrier(4)

    def begin():
        ready.wait()
        with open_store(tmp_path / "s.db") as opened:
            names.append(opened.begin(study, loaded.versions()).name)

    drivers = [threading.Thread(target=begin) for _ in range(4)]
    for one in drivers:
        one.start()
    for one in drivers:
        one.join()
    assert len(names) == 4
    with open_store(tmp_path / "s.db") as opened:
        assert opened.names() == [names[0]]


def test_why_a_cell_failed_is_kept_until_it_is_done(tmp_path):
    loaded, study, cells = trained()
    spec, cell = cells[0]
    with open_store(tmp_path / "s.db") as opened:
        writer = opened.begin(study, loaded.versions())
        writer.fail(spec, "no \ud800 " + "x" * 10**6, 3)
        (failure,) = opened.study(writer.name).failures
        assert (failure.init, failure.seed, failure.attempts) == (spec.init, spec.seed, 3)
        assert failure.reason.startswith("no \\ud800 xxx")
        assert failure.reason.endswith("... (1,000,010 characters)")
        writer.add([(spec, cell, 1)])
        assert opened.study(writer.name).failures == []


def test_a_failure_that_another_writer_noted_ends_when_the_cell_is_done(tmp_path):
    loaded, study, ((one, done), (other, cell), *_) = trained()
    with open_store(tmp_path / "s.db") as opened:
        writer, second = (opened.begin(study, loaded.versions()) for _ in range(2))
        writer.add([(one, done, 1)])
        second.fail(other, "memory ran out", 3)
        writer.add([(other, cell, 1)])
        assert opened.study(writer.name).failures == []


def test_check_says_a_damaged_page_on_one_line(tmp_path):
    path = tmp_path / "s.db"
    filled(path)
    with contextlib.closing(sqlite3.connect(path)) as file:
        ((page,),) = file.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ix_members_key'"
        ).fetchall()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096 + 7)  # how many bytes between its entries are free
        file.write(b"\x05")
    with open_store(path, read_only=True) as opened:
        problem, *_ = opened.check()
    assert problem.startswith(f"{opened.shown} is damaged (")
    assert f"page {page}" in problem
    assert "***" not in problem
    assert "\n" not in problem


@pytest.mark.parametrize("column", ["record", "curve", "parameters", "diagnosis"])
def test_check_finds_an_edited_cell(tmp_path, column):
    name = filled(tmp_path / "s.db", count=2)
    with open_store(tmp_path / "s.db") as opened:
        assert opened.check() == []
        with opened.writing() as connection:
            edit = f"UPDATE cells SET {column} = (SELECT {column} FROM cells LIMIT 1 OFFSET 1)"
            connection.execute(text(f"{edit} WHERE rowid = 1"))
        (problem,) = opened.check()
        cell = trained()[2][0][1]
        assert problem == (
            f"{opened.shown} is damaged (the run of {cell.init} at seed {cell.seed} has changed "
            "since it was stored). To copy the readable part into a new store, run: initlab study "
            f"recover NEW.db --store {opened.shown}"
        )
        for read in (opened.cells, opened.verify, lambda name: [*opened.in_order(name)]):
            with pytest.raises(StorageError) as caught:
                read(name)
            assert str(caught.value) == problem
        with opened.writing() as connection:
            connection.execute(text(f"UPDATE cells SET {column} = x'00' WHERE rowid = 1"))
        with pytest.raises(StorageError, match="is damaged"):
            opened.cells(name)


@pytest.mark.parametrize(
    "edit",
    ["record = CAST(x'7bff' AS TEXT)", "init = CAST(x'ff' AS TEXT)", "seed = 9", "curve = 1",
     "digest = CAST(x'ff' AS TEXT)", "init = 'other'", "learning_rate = 77.0"],
)  # fmt: skip
def test_check_goes_on_after_a_damaged_row_and_no_reader_uses_it(tmp_path, edit):
    name = filled(tmp_path / "s.db")
    with open_store(tmp_path / "s.db") as opened:
        with opened.writing() as connection:
            connection.execute(text(f"UPDATE cells SET {edit} WHERE rowid = 1"))
            connection.execute(text("UPDATE cells SET curve = x'00' WHERE rowid = 4"))
        problems = opened.check()
        assert len(problems) == 2
        assert all(
            "has changed since it was stored). To copy the readable part" in one for one in problems
        )
        for read in (opened.cells, opened.verify, lambda name: [*opened.in_order(name)]):
            with pytest.raises(StorageError, match="has changed since it was stored"):
                read(name)


@pytest.mark.parametrize(
    "edit",
    ["init = 'other'", "seed = 9", "learning_rate = 77.0", "outcome = 'diverged'",
     "engine = 'gpu'", "platform = 'other'"],
)  # fmt: skip
def test_a_column_that_differs_from_its_record_is_damage_for_every_reader(tmp_path, edit):
    name = filled(tmp_path / "s.db")
    with open_store(tmp_path / "s.db") as opened:
        with opened.writing() as connection:
            connection.execute(text(f"UPDATE cells SET {edit} WHERE rowid = 1"))
        assert len(opened.check()) == 1
        for read in (opened.cells, opened.verify, lambda name: [*opened.in_order(name)]):
            with pytest.raises(StorageError, match="has changed since it was stored"):
                read(name)
    assert recover(tmp_path / "s.db", tmp_path / "new.db") == (1, 5, 0, 1, True, 0)


@pytest.mark.parametrize("column", ["settings", "inits", "versions"])
def test_check_names_a_study_whose_settings_are_damaged(tmp_path, column):
    name = filled(tmp_path / "s.db")
    with open_store(tmp_path / "s.db") as opened:
        with opened.writing() as connection:
            connection.execute(text(f"UPDATE studies SET {column} = CAST(x'5bff' AS TEXT)"))
        (problem,) = opened.check()
        assert f"the settings of the study {name} have changed since they were stored" in problem
        with pytest.raises(StorageError, match="initlab study recover"):
            opened.study(name)


def test_a_transaction_that_is_cut_leaves_nothing(tmp_path, monkeypatch):
    name = filled(tmp_path / "s.db", count=1)
    loaded, study, cells = trained()
    with open_store(tmp_path / "s.db") as opened:
        writer = opened.begin(study, loaded.versions())

        def cut(self, connection, keys):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(StudyWriter, "_join", cut)
            with pytest.raises(KeyboardInterrupt):
                writer.add([(*cells[1], 1)])
        assert len(opened.cells(name)) == 1
        assert opened.check() == []
        writer.add([(*cells[1], 1)])
        assert len(opened.cells(name)) == 2


def test_a_store_that_is_deleted_or_replaced_while_it_is_open_says_so(tmp_path):
    path = tmp_path / "s.db"
    loaded, study, cells = trained()
    with open_store(path) as opened:
        writer = opened.begin(study, loaded.versions())
        path.rename(tmp_path / "elsewhere.db")
        with pytest.raises(StorageError, match="was deleted or replaced while it was in use"):
            writer.add([(*cells[0], 1)])
        path.write_bytes(b"")
        with pytest.raises(StorageError, match="was deleted or replaced while it was in use"):
            writer.add([(*cells[0], 1)])


def test_thousands_of_keys_are_asked_for_in_parts(tmp_path):
    loaded, study, cells = trained()
    filled(tmp_path / "s.db")
    specs = specs_of(loaded, seeds=tuple(range(1200)))
    with open_store(tmp_path / "s.db") as opened:
        found = opened.begin(study, loaded.versions()).find(reversed(specs))
    assert found == {spec.key for spec, _ in cells}


def test_metrics_and_settings_are_columns_for_other_programs(tmp_path):
    loaded, study, cells = trained()
    with open_store(tmp_path / "s.db") as opened:
        writer = opened.begin(study, loaded.versions(), name="mine")
        writer.add([(spec, cell, 1 + (k == 2)) for k, (spec, cell) in enumerate(cells)])
        with opened.reading() as connection:
            wanted = "SELECT * FROM results WHERE study = 'mine' AND learning_rate < 0.06"
            rows = connection.execute(text(wanted)).all()
        stored = opened.study("mine")
    found = {(row.init, row.seed, row.metric): row.value for row in rows}
    assert found == {
        (cell.init, cell.seed, name): value
        for _, cell in cells for name, value in cell.metrics.items()
    }  # fmt: skip
    assert (stored.engines, stored.retried) == ({"dense, compiled": 6}, 1)


def test_cells_come_in_the_order_of_the_study_in_batches(tmp_path, monkeypatch):
    loaded, study, cells = trained()
    monkeypatch.setattr(store, "AT_ONCE", 4)
    with open_store(tmp_path / "s.db") as opened:
        writer = opened.begin(study, loaded.versions())
        writer.add([(spec, cell, 1) for spec, cell in reversed(cells)])
        found = [(cell.init, cell.seed) for cell in opened.in_order(writer.name)]
    assert found == [(init, seed) for init in study.inits for seed in study.seeds]


def test_settings_are_plain_json(tmp_path):
    filled(tmp_path / "s.db", count=1)
    with open_store(tmp_path / "s.db") as opened, opened.reading() as connection:
        (row,) = connection.execute(text("SELECT settings, inits, seeds FROM studies")).all()
    assert json.loads(row.settings)["optimizer"] == "sgd"
    assert json.loads(row.inits) == ["he_normal", "glorot_uniform"]
    assert json.loads(row.seeds) == [0, 1, 2]
