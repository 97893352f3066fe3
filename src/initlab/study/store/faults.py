"""Errors of the database -> one sentence that says what happened to which file."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from initlab.errors import StorageError
from initlab.files import cause, shown_path

PATIENCE = 30.0  # seconds to wait for a lock of another program
LITTLE = 2**20  # bytes left on a disk that count as full: SQLite grows its files by pages
LEAST_PAGE = 512  # bytes: every database is a number of pages
NETWORK = {  # file systems of other machines, as Linux names them
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "fuse.sshfs", "lustre", "gpfs",
    "beegfs", "ceph", "fuse.glusterfs",
}  # fmt: skip
AGAIN = "What was stored so far is kept. Run the same command again to continue."


@contextlib.contextmanager
def in_one_sentence(path: Path, shown: str = "") -> Iterator[None]:
    """Turn what the database or the system says into a StorageError that names the file.

    Args:
        path: of the store, absolute.
        shown: the file's name as it was given; its path if empty.
    """
    shown = shown or shown_path(path)
    try:
        yield
    except DBAPIError as error:
        raise StorageError(words(path, shown, error.orig or error)) from error
    except sqlite3.Error as error:
        raise StorageError(words(path, shown, error)) from error
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(f"{shown} cannot be used: {cause(error)}.") from error


def words(path: Path, shown: str, error: BaseException) -> str:
    """Return the sentence for an error of SQLite."""
    name = getattr(error, "sqlite_errorname", "") or ""
    if name == "SQLITE_FULL" or (name.startswith("SQLITE_IOERR") and _is_full(path)):
        return f"{shown} cannot grow: the disk is full. Free some space on it. {AGAIN}"
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return (
            f"{shown} is locked: another program has held it for over {PATIENCE:g} seconds. {AGAIN}"
        )
    if name == "SQLITE_READONLY_DBMOVED":
        return moved(shown)
    shut = name.startswith("SQLITE_CANTOPEN") and path.parent.is_dir()
    if name.startswith("SQLITE_READONLY") or (shut and not os.access(path.parent, os.W_OK)):
        return f"{shown} cannot be written: the file or its folder is read-only."
    if name == "SQLITE_NOTADB":
        return no_database(path, shown)
    if name.startswith("SQLITE_CORRUPT"):
        return damaged(shown, str(error))
    if name.startswith("SQLITE_CANTOPEN"):
        return (
            f"{shown} cannot be opened: the system denies access to the file, or the folder of "
            "the file is gone."
        )
    return f"{shown} cannot be used: {error}."


def damaged(shown: str, why: str) -> str:
    """Return the sentence for a file whose content is not whole."""
    return (
        f"{shown} is damaged ({why}). To copy the readable part into a new store, run: "
        f"{_recover(shown)}"
    )


def no_database(path: Path, shown: str) -> str:
    """Return the sentence for a file that does not begin as a database does."""
    words = f"{shown} is not a store of initlab: it is not an SQLite database."
    with contextlib.suppress(OSError):
        if (size := path.stat().st_size) and not size % LEAST_PAGE:
            words += (
                " If it was a store, run this command to copy its readable part into a new store: "
                f"{_recover(shown)}"
            )
    return words


def _recover(shown: str) -> str:
    return f"initlab study recover NEW.db --store {shlex.quote(shown)}"


def moved(shown: str) -> str:
    """Return the sentence for a file that is gone while it was open."""
    return f"{shown} was deleted or replaced while it was in use."


def network_system(path: Path, mounts: str | None = None) -> str | None:
    """Return the name of the network file system that a path is on; None if it is on none.

    Args:
        path: absolute.
        mounts: the system's table of mounts; read from /proc if None.
    """
    if mounts is None:
        try:
            with open("/proc/self/mounts", encoding="utf-8") as file:  # noqa: PTH123 - no real file
                mounts = file.read()
        except OSError:
            return None
    best, kind = "", ""
    for line in mounts.splitlines():
        _, place, found, *_ = line.split(" ")
        place = place.replace("\\040", " ")
        inside = path == Path(place) or Path(place) in path.parents
        if inside and len(place) >= len(best):
            best, kind = place, found
    return kind if kind in NETWORK else None


def _is_full(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return shutil.disk_usage(path.parent).free < LITTLE
    return False


def identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another of the same name; None where it is not there."""
    try:
        found = os.stat(path)  # noqa: PTH116 - once per cell
    except OSError:
        return None
    return found.st_dev, found.st_ino
