"""Name of a file -> a database of today's schema: made, opened or upgraded; or why it is not."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import warnings
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.pool import NullPool

from initlab.errors import StorageError, StudyError, UpgradeWarning, invalid_argument, is_address
from initlab.files import shown_path
from initlab.study.environment import versions
from initlab.study.store import HEADER, schema
from initlab.study.store.faults import (
    PATIENCE,
    damaged,
    in_one_sentence,
    network_system,
    no_database,
)
from initlab.validation import file_of_address, local_file

MIGRATIONS = Path(__file__).parent / "migrations"
PAGE_SIZE, PAGE_COUNT = slice(16, 18), slice(28, 32)  # of the file's header


def store_path(path: str | os.PathLike[str]) -> Path:
    """Return the absolute path of a store's file.

    Raises:
        ArgumentError: it is the address of a database server; a password in it is not repeated.
        StorageError: no file can have this name.
    """
    name = file_of_address(path) if isinstance(path, str) else path
    if is_address(name):
        hint = "A store is an SQLite file on the computer that runs initlab."
        raise invalid_argument("store", "the name of a file, not an address", name, hint=hint)
    file = local_file("store", name)
    try:
        return Path(os.path.realpath(file))
    except ValueError as error:  # a NUL in the name
        raise StorageError(f"Cannot open {name!r}: {error}.", argument="store") from None


def open_database(path: Path, shown: str, *, create: bool, read_only: bool) -> Engine:
    """Return the engine of a store whose schema is today's.

    Args:
        path: absolute, links resolved.
        shown: the file's name as it was given.
        create: make the file where it is not there.
        read_only: nothing will be written, unless the schema must be upgraded.

    Raises:
        StorageError: the file is not there, is no store, is damaged, or cannot be used.
        StudyError: a newer initlab wrote it; the version to install is named.

    Warns:
        UpgradeWarning: an older initlab wrote it, and it was upgraded; its copy is named.
    """
    with in_one_sentence(path, shown):
        found = 0
        if _check_file(path, shown, create=create, read_only=read_only):
            _roll_back(path)
            with _engine(
                path, shown, "ro"
            ).connect() as connection:  # another program's stays as it is
                found = _schema_of(connection, shown)
        if found == 0 and read_only:
            raise StorageError(f"{shown} is empty: no study was stored in it.")
        copy = _back_up(path, found) if 0 < found < schema.SCHEMA else None
        if found < schema.SCHEMA:
            with _engine(path, shown, "rwc").connect() as connection, connection.begin():
                _migrate(connection)
        if copy is not None:
            warnings.warn(
                f"{shown} was upgraded from schema {found} to {schema.SCHEMA}; a copy "
                f"of the old file is kept in {shown_path(copy)}.",
                UpgradeWarning, stacklevel=4,  # who called open_store
            )  # fmt: skip
        return _engine(path, shown, "ro" if read_only else "rwc")


def _check_file(path: Path, shown: str, *, create: bool, read_only: bool) -> bool:
    """Return whether there is a database; refuse what cannot be one."""
    if path.is_dir():
        raise StorageError(f"{shown} is a folder; name a file in it, such as studies.db.")
    if path.exists() and not path.is_file():
        raise StorageError(f"{shown} is not a regular file.")
    if not path.exists() and (read_only or not create):
        raise StorageError(f"{shown} does not exist.")
    if not path.parent.is_dir():
        raise StorageError(
            f"{shown} cannot be created: there is no folder {shown_path(path.parent)}."
        )
    if (network := network_system(path)) is not None:
        raise StorageError(
            f"{shown} is on a network file system ({network}), where a store can be damaged; "
            "name a file on a disk of this computer."
        )
    if not path.exists() or not path.stat().st_size:
        return False
    with path.open("rb") as file:
        head = file.read(100)
    if not head.startswith(HEADER[: len(head)]):
        raise StorageError(no_database(path, shown))
    if not _has_log(path) and path.stat().st_size < whole_size(head):
        # with a log, what the file lacks may be in there
        raise StorageError(damaged(shown, "a part of the file is missing"))
    return True


def _roll_back(path: Path) -> None:
    """Undo what a killed process left half done in a journal; who only reads may not do that."""
    if path.with_name(path.name + "-journal").exists():
        with contextlib.closing(sqlite3.connect(path, timeout=PATIENCE)) as connection:
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()


def whole_size(head: bytes) -> int:
    """Return the size of a database by the first 100 bytes of its file."""
    if len(head) < 100:
        return 100
    size = int.from_bytes(head[PAGE_SIZE], "big")
    return (65536 if size == 1 else size) * int.from_bytes(head[PAGE_COUNT], "big")


def _engine(path: Path, shown: str, mode: str) -> Engine:
    looks, mine = mode == "ro", os.access(path.parent, os.W_OK) and os.access(path, os.W_OK)
    # who may not write leaves the log that SQLite makes for him; an old one stays as it is
    tidies = looks and mine and not _has_log(path)
    address = f"file:{quote(str(path))}?mode={'rw' if tidies else mode}"
    if looks and not os.access(path.parent, os.W_OK) and not _log(path).exists():
        address += "&immutable=1"  # else SQLite would make a file beside it

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address, uri=True, timeout=PATIENCE, check_same_thread=False, isolation_level=None
        )
        # one byte that is no UTF-8 must not keep the rows beside it from being read
        connection.text_factory = lambda text: text.decode("utf-8", "backslashreplace")
        if looks:
            connection.execute("PRAGMA query_only = ON")
        else:
            (found,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            if found != "wal":
                connection.close()
                raise StorageError(
                    f"{shown} is on a file system that cannot hold a store; name a file "
                    "on a disk of this computer."
                )
            connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    # Python's sqlite3 begins transactions late and not around CREATE TABLE: begin them ourselves
    begin = "BEGIN" if looks else "BEGIN IMMEDIATE"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _log(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _has_log(path: Path) -> bool:
    """Whether there is a log with something in it."""
    log = _log(path)
    return log.exists() and log.stat().st_size > 0


def _schema_of(connection: Connection, shown: str) -> int:
    """Return the schema's number; 0 of a database without tables.

    Raises:
        StorageError: the database is another program's.
        StudyError: the schema is newer than this initlab.
    """
    tables = inspect(connection).get_table_names()
    if not tables:
        return 0
    identity = connection.execute(text("PRAGMA application_id")).scalar()
    if identity != schema.APPLICATION_ID or "alembic_version" not in tables:
        raise StorageError(
            f"{shown} is not a store of initlab: it is a database of another program."
        )
    found = int(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
    if found > schema.SCHEMA:
        version = connection.execute(text("SELECT value FROM about WHERE name = 'initlab'"))
        found_version = version.scalar()
        writer = f"initlab {found_version}" if found_version else "a newer initlab"
        needed = f"{writer} or later" if found_version else writer
        raise StudyError(
            f"{shown} was written by {writer} and has schema {found}, but this initlab reads "
            f"only schemas up to {schema.SCHEMA}. Install {needed}."
        )
    return found


def _back_up(path: Path, found: int) -> Path:
    """Copy a store beside itself before its schema changes; the copy appears as a whole."""
    target = path.with_name(f"{path.name}.schema-{found}.backup")
    partial = target.with_name(target.name + ".part")
    partial.unlink(missing_ok=True)
    with sqlite3.connect(path) as source, sqlite3.connect(partial) as copy:
        source.backup(copy)
    source.close()
    copy.close()
    partial.replace(target)
    return target


def _migrate(connection: Connection) -> None:
    """Bring the schema to today's in the transaction that is open: all of it, or nothing."""
    from alembic import command  # late: most stores have today's schema
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.execute(text(f"PRAGMA application_id = {schema.APPLICATION_ID}"))
    connection.execute(
        text("INSERT OR REPLACE INTO about VALUES ('initlab', :version)"),
        {"version": versions()["initlab"]},
    )
