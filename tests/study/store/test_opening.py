"""Whatever lies where a store should be, opening it works or says in one sentence why not."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import initlab
from initlab.errors import ArgumentError, InitlabError, StorageError, StudyError, UpgradeWarning
from initlab.study.store import faults, open_store, opening, schema

from .making import filled, trained

SCHEMAS = Path(__file__).parents[1] / "schemas"
NEXT = """
import os
import sqlalchemy as sa
from alembic import op
revision, down_revision = "3", "2"
def upgrade():
    op.add_column("studies", sa.Column("colour", sa.String, server_default="blue"))
    if os.environ.get("KILL"):
        os.kill(os.getpid(), 9)
"""
linux_root = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("mount") is None or os.geteuid() != 0,
    reason="mounts a small disk",
)


def refused(path, words, kind=StorageError, **options):
    with pytest.raises(kind, match=words) as caught:
        open_store(path, **options)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def jpeg(path):
    path.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(5000))


def other_database(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()


def overwritten(path):
    filled(path)
    path.write_bytes(bytes(100) + path.read_bytes()[100:])


def truncated(path):
    filled(path)
    os.truncate(path, path.stat().st_size // 2)


def cut_header(path):
    filled(path)
    os.truncate(path, 50)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (Path.mkdir, "is a folder; name a file"),
        (jpeg, "it is not an SQLite database"),
        (lambda path: path.write_text("hello"), "it is not an SQLite database"),
        (other_database, "it is a database of another program"),
        (overwritten, "it is not an SQLite database"),
        (truncated, r"is damaged \(a part of the file is missing\).*initlab study recover"),
        (cut_header, r"is damaged \(a part of the file is missing\)"),
    ],
)
def test_a_file_that_is_no_store_is_refused_and_stays_as_it_is(tmp_path, make, words):
    path = tmp_path / "s.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    for read_only in (False, True):
        refused(path, words, read_only=read_only)
    assert before is None or path.read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes a pipe")
def test_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "s.db")
    refused(tmp_path / "s.db", "is not a regular file")


def test_a_store_that_is_not_there_is_made_only_where_that_is_meant(tmp_path):
    refused(tmp_path / "s.db", "does not exist", create=False)
    refused(tmp_path / "no" / "s.db", "there is no folder")
    assert list(tmp_path.iterdir()) == []
    open_store(tmp_path / "s.db").close()
    assert (tmp_path / "s.db").is_file()


def test_an_empty_file_becomes_a_store_when_it_is_written(tmp_path):
    path = tmp_path / "s.db"
    path.touch()
    refused(path, "is empty: no study was stored in it", read_only=True)
    with open_store(path) as store:
        assert store.studies() == []


def test_a_link_is_followed(tmp_path):
    filled(tmp_path / "s.db", "mine")
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.db"
    link.symlink_to(tmp_path / "s.db")
    with open_store(link) as store:
        assert store.names() == ["mine"]
    assert os.listdir(link.parent) == ["link.db"]  # noqa: PTH208 - names, not paths


def test_who_only_looks_leaves_no_file_and_changes_none(tmp_path):
    filled(tmp_path / "s.db")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for _ in range(2):
        with open_store(tmp_path / "s.db", read_only=True) as store:
            assert store.names()
            with pytest.raises(StorageError, match="read-only"), store.writing() as connection:
                connection.exec_driver_sql("DELETE FROM members")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_deleted_log_costs_its_cells_and_nothing_else(tmp_path):
    path = tmp_path / "s.db"
    filled(path, "mine", count=2)
    loaded, study, cells = trained()
    store = open_store(path)
    store.begin(study, loaded.versions(), name="mine").add([(*cells[2], 1)])
    shutil.copy(path, tmp_path / "copy.db")  # without -wal
    store.close()
    with open_store(tmp_path / "copy.db") as copy:
        assert copy.check() == []
        assert len(copy.cells("mine")) == 2


def test_a_locked_store_is_waited_for_and_then_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "PATIENCE", 0.2)
    path = tmp_path / "s.db"
    loaded, study, cells = trained()
    with open_store(path) as store:
        writer = store.begin(study, loaded.versions())
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match=r"is locked: another program.* same command"):
            writer.add([(*cells[0], 1)])
        other.execute("ROLLBACK")
        other.close()
        writer.add([(*cells[0], 1)])
        assert len(store.cells(writer.name)) == 1


@pytest.fixture
def disk(tmp_path):
    """A function that mounts a disk, or mounts it again, with some options."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(options):
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
        return folder

    yield mount
    subprocess.run(["umount", "--lazy", folder], check=False)


@linux_root
def test_a_full_disk_is_said_what_was_stored_stays_and_the_run_goes_on_later(disk):
    path = disk("size=400k") / "s.db"
    loaded, study, ((spec, cell), *_) = trained()
    cells = [(spec.replace(seed=seed), cell.replace(seed=seed)) for seed in range(200)]
    store, stored = open_store(path), []
    writer = store.begin(study, loaded.versions())

    def write():
        for one in cells:
            writer.add([(*one, 1)])
            stored.append(one)

    with pytest.raises(StorageError, match=r"cannot grow: the disk is full.* command again to"):
        write()
    assert 3 < len(stored) < 200
    assert len(store.cells(writer.name)) == len(stored)
    assert store.check() == []
    disk("remount,size=8m")
    write()
    store.close()
    with open_store(path) as again:
        assert again.check() == []
        assert len(again.cells(writer.name)) == 200


@linux_root
def test_a_full_disk_is_said_where_a_store_cannot_even_be_made(disk):
    refused(disk("size=16k") / "s.db", "cannot grow: the disk is full")


@linux_root
def test_a_read_only_disk_can_be_read_and_not_written(disk):
    path = disk("size=1m") / "s.db"
    filled(path, "mine")
    disk("remount,ro")
    refused(path, "cannot be written: the file or its folder is read-only")
    with open_store(path, read_only=True) as store:
        assert store.study("mine").complete
        assert store.check() == []


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_a_network_file_system_is_found_by_its_mount(kind):
    mounts = (
        f"/dev/a / ext4 rw 0 0\nhost:/x /home/my\\040own {kind} rw 0 0\ntmpfs /homes tmpfs rw 0 0"
    )
    assert faults.network_system(Path("/home/my own/s.db"), mounts) == kind
    assert faults.network_system(Path("/homes/s.db"), mounts) is None
    assert faults.network_system(Path("/s.db"), mounts) is None


def test_a_network_file_system_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "network_system", lambda path: "nfs4")
    refused(tmp_path / "s.db", r"is on a network file system \(nfs4\).* a disk of this computer")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:secret@host/db",
        "mysql+pymysql://me:sec@ret@host/db",
        "sqlite+x://:secret@a",
        "sqlite:///s.db?password=secret",
        "sqlite:///s.db?password=se@secret",
        "https://me:se?cret@host/s.db",
    ],
)
def test_an_address_of_a_server_is_refused_without_its_password(address):
    with pytest.raises(ArgumentError, match="store must be the name of a file") as caught:
        open_store(address)
    assert "sec" not in f"{caught.value} {caught.value.value}"
    assert "cret" not in f"{caught.value} {caught.value.value}"


def test_an_address_of_a_file_is_a_file(tmp_path):
    open_store(f"sqlite:///{tmp_path}/s.db").close()
    assert (tmp_path / "s.db").is_file()


@pytest.mark.parametrize("value", [None, 3, "", b"s.db", ["s.db"]])
def test_what_is_no_path_is_refused(value):
    with pytest.raises(ArgumentError, match="store must be"):
        open_store(value)


def test_a_store_says_what_to_install_where_the_extra_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "alembic", None)
    with pytest.raises(InitlabError, match=r"pip install 'initlab\[store\]'"):
        open_store(tmp_path / "s.db")


def test_migrations_make_the_tables_of_today(tmp_path):
    open_store(tmp_path / "s.db").close()
    engine = opening._engine(tmp_path / "s.db", "s.db", "ro")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []


def test_every_released_schema_has_a_file():
    assert sorted(path.name for path in SCHEMAS.glob("*.db")) == [
        f"schema_{k}.db" for k in range(1, schema.SCHEMA + 1)
    ]


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.db")), ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore::initlab.errors.UpgradeWarning")
def test_a_store_of_every_released_schema_is_read(path, tmp_path):
    copy = tmp_path / "s.db"
    shutil.copy(path, copy)
    with open_store(copy) as store:
        assert store.check() == []
        assert store.study("first").done == 3
        assert [cell.outcome for cell in store.cells("first")] == ["finished"] * 3


@pytest.mark.filterwarnings("ignore::initlab.errors.UpgradeWarning")
def test_cells_of_schema_1_are_not_diagnosed_and_later_ones_are(tmp_path):
    for name, diagnosed in (("schema_1", False), ("schema_2", True)):
        copy = tmp_path / f"{name}.db"
        shutil.copy(SCHEMAS / copy.name, copy)
        with open_store(copy) as store:
            found = [cell.diagnosis for cell in store.cells("first")]
        assert [one is not None for one in found] == [diagnosed] * 3
        assert not diagnosed or [len(one.q) for one in found] == [2, 2, 2]
        with open_store(copy, read_only=True) as store:
            assert store.check() == []


@pytest.fixture
def next_schema(tmp_path, monkeypatch):
    """A schema to come: one more column."""
    folder = tmp_path / "100% migrations"
    shutil.copytree(opening.MIGRATIONS, folder)
    (folder / "versions" / "schema_3.py").write_text(NEXT)
    monkeypatch.setattr(opening, "MIGRATIONS", folder)
    monkeypatch.setattr(schema, "SCHEMA", 3)


@pytest.mark.usefixtures("next_schema")
@pytest.mark.parametrize("read_only", [False, True])
def test_an_older_schema_is_upgraded_after_a_backup(tmp_path, read_only):
    path = tmp_path / "s.db"
    shutil.copy(SCHEMAS / "schema_1.db", path)
    copy = tmp_path / "s.db.schema-1.backup"
    words = rf"^{path} was upgraded from schema 1 to 3; a copy of the old file is kept in {copy}\.$"
    with pytest.warns(UpgradeWarning, match=words) as said:
        open_store(path, read_only=read_only).close()
    assert said[0].filename == __file__
    with open_store(path) as store:
        assert store.study("first").done == 3
    assert columns(path)[-1] == "colour"
    assert "colour" not in columns(tmp_path / "s.db.schema-1.backup")
    assert sorted(p.name for p in tmp_path.glob("s.db*")) == ["s.db", "s.db.schema-1.backup"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a child")
@pytest.mark.usefixtures("next_schema")
def test_an_upgrade_that_is_killed_leaves_the_old_schema_whole(tmp_path, monkeypatch):
    path = tmp_path / "s.db"
    shutil.copy(SCHEMAS / "schema_1.db", path)
    monkeypatch.setenv("KILL", "1")
    child = os.fork()
    if not child:
        open_store(path)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert "colour" not in columns(path)
    monkeypatch.delenv("KILL")
    with pytest.warns(UpgradeWarning):
        open_store(path).close()
    with open_store(path) as store:
        assert store.check() == []
        assert store.study("first").done == 3
    assert columns(path)[-1] == "colour"


def test_a_newer_schema_is_refused_with_the_version_to_install(tmp_path):
    path = tmp_path / "s.db"
    filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '7'")
        connection.execute("UPDATE about SET value = '0.9.1' WHERE name = 'initlab'")
    connection.close()
    words = "was written by initlab 0.9.1 and has schema 7.* Install initlab 0.9.1 or later"
    refused(path, words, StudyError)


def columns(path):
    connection = sqlite3.connect(path)
    found = [row[1] for row in connection.execute("PRAGMA table_info(studies)")]
    connection.close()
    return found


@pytest.mark.parametrize("read_only", [False, True])
def test_a_store_killed_while_its_tables_were_made_is_put_back_and_opened(tmp_path, read_only):
    path = tmp_path / "s.db"
    with open_store(path):
        pass
    killed = (
        "import os, sqlite3, sys; store = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "store.execute('PRAGMA journal_mode=DELETE'); store.execute('PRAGMA cache_size=1');"
        "store.execute('BEGIN IMMEDIATE'); store.execute('CREATE TABLE half (made BLOB)');"
        "[store.execute('INSERT INTO half VALUES (randomblob(9000))') for _ in range(20)];"
        "os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", killed, path], check=False)
    assert path.with_name("s.db-journal").stat().st_size
    with open_store(path, read_only=read_only) as store:
        assert list(store.studies()) == []
    with contextlib.closing(sqlite3.connect(path)) as opened:
        names = {name for (name,) in opened.execute("SELECT name FROM sqlite_master")}
    assert "half" not in names


def test_a_name_that_no_file_can_have_is_a_storage_error(tmp_path):
    with pytest.raises(StorageError, match=r"^Cannot open .*a\\x00b.*: embedded null"):
        open_store("a\0b")
    with pytest.raises(StorageError, match=r"^Cannot open .*a\\x00b.*: embedded null"):
        initlab.compare("circles", seeds=1, steps=1, store=tmp_path / "a\0b")


def test_the_folder_that_is_missing_is_named_also_of_an_address(tmp_path):
    with pytest.raises(StorageError, match=r"there is no folder \S*no\.$") as caught:
        open_store(f"sqlite:///{tmp_path / 'no' / 's.db'}")
    assert "sqlite:/no" not in str(caught.value)
