"""A function that fills a folder, and a target -> the target filled, or left as it was.

Everything is made in a hidden folder inside the target, its stage, and moved in by rename, so a
failure or Ctrl-C at any point leaves the old report or the new one, never half of each. A process
that is killed outright leaves its stage behind, for :func:`recover_folder`. The lock in it, which
the system frees with the process, tells such a stage from one that is in use. In a stage are

- ``making``: the new files, not all of them yet;
- ``old``: what was in the target;
- ``moving``: the new files that are not in the target yet.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from initlab.errors import StorageError
from initlab.files import cause, lock_file, shown_path

STUDY_FILE = "study.json"
MARK = ".initlab-"  # begins the name of every stage
LOCK = "stage.json"
CLAIM = b'{"target": "."}\n'  # in the lock file of a stage that is, or was, in use

Fill = Callable[[Path], object]
"""Writes files (no folders) into the empty folder it is given."""


def replace_folder(target: Path, fill: Fill, own: Collection[str]) -> None:
    """Fill the target in place of our files in it, file by file among all others.

    Args:
        target: absolute path of a folder, which may be missing.
        fill: writes the new files; none of their names outside ``own``.
        own: names that are ours to replace; all others in the target are left alone.

    Raises:
        StorageError: that failed, and the old files cannot be put back; they are still there.
    """
    made = [folder for folder in (target, *target.parents) if not folder.exists()]
    try:
        target.mkdir(parents=True, exist_ok=True)
        with _new_stage(target) as stage:
            fill(stage / "making")
            _move_in(target, stage, own)
    except BaseException:
        with contextlib.suppress(OSError):
            for folder in made:
                folder.rmdir()
        raise


def recover_folder(folder: str | os.PathLike[str]) -> None:
    """Complete or undo a replacement of this folder whose process was killed; else do nothing.

    Call it before a report is written or read. Afterwards the folder holds the old report or the
    new one: the new one where all of it was made and the old one was on its way out. Where the
    process was killed while it drew the figures of a first report, the folder holds its study.json.

    Raises:
        StorageError: files of the folder cannot be brought back.
    """
    try:
        target = Path(folder).expanduser().resolve()
        stages = _abandoned(target)
    except (OSError, ValueError, RuntimeError):  # whoever opens the folder will say why
        return
    for stage, lock in stages:
        try:
            _settle(target, stage)
            _discard(stage, lock)
        except OSError as error:
            raise StorageError(
                "An earlier run of initlab was killed while it replaced the report in "
                f"{shown_path(target)}. Files of the report are still in {shown_path(stage)} "
                f"and cannot be moved back: {cause(error)}."
            ) from error
        finally:
            lock.close()


def _move_in(target: Path, stage: Path, own: Collection[str]) -> None:
    """Move our old files out of the target, stale ones too, and the new ones in."""
    fresh = [path.name for path in (stage / "making").iterdir()]
    try:
        for name in own:
            if os.path.lexists(target / name):
                (target / name).rename(stage / "old" / name)
        (stage / "making").rename(stage / "moving")  # all are out: from now on it is completed
        for name in fresh:
            (stage / "moving" / name).rename(target / name)
    except BaseException as stop:
        try:
            _undo(target, stage, fresh)
        except OSError:
            raise StorageError(
                f"The report in {target} could not be replaced, and some files of the old report "
                f"could not be put back. The missing files are in {stage / 'old'}."
            ) from stop
        raise


def _undo(target: Path, stage: Path, fresh: Collection[str]) -> None:
    """Take the new files out again and put the old ones back, judging by what lies where."""
    moving = stage / "moving"
    if moving.exists():
        for name in fresh:
            if not (moving / name).exists():
                (target / name).rename(moving / name)
        moving.rename(stage / "making")  # all are out: killed from here on, the old ones come back
    _move_all(stage / "old", target)


def _settle(target: Path, stage: Path) -> None:
    """Move the new files in if all old ones are out, else put the old ones back."""
    moving = stage / "moving"
    _move_all(moving if moving.exists() else stage / "old", target)
    study = stage / "making" / STUDY_FILE  # it is written first, and whole
    if study.exists() and not (target / STUDY_FILE).exists():
        study.rename(target / STUDY_FILE)


def _move_all(source: Path, target: Path) -> None:
    if source.exists():
        for path in source.iterdir():
            path.replace(target / path.name)


@contextlib.contextmanager
def _new_stage(target: Path) -> Iterator[Path]:
    """Make a stage and lock it; remove it at the end, unless old files are left in it."""
    stage = Path(tempfile.mkdtemp(prefix=MARK, dir=target))
    lock: BinaryIO | None = None
    try:
        lock = (stage / LOCK).open("xb", buffering=0)
        # where nothing can be locked, on some network drives, nothing is recovered either
        _lock(lock, wait=True)
        # after the lock: an empty file is nobody's, so none takes it from us in between
        lock.write(CLAIM)
        for name in ("making", "old"):
            (stage / name).mkdir()
        yield stage
    except BaseException:
        if not (stage / "old").exists() or not any((stage / "old").iterdir()):
            _discard(stage, lock)
        raise
    else:
        _discard(stage, lock)
    finally:
        if lock is not None:
            lock.close()


def _abandoned(target: Path) -> list[tuple[Path, BinaryIO]]:
    """Return the stages in the target whose processes are gone, locked for us.

    While any process is at work on the target there are none: what it does is not ours to judge.
    """
    found: list[tuple[Path, BinaryIO]] = []
    for stage in sorted(target.glob(f"{MARK}*")):
        try:
            lock = (stage / LOCK).open("r+b", buffering=0)
        except OSError:  # not a stage, somebody else's, or removed meanwhile
            continue
        if stage.is_symlink() or lock.read(len(CLAIM) + 1) != CLAIM:
            lock.close()
        elif _lock(lock, wait=False):
            found.append((stage, lock))
        else:
            for _, other in [*found, (stage, lock)]:
                other.close()
            return []
    return found


def _discard(stage: Path, lock: BinaryIO | None) -> None:
    """Remove a stage with all in it, such that a kill on the way leaves no wrong trace."""
    # old before moving: alone, it would be taken for what has to be put back
    for name in ("old", "making", "moving"):
        shutil.rmtree(stage / name, ignore_errors=True)
    if lock is not None and sys.platform == "win32":  # there an open file cannot be removed
        lock.close()
    with contextlib.suppress(OSError):
        (stage / LOCK).unlink(missing_ok=True)
        stage.rmdir()


def _lock(file: BinaryIO, *, wait: bool) -> bool:
    """Lock a file; return whether that worked."""
    try:
        lock_file(file, wait=wait)
    except OSError:
        return False
    return True
