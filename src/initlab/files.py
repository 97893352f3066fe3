"""Path and bytes -> a file that holds all of them; on a failure the old one, or none; and back."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from initlab.errors import DataError, InitlabError, StorageError
from initlab.validation import local_file

AnyPath = str | os.PathLike[str]
CACHE_VARIABLE = "INITLAB_CACHE_DIR"


def local_path(argument: str, value: AnyPath) -> Path:
    """Return a path with ``~`` filled in; an address is refused, for nothing is fetched by it.

    Args:
        argument: what the user calls it.
        value: the path.
    """
    return local_file(argument, value, expected="a local path", kind=StorageError)


def cache_folder(name: str) -> Path:
    """Return a folder in ``$INITLAB_CACHE_DIR``, or in initlab's part of the user's cache folder.

    Raises:
        StorageError: the variable names no local path.
    """
    if chosen := os.environ.get(CACHE_VARIABLE):
        return local_path(CACHE_VARIABLE, chosen) / name
    import platformdirs  # late: most commands keep nothing

    return Path(platformdirs.user_cache_dir("initlab")) / name


def json_text(record: dict[str, Any]) -> str:
    """Return JSON with a line for each item of its lists, so that it can be read.

    The record is emptied: its values are large, and gone before the text is joined.
    """
    lines = []
    for key in [*record]:
        value = record.pop(key)
        if isinstance(value, list | tuple) and value:
            rows = ",\n  ".join(_dumps(item) for item in value)
            lines.append(f"{_dumps(key)}: [\n  {rows}\n]")
        else:
            lines.append(f"{_dumps(key)}: {_dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _dumps(value: Any) -> str:
    return json.dumps(value, allow_nan=False)


def write_atomically(path: str | os.PathLike[str], content: bytes, *, durable: bool) -> None:
    """Write a file as a whole: its name never stands for a part of the content.

    Args:
        path: the file; its folder must exist. A link is replaced, not followed.
        content: all of it.
        durable: wait until the disk has it, so that it survives a power failure; for results.

    Raises:
        StorageError: the folder is missing, the path is a folder, a device or a pipe, or it
            cannot be written.
    """
    target = Path(path)
    # a short name of its own: it fits where the target's name fits, and two writers do not meet
    temporary = target.parent / f".initlab-{secrets.token_hex(8)}.tmp"
    try:
        _check_target(target)
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
    except StorageError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise _unwritable(target, cause(error)) from error
    if durable:
        _sync_folder(target.parent)


def check_target(path: str | os.PathLike[str]) -> None:
    """Refuse a file that :func:`write_atomically` could not write: before the work, not after.

    Raises:
        StorageError: the folder is missing or cannot be written, or the path is no regular file.
    """
    target = Path(path)
    try:
        _check_target(target)
    except StorageError:  # an OSError too, and whole
        raise
    except (OSError, ValueError) as error:
        raise _unwritable(target, cause(error)) from error
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise _unwritable(
            target, f"no permission to write in the folder {shown_path(target.parent)}"
        )


def _check_target(target: Path) -> None:
    if not target.parent.is_dir():
        raise _unwritable(target, f"there is no folder {shown_path(target.parent)}")
    if target.is_dir():
        raise _unwritable(target, "it is a folder")
    if target.exists() and not target.is_file():
        # /dev/null, a pipe: the rename would put a file in its place, for the whole machine
        raise _unwritable(target, "it is not a regular file")


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


def read_regular(path: Path, *, most: int) -> bytes:
    """Return the content of a file of at most ``most`` bytes."""
    with open_regular(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise DataError(
            f"{shown_path(path)} is larger than {most // 10**6:,} MB, too large to be read."
        )
    return content


def _opened(path: Path) -> BinaryIO:
    try:
        if path.is_dir():
            raise StorageError(f"{shown_path(path)} is a folder, not a file.")
        if path.exists() and not path.is_file():
            raise StorageError(f"{shown_path(path)} is not a regular file.")
        return path.open("rb")
    except InitlabError:
        raise
    except FileNotFoundError:
        raise StorageError(f"{shown_path(path)} does not exist.") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> StorageError:
    return StorageError(f"{shown_path(path)} cannot be read: {cause(error)}.")


def cause(error: Exception) -> str:
    """Return why the system refused, as the end of a sentence."""
    return (getattr(error, "strerror", None) or str(error)).lower()


def shown_path(path: str | os.PathLike[str]) -> str:
    """Spell a path so that it prints everywhere, even where its name is not UTF-8."""
    text = os.fspath(path).encode("utf-8", "backslashreplace").decode("utf-8")
    return text.replace("\x00", "\\x00")


def _unwritable(target: Path, why: str) -> StorageError:
    return StorageError(f"{shown_path(target)} cannot be written: {why}.")


def lock_file(file: BinaryIO, *, wait: bool) -> None:
    """Lock a file for as long as it is open; the system frees it with the process.

    Args:
        file: open; another opening of it is another holder, in the same process too.
        wait: until no other holder has it.

    Raises:
        BlockingIOError, PermissionError: another has it; PermissionError on Windows.
        OSError: it cannot be locked, as on some network drives.
    """
    if sys.platform == "win32":
        import msvcrt

        place = file.tell()
        file.seek(1000)  # a locked byte cannot be read: take one that is never written
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        file.seek(place)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power failure."""
    # the file is in place already; Windows and some network drives cannot sync a folder
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
