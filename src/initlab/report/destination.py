"""Name of a folder -> the folder a report may be written to, or a refusal that names the reason.

Called before training as well as before writing: a refusal after the work would cost the work.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from initlab.errors import StorageError
from initlab.report.pictures import FIGURES
from initlab.report.recovery import STUDY_FILE as STUDY_FILE
from initlab.report.recovery import recover_folder

PAGE_FILE = "index.html"
TABLE_FILES = ("cells.csv", "curves.csv", "summary.csv", "differences.csv")
REPORT_FILES = (
    PAGE_FILE,
    STUDY_FILE,
    *TABLE_FILES,
    *(f"{name}.{ending}" for name in FIGURES for ending in ("png", "svg")),
)
STUDY_KEYS = frozenset({"schema", "study", "cells"})


def check_folder(folder: str | os.PathLike[str], *, force: bool = False) -> Path:
    """Return the absolute path of a folder that a report may be written to.

    Nothing changes, except that what a killed process left there half done is completed or undone.
    Missing, empty, or with a study of ours: fine. Any other folder needs ``force``, and keeps every
    file that is not one of :data:`REPORT_FILES`.

    Raises:
        StorageError: a file or broken link is in the way, the folder holds something else, or it
            cannot be written.
    """
    recover_folder(folder)
    target = _absolute(folder)
    try:
        if target.exists():
            _check_existing(target, folder, force=force)
        else:
            _check_parents(target, folder)
    except OSError as error:
        if isinstance(error, StorageError):
            raise
        raise unwritable(folder, error) from error
    return target


def unwritable(folder: str | os.PathLike[str], error: Exception) -> StorageError:
    """Build the one sentence for a folder the system refuses."""
    cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return _refusal(folder, f"The report cannot be written to {_name(folder)}: {cause.lower()}.")


def holds_study(folder: Path) -> bool:
    """Whether the folder has a study.json that initlab wrote, of whatever version."""
    file = folder / STUDY_FILE
    try:
        if not file.is_file():
            return False
        content = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, Mapping) and content.keys() >= STUDY_KEYS


def _absolute(folder: str | os.PathLike[str]) -> Path:
    if not os.fspath(folder):
        raise _refusal(folder, "The report's folder must have a name; got an empty one.")
    try:
        path = Path(folder).expanduser()
        if path.is_symlink() and not path.exists():
            raise _refusal(folder, f"{_name(folder)} is a link to nothing; name a folder.")
        return path.resolve()
    except StorageError:
        raise
    except (OSError, ValueError, RuntimeError) as error:  # a NUL, a loop of links, no such ~user
        raise unwritable(folder, error) from error


def _check_existing(
    target: Path, folder: str | os.PathLike[str], *, force: bool
) -> None:  # fmt: skip
    if not target.is_dir():
        raise _refusal(folder, f"{_name(folder)} is a file; name a folder for the report.")
    names = set(os.listdir(target))  # noqa: PTH208 - names, not paths
    if names and not force and not holds_study(target):
        raise _refusal(
            folder,
            f"{_name(folder)} is not empty and holds no study of initlab's; name another folder, "
            "or force it: the report's files are then put among the others.",
        )
    for name in REPORT_FILES:
        if name in names and (target / name).is_dir():
            raise _refusal(folder, f"{_name(folder)} has a folder named {name}, a report's file.")
    if not os.access(target, os.W_OK | os.X_OK):
        raise _refusal(folder, f"{_name(folder)} cannot be written: permission denied.")


def _check_parents(target: Path, folder: str | os.PathLike[str]) -> None:
    nearest = next(parent for parent in target.parents if parent.exists())
    if not nearest.is_dir():
        raise _refusal(folder, f"{_name(folder)} cannot be made: {nearest} is a file.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise _refusal(folder, f"{_name(folder)} cannot be made: {nearest} cannot be written.")


def _name(folder: str | os.PathLike[str]) -> str:
    return ascii(os.fspath(folder))[1:-1] if "\x00" in str(folder) else os.fspath(str(folder))


def _refusal(folder: str | os.PathLike[str], message: str) -> StorageError:
    return StorageError(message, argument="folder", value=str(folder))
