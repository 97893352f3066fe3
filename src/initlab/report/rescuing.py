"""Text of a study whose report cannot be written -> a file with it, wherever there is room."""

from __future__ import annotations

import contextlib
import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from initlab.errors import StorageError
from initlab.files import cause, shown_path, write_atomically
from initlab.report.destination import ARRAYS_FILE, STUDY_FILE, unfinished_folder


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
    raise StorageError(f"The study could not be saved anywhere: {'; '.join(reasons)}.")


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
