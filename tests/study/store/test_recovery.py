"""What can still be read of a damaged store comes into a new one."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from initlab.errors import StorageError
from initlab.study.store import open_store
from initlab.study.store.recovery import recover

from ..making import everything
from .making import filled, trained

SCHEMAS = Path(__file__).parents[1] / "schemas"


def many(path, count=60):
    """A store with so many cells."""
    name = filled(path, "mine")
    loaded, study, cells = trained()
    with open_store(path) as store:
        writer = store.begin(study.replace(seeds=tuple(range(count))), loaded.versions(), name=name)
        spec, cell = cells[0]
        for seed in range(3, count):
            writer.add([(spec.replace(seed=seed), cell.replace(seed=seed), 1)])


def test_a_whole_store_is_copied_whole(tmp_path):
    filled(tmp_path / "s.db", "mine")
    assert recover(tmp_path / "s.db", tmp_path / "new.db") == (1, 6, 0, 0, True, 0)
    with open_store(tmp_path / "s.db") as old, open_store(tmp_path / "new.db") as new:
        cells = [sorted(map(everything, one.cells("mine"))) for one in (old, new)]
        assert cells[0] == cells[1]
        assert new.check() == []


def test_a_store_of_an_older_schema_is_copied_without_what_it_lacks(tmp_path):
    path = tmp_path / "s.db"
    shutil.copy(SCHEMAS / "schema_1.db", path)
    assert recover(path, tmp_path / "new.db")[:2] == (1, 3)
    with open_store(tmp_path / "new.db") as new:
        assert new.check() == []
        assert [cell.diagnosis for cell in new.cells("first")] == [None] * 3


def test_failed_runs_are_copied_with_their_reasons(tmp_path):
    path = tmp_path / "s.db"
    name = filled(path, "mine", 3)
    loaded, study, cells = trained()
    with open_store(path) as store:
        writer = store.begin(study, loaded.versions(), name=name)
        failure = writer.fail(cells[4][0], "the worker was killed", 3)
    assert recover(path, tmp_path / "new.db") == (1, 3, 0, 0, True, 0)
    with open_store(tmp_path / "new.db") as new:
        assert new.study(name).failures == [failure]


@pytest.mark.parametrize("damage", ["truncated", "overwritten"])
def test_whole_rows_of_a_damaged_store_are_copied_and_no_others(tmp_path, damage):
    path = tmp_path / "s.db"
    many(path)
    if damage == "truncated":
        os.truncate(path, path.stat().st_size * 2 // 3)
    else:
        content = bytearray(path.read_bytes())
        middle = len(content) // 2
        content[middle : middle + 8192] = os.urandom(8192)
        path.write_bytes(content)
    studies, cells, lost_studies, lost_cells, counted, _ = recover(path, tmp_path / "new.db")
    assert (studies, lost_studies) == (1, 0)
    assert 10 < cells < 63
    assert lost_cells <= 63 - cells
    assert not counted or cells + lost_cells == 63
    with open_store(tmp_path / "new.db") as new:
        assert new.check() == []
        loaded, study, ((spec, _), *others) = trained()
        specs = [spec.replace(seed=seed) for seed in range(60)] + [one for one, _ in others]
        assert len(new.begin(study, loaded.versions(), name="mine").find(specs)) == cells


@pytest.mark.parametrize("count", [16, 100, 4096])
def test_a_store_whose_header_is_overwritten_is_copied_whole(tmp_path, count):
    path = tmp_path / "s.db"
    many(path)
    path.write_bytes(os.urandom(count) + path.read_bytes()[count:])
    with pytest.raises(
        StorageError, match=r"not an SQLite database. If it was a store, run this command"
    ):
        open_store(path)
    assert recover(path, tmp_path / "new.db") == (1, 63, 0, 0, True, 0)
    with open_store(tmp_path / "new.db") as new:
        assert new.check() == []


def test_a_cell_that_differs_from_its_digest_is_left_out(tmp_path):
    path = tmp_path / "s.db"
    filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE cells SET curve = x'00' WHERE rowid = 2")
    connection.close()
    assert recover(path, tmp_path / "new.db") == (1, 5, 0, 1, True, 0)


def test_the_rest_of_a_key_that_is_only_partly_there_is_not_counted_as_a_lost_run(tmp_path):
    filled(tmp_path / "s.db", "mine")
    with sqlite3.connect(tmp_path / "s.db") as store:
        store.execute("UPDATE members SET key = substr(key, 1, 14) || char(0, 0) WHERE rowid = 1")
    store.close()
    assert recover(tmp_path / "s.db", tmp_path / "new.db") == (1, 6, 0, 0, False, 1)


@pytest.mark.parametrize("table", ["cells", "members"])
def test_rows_after_a_long_gap_of_deleted_ones_are_copied(tmp_path, table):
    path = tmp_path / "s.db"
    filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE {table} SET rowid = rowid + 10000000 WHERE rowid > 3")
    connection.close()
    assert recover(path, tmp_path / "new.db") == (1, 6, 0, 0, True, 0)
    with open_store(tmp_path / "new.db") as new:
        assert len(new.cells(new.names()[0])) == 6


def test_a_row_that_cannot_be_read_after_a_long_gap_costs_only_itself(tmp_path):
    path = tmp_path / "s.db"
    filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE cells SET rowid = rowid + 10000000 WHERE rowid > 3")
        connection.execute("UPDATE cells SET init = CAST(x'ff' AS TEXT) WHERE rowid = 10000004")
    connection.close()
    assert recover(path, tmp_path / "new.db") == (1, 5, 0, 1, True, 0)


def test_nothing_is_overwritten_and_nothing_readable_is_said(tmp_path):
    filled(tmp_path / "s.db")
    with pytest.raises(StorageError, match="already exists"):
        recover(tmp_path / "s.db", tmp_path / "s.db")
    with pytest.raises(StorageError, match="does not exist"):
        recover(tmp_path / "no.db", tmp_path / "new.db")
    (tmp_path / "x.jpg").write_bytes(b"\xff\xd8" + bytes(9000))
    with pytest.raises(
        StorageError, match=r"Nothing in .*x\.jpg can be read: file is not a database\.$"
    ):
        recover(tmp_path / "x.jpg", tmp_path / "new.db")
    filled(tmp_path / "cut.db")
    os.truncate(tmp_path / "cut.db", 5000)
    with pytest.raises(StorageError, match=r"(No study in|Nothing).*cut\.db.*"):
        recover(tmp_path / "cut.db", tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()
    assert not list(tmp_path.glob("tmp*"))


@pytest.mark.parametrize("pages", [1, 2, 4])
def test_what_is_lost_at_the_end_of_a_store_is_counted_by_its_lists(tmp_path, pages):
    path = tmp_path / "s.db"
    many(path)
    os.truncate(path, path.stat().st_size - pages * 4096)
    _, cells, _, lost, counted, _ = recover(path, tmp_path / "new.db")
    assert (cells + lost, counted) == (63, True)
    assert lost > 0


def test_a_store_whose_lists_are_lost_too_is_not_called_whole(tmp_path):
    path = tmp_path / "s.db"
    many(path)
    os.truncate(path, 30_000)
    studies, cells, _, _, counted, alone = recover(path, tmp_path / "new.db")
    assert (studies, cells, counted, alone) == (1, 0, False, 0)


@pytest.mark.parametrize("settings", ["CAST(x'ff' AS TEXT)", "'{'", "'{}'"])
def test_runs_whose_study_is_lost_are_copied_counted_and_used_again(tmp_path, settings):
    path = tmp_path / "s.db"
    filled(path, "one", count=2)
    filled(path, "two", count=6)
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE studies SET settings = {settings} WHERE name = 'two'")
    connection.close()
    found = recover(path, tmp_path / "new.db")
    assert (found.studies, found.lost_studies, found.cells, found.alone) == (1, 1, 6, 4)
    with open_store(tmp_path / "new.db") as new:
        assert new.study("one").done == found.cells - found.alone
        loaded, study, cells = trained()
        writer = new.begin(study, loaded.versions(), name="two")
        assert len(writer.find(spec for spec, _ in cells)) == 6
