"""Name of a folder -> the folder a report may be written to, or why not.

Called before training as well as before writing: an error after the work would cost the work.
Where the report cannot be written all the same, the study alone goes to where there is room.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from initlab.errors import StorageError
from initlab.files import cause, shown_path, write_atomically
from initlab.records import CANCELLED
from initlab.report.pictures import FIGURES
from initlab.report.replacement import MARK, recover_folder
from initlab.report.replacement import STUDY_FILE as STUDY_FILE

PAGE_FILE = "index.html"
ARRAYS_FILE = "study.npz"
TABLE_FILES = ("cells.csv", "curves.csv", "summary.csv", "differences.csv")
REPORT_FILES = (
    PAGE_FILE,
    STUDY_FILE,
    ARRAYS_FILE,
    *TABLE_FILES,
    *(f"{name}.{ending}" for name in FIGURES for ending in ("png", "svg")),
)


@dataclass(frozen=True)
class Report:
    """What a folder of one kind of report holds.

    Attributes:
        what: it is of: "study".
        record: name of the JSON file that tells it from other folders.
        keys: that the record has.
        files: names of all its files, which a new report replaces.
    """

    what: str
    record: str
    keys: frozenset[str]
    files: tuple[str, ...]


STUDY = Report("study", STUDY_FILE, frozenset({"schema", "study", "cells"}), REPORT_FILES)


def check_folder(
    folder: str | os.PathLike[str], *, force: bool = False, report: Report = STUDY
) -> Path:
    """Return the absolute path of a folder that a report may be written to.

    Nothing changes, except that what a killed process left there half done is completed or undone.
    Missing, empty, or with a report of ours of this kind: fine. Any other folder needs ``force``,
    and keeps every file that is not one of the report's.

    Raises:
        StorageError: a file or broken link is in the way, the folder holds something else, or it
            cannot be written.
    """
    recover_folder(folder)
    try:
        return _checked(folder, report, force=force)
    except StorageError:
        raise
    except (OSError, ValueError, RuntimeError) as error:  # a NUL, a loop of links, no such ~user
        raise unwritable(folder, error) from error


def unwritable(folder: str | os.PathLike[str], error: Exception) -> StorageError:
    """Build the one sentence for a folder the system refuses."""
    message = f"The report cannot be written to {shown_path(folder)}: {cause(error)}."
    return _folder_error(folder, message)


def report_folder(folder: str | os.PathLike[str], *, finished: bool, force: bool = False) -> Path:
    """Return the absolute path of the folder that a run's report goes to.

    It is the folder itself, except that an unfinished run never replaces a finished study, with
    ``force`` or without: it goes to the folder beside it that :func:`unfinished_folder` names.

    Args:
        folder: the folder that was asked for.
        finished: whether no run of the study was cancelled.
        force: as in :func:`check_folder`.

    Raises:
        StorageError: the folder is refused, or the one beside it.
    """
    target = check_folder(folder, force=force)
    while not finished and holds_finished_study(target):
        target = check_folder(unfinished_folder(target), force=force)
    return target


def unfinished_folder(target: Path) -> Path:
    """Return the folder for an unfinished run whose own folder holds a finished study."""
    return target.parent / f"{target.name}-unfinished"


def holds_finished_study(folder: Path) -> bool:
    """Whether the folder has a study.json of ours in which no run is missing or cancelled.

    With several learning rates, every run at every rate counts, where the file keeps them all. A
    study of a version that spells its runs otherwise counts as finished, so that it is kept.
    """
    stored = _stored(folder, STUDY)
    if stored is None:
        return False
    try:
        study, cells = stored["study"], stored["cells"]
        rates: Sequence[Any] = [None]
        others = stored.get("cells_at_other_rates")  # missing in schema 1
        several = study.get("learning_rates")
        if isinstance(several, list) and several and others is not None:
            rates, cells = several, [*cells, *others]
        wanted = set(itertools.product(study["inits"], study["seeds"], rates))
        done = {
            (one["init"], one["seed"], None if rates == [None] else one["learning_rate"])
            for one in cells
            if one["outcome"] != CANCELLED
        }
    except (AttributeError, KeyError, TypeError):
        return True
    return wanted <= done


def _stored(folder: Path, report: Report) -> Mapping[str, Any] | None:
    file = folder / report.record
    try:
        if not file.is_file():
            return None
        content = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, Mapping) and content.keys() >= report.keys else None


def _checked(folder: str | os.PathLike[str], report: Report, *, force: bool) -> Path:
    if not os.fspath(folder):
        raise _folder_error(folder, "The name of the report's folder must not be empty.")
    name, path = shown_path(folder), Path(folder).expanduser()
    if path.is_symlink() and not path.exists():
        raise _folder_error(folder, f"{name} is a broken link; choose another folder.")
    target = path.resolve()
    if not target.exists():
        nearest = next(parent for parent in target.parents if parent.exists())
        if not nearest.is_dir():
            raise _folder_error(folder, f"{name} cannot be made: {nearest} is a file.")
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise _folder_error(folder, f"{name} cannot be made: {nearest} cannot be written.")
        return target
    if not target.is_dir():
        raise _folder_error(folder, f"{name} is a file; the report needs a folder.")
    names = {path.name for path in target.iterdir() if not path.name.startswith(MARK)}
    if names and not force and _stored(target, report) is None:
        raise _folder_error(
            folder,
            f"{name} is not empty and holds no {report.what} of initlab. Choose another folder, or "
            f"use --force (in Python force=True) to add the files of the report to {name}.",
        )
    for one in report.files:
        if one in names and (target / one).is_dir():
            words = f"{name} holds a folder named {one}, but the report needs a file of that name."
            raise _folder_error(folder, words)
    if not os.access(target, os.W_OK | os.X_OK):
        raise _folder_error(folder, f"{name} cannot be written: permission denied.")
    return target


def _folder_error(folder: str | os.PathLike[str], message: str) -> StorageError:
    return StorageError(message, argument="folder", value=str(folder))


def rescue(
    record_text: str, target: Path, *, arrays: Callable[[], bytes | None] = lambda: None
) -> Path:
    """Write a study's JSON to the first place that takes it; never over another file.

    The places: the folder that :func:`unfinished_folder` names, the current folder, and the
    system's folder for temporary files, in the latter two as NAME-rescued.json.

    Args:
        record_text: all of study.json.
        target: the folder whose report could not be written.
        arrays: returns all of study.npz, for the figures that need it. It is asked once the study
            is safe, and written beside a study.json if there is room.

    Returns:
        The file.

    Raises:
        StorageError: none of the places takes it; the sentence names them with their reasons.
    """
    reasons = []
    for path in _places(target):
        try:
            _write_new(path, record_text.encode("utf-8"))
        except StorageError as error:
            reasons.append(str(error).rstrip("."))
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            reasons.append(f"{shown_path(path)} cannot be written: {cause(error)}")
        else:
            if path.name == STUDY_FILE and (content := arrays()) is not None:
                with contextlib.suppress(StorageError):
                    _write_new(path.with_name(ARRAYS_FILE), content)
            return path
    raise StorageError(f"The study could not be saved anywhere. {'. '.join(reasons)}.")


def _places(target: Path) -> Iterator[Path]:
    yield unfinished_folder(target) / STUDY_FILE
    # shorter than any system's limit, for an impossible name may be why the report failed
    name = target.name.replace("\x00", "")[:50] or "study"
    for find in (Path.cwd, lambda: Path(tempfile.gettempdir())):
        with contextlib.suppress(OSError):  # the current folder is gone; none takes files
            names = (f"{name}-rescued{f'-{k}' if k > 1 else ''}.json" for k in itertools.count(1))
            yield next(path for path in map(find().joinpath, names) if not os.path.lexists(path))


def _write_new(path: Path, content: bytes) -> None:
    if os.path.lexists(path):
        raise StorageError(f"{shown_path(path)} already exists.")
    made = [folder for folder in path.parents if not folder.exists()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content, durable=True)
    except BaseException:
        with contextlib.suppress(OSError):
            for folder in made:
                folder.rmdir()
        raise
