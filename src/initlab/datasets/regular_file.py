"""Path from a user -> an open regular file, or one sentence why there is none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from initlab.errors import DataError, InitlabError, StorageError
from initlab.validation import local_file

AnyPath = str | os.PathLike[str]


def local_path(argument: str, value: AnyPath) -> Path:
    """Return a path with ``~`` filled in; an address is refused, for nothing is fetched by it.

    Args:
        argument: what the user calls it.
        value: the path.
    """
    return local_file(argument, value, expected="a local path", kind=StorageError)


def shown(path: AnyPath) -> str:
    """Spell a path so that it prints everywhere, even where its name is not UTF-8."""
    return os.fspath(path).encode("utf-8", "backslashreplace").decode("utf-8")


@contextmanager
def open_regular(path: Path) -> Iterator[BinaryIO]:
    """Open a file to read; folders, pipes and devices are refused before they can block.

    Raises:
        StorageError: it is not there, not a regular file, or may not be read.
    """
    with _opened(path) as file:
        try:
            yield file
        except InitlabError:
            raise
        except OSError as error:
            raise _unreadable(path, error) from error


def _opened(path: Path) -> BinaryIO:
    try:
        if path.is_dir():
            raise StorageError(f"{shown(path)} is a folder; a file is wanted.")
        if path.exists() and not path.is_file():
            raise StorageError(f"{shown(path)} is not a regular file.")
        return path.open("rb")
    except InitlabError:
        raise
    except FileNotFoundError:
        raise StorageError(f"{shown(path)} is not there.") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> StorageError:
    cause = str(error) if not isinstance(error, OSError) else error.strerror or str(error)
    return StorageError(f"{shown(path)} cannot be read: {cause.lower()}.")


def read_regular(path: Path, *, most: int) -> bytes:
    """Return the content of a file of at most ``most`` bytes."""
    with open_regular(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise DataError(f"{shown(path)} is over {most // 10**6:,} MB; no larger file is read.")
    return content
