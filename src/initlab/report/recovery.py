"""Target folder -> the same, once what a killed process left half done is completed or undone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from initlab.errors import StorageError
from initlab.files import cause, shown_path
from initlab.report.stage import Stage, abandoned_stages

STUDY_FILE = "study.json"


def recover_folder(folder: str | os.PathLike[str]) -> None:
    """Complete or undo a replacement of this folder whose process was killed; else do nothing.

    Call it before a report is written or read. Afterwards the folder holds the old report or the
    new one: the new one where all of it was made and the old one was on its way out. Where the
    process was killed while it drew the figures of a first report, the folder holds its study.json.

    Raises:
        StorageError: the folder is missing because of that, and cannot be brought back.
    """
    try:
        target = Path(folder).expanduser().resolve()
    except (OSError, ValueError, RuntimeError):  # whoever opens the folder will say why
        return
    beside = _abandoned(target.parent, target) if target.name else []
    # the one that took the old report away comes first: it alone can fill a missing folder
    for stage in sorted(beside, key=lambda stage: stage.old.exists(), reverse=True):
        _settle(stage, target, _complete_swap)
    for stage in _abandoned(target, target):
        _settle(stage, target, _complete_exchange)


def _abandoned(folder: Path, target: Path) -> list[Stage]:
    try:
        return abandoned_stages(folder, target)
    except OSError:  # it is missing, no folder, or closed to us
        return []


def _settle(stage: Stage, target: Path, complete: Callable[[Stage, Path], bool]) -> None:
    try:
        if complete(stage, target):
            stage.discard()
    except OSError as error:
        raise StorageError(
            f"{shown_path(target)} was being replaced when its process was killed, and cannot be "
            f"brought back from {shown_path(stage.path)}: {cause(error)}."
        ) from error
    finally:
        stage.close()


def _complete_swap(stage: Stage, target: Path) -> bool:
    """Move a report in where there is none; return whether the stage is of no more use."""
    if _is_taken(target):
        # both there: the target was renamed away, and another one has been made since
        return not (stage.old.exists() and stage.new.exists())
    _leave_the_study(stage.making)
    for report in (stage.new, stage.old, stage.making):
        if report.exists():
            if target.exists():
                target.rmdir()
            report.rename(target)
            break
    return True


def _is_taken(target: Path) -> bool:
    # an empty folder is none: a script that makes it before each run must not lose the report
    return os.path.lexists(target) and (not target.is_dir() or any(target.iterdir()))


def _leave_the_study(making: Path) -> None:
    """Of a report that is not whole, keep the study alone; it is written first, and whole."""
    if not (making / STUDY_FILE).is_file():
        shutil.rmtree(making, ignore_errors=True)
        return
    for path in making.iterdir():
        if path.name != STUDY_FILE:
            path.unlink()


def _complete_exchange(stage: Stage, target: Path) -> bool:
    """Move the new files in if all old ones are out, else put the old ones back."""
    source = stage.moving if stage.moving.exists() else stage.old
    if source.exists():
        for path in source.iterdir():
            path.replace(target / path.name)
    return True
