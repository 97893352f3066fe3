"""A damaged store -> a new one with every row that can still be read and is whole."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, insert, select

from initlab.errors import StorageError
from initlab.files import shown_path
from initlab.study.store import HEADER, schema
from initlab.study.store.faults import in_one_sentence
from initlab.study.store.opening import PAGE_COUNT, store_path, whole_size
from initlab.study.store.rows import UNREADABLE, check_row, study_of
from initlab.study.store.store import Store
from initlab.study.store.writer import batches

KEY = re.compile("[0-9a-f]{64}")  # of a cell
PAGE = 4096  # bytes of a page of a store
LONGEST_GAP = 10_000  # row numbers that cannot be read, after which nothing more of a table can


class Recovered(NamedTuple):
    """What was copied of a damaged store, and what its own lists name besides.

    Attributes:
        studies: number of studies in the new store.
        cells: number of cells in it.
        lost_studies: number of studies that could not be copied.
        lost_cells: number of cells that could not be copied.
        counted: whether the lists could be read whole; else more is lost.
        alone: number of cells in it that no study names any more; a study that asks for one of
            them uses it.
    """

    studies: int
    cells: int
    lost_studies: int
    lost_cells: int
    counted: bool
    alone: int


def recover(path: str | os.PathLike[str], new: str | os.PathLike[str]) -> Recovered:
    """Copy what is readable of a store.

    Args:
        path: of the damaged store; it is only read.
        new: of the store to make; it must not be there.

    Returns:
        What is in the new store, and what was lost.

    Raises:
        StorageError: the new file is there, or nothing of the old one can be read.
    """
    source, target, shown = store_path(path), store_path(new), shown_path(path)
    if not source.is_file():
        raise StorageError(f"{shown} does not exist.")
    if target.exists():
        raise StorageError(f"{shown_path(new)} already exists; name a new file.")
    with in_one_sentence(source, shown), tempfile.TemporaryDirectory(dir=target.parent) as folder:
        copy, made = _padded_copy(source, Path(folder)), Path(folder) / "new.db"
        Store(made).close()
        error = _error_of(copy)
        if error is not None:
            _put_first_page(copy, made)
        with contextlib.closing(sqlite3.connect(copy)) as old:
            with Store(made) as store, store.writing() as connection:
                studies, cells, alone = _copy_all(old, connection)
            if not studies and error is not None:
                raise StorageError(f"Nothing in {shown} can be read: {error}.") from error
            if not studies:
                raise StorageError(f"No study in {shown} can be read.")
            listed_studies, all_studies = _listed(old, "studies", "id")
            listed_cells, all_cells = _listed(old, "members", "key")
            by_index, _ = _listed(old, "cells", "key")
            made.replace(target)
            return Recovered(
                len(studies), len(cells), len(listed_studies - studies),
                len((listed_cells | by_index) - cells), all_studies and all_cells, alone,
            )  # fmt: skip


def _padded_copy(source: Path, folder: Path) -> Path:
    """Copy a store, with zeros for what is missing at its end: SQLite opens no shorter file."""
    copy = folder / "copy.db"
    shutil.copy(source, copy)
    log = source.with_name(source.name + "-wal")
    if log.exists():
        shutil.copy(log, folder / "copy.db-wal")
    with copy.open("rb+") as file:
        head = file.read(100)
        if head.startswith(HEADER):
            file.truncate(max(copy.stat().st_size, whole_size(head)))
    return copy


def _error_of(copy: Path) -> sqlite3.Error | None:
    """Return why the tables of a copy cannot be listed; None where they can."""
    with contextlib.closing(sqlite3.connect(copy)) as old:
        try:
            old.execute("SELECT name FROM sqlite_master").fetchall()
        except sqlite3.Error as error:
            return error
    return None


def _put_first_page(copy: Path, empty: Path) -> None:
    """Give a copy the first page of an empty store: every store has its tables at these places."""
    with empty.open("rb") as file:
        page = bytearray(file.read(PAGE))
    count = copy.stat().st_size // PAGE
    page[PAGE_COUNT] = count.to_bytes(4, "big")
    with copy.open("rb+") as file:
        file.write(page)


def _copy_all(old: sqlite3.Connection, connection: Connection) -> tuple[set[int], set[str], int]:
    """Copy every whole row; return the studies, the cells, and how many of these no study names."""
    for table in (schema.studies, schema.cells):
        _copy(old, table, connection)
    studies = set(connection.execute(select(schema.studies.c.id)).scalars())
    cells = set(connection.execute(select(schema.cells.c.key)).scalars())
    whole = [row for row in _rows(old, schema.members) if row["key"] in cells]
    for table, rows in ((schema.members, whole), (schema.failures, _rows(old, schema.failures))):
        for some in batches(row for row in rows if row["study"] in studies):
            connection.execute(insert(table).prefix_with("OR IGNORE"), some)
    named = set(connection.execute(select(schema.members.c.key)).scalars())
    return studies, cells, len(cells - named)


def _listed(old: sqlite3.Connection, table: str, column: str) -> tuple[set[Any], bool]:
    """Return the values of a column, and whether these are all.

    The table and its indexes, which each list it, are read as far as each of them goes.
    """
    found: set[Any] = set()
    ways, whole = ["NOT INDEXED"], False
    with contextlib.suppress(sqlite3.Error):
        indexes = old.execute(f"PRAGMA index_list({table})").fetchall()
        ways += [f"INDEXED BY {row[1]}" for row in indexes]
    for way in ways:
        read: set[Any] = set()
        with contextlib.suppress(sqlite3.Error, UnicodeDecodeError, OverflowError):
            for (value,) in old.execute(f"SELECT {column} FROM {table} {way}"):
                read.add(value)
            whole = whole or all(map(_could_be_listed, read))
        found.update(filter(_could_be_listed, read))
    return found, whole


def _could_be_listed(value: Any) -> bool:
    """Return whether this is the number of a study or the key of a cell: zeros are read as NULL."""
    return isinstance(value, int) or (isinstance(value, str) and bool(KEY.fullmatch(value)))


def _copy(old: sqlite3.Connection, table: Table, connection: Connection) -> None:
    for row in _rows(old, table):
        if table is schema.studies and not _is_study(row):
            continue
        if table is schema.cells and not _is_cell(row):
            continue
        connection.execute(insert(table).prefix_with("OR IGNORE"), row)


def _is_cell(row: dict[str, Any]) -> bool:
    try:
        check_row(SimpleNamespace(**row), "")
    except UNREADABLE:
        return False
    return True


def _is_study(row: dict[str, Any]) -> bool:
    try:
        study_of(SimpleNamespace(**row))
    except UNREADABLE:
        return False
    return True


def _rows(old: sqlite3.Connection, table: Table) -> Iterator[dict[str, Any]]:
    """Return the readable rows of a table, asked for one by one; None in columns it lacks."""
    names = [column.name for column in table.columns]
    with contextlib.suppress(sqlite3.Error):
        there = {row[1] for row in old.execute(f"PRAGMA table_info({table.name})")}
        names = [name for name in names if name in there] or names
    lacking = dict.fromkeys(column.name for column in table.columns if column.name not in names)
    following = f"SELECT rowid FROM {table.name} WHERE rowid > ? ORDER BY rowid LIMIT 1"
    wanted = f"SELECT {', '.join(names)} FROM {table.name} WHERE rowid = ?"
    number = errors = 0
    while errors <= LONGEST_GAP:
        reached, row = number + 1, None
        with contextlib.suppress(sqlite3.Error, UnicodeDecodeError, OverflowError):
            found = old.execute(following, (number,)).fetchone()
            if found is None:
                return
            reached = max(reached, found[0])
            row = old.execute(wanted, (reached,)).fetchone()
            if row is None:  # a damaged page may hold any number
                reached = number + 1
        number, errors = reached, errors + 1 if row is None else 0
        if row is not None:
            yield {**dict(zip(names, row, strict=True)), **lacking}
