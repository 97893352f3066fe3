"""Folder -> a hidden folder in it, where new files wait and old ones are kept; locked while in use.

A process that is killed leaves its stage behind. The lock, which the system frees with the process,
tells such a stage from one that is in use, and the name in it tells whose it is.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

MARK = "initlab-"  # in the name of every stage
LOCK = "stage.json"
LONGEST = 1000  # bytes of a lock file that are read; a file name has at most 255


class Stage:
    """A stage that this process has locked.

    Attributes:
        making: the new files, not all of them yet.
        new: all new files.
        moving: the new files that are not in the target yet.
        old: what was in the target.
    """

    def __init__(self, path: Path, lock: BinaryIO) -> None:
        self.path, self._lock = path, lock
        self.making, self.new = path / "making", path / "new"
        self.moving, self.old = path / "moving", path / "old"

    def discard(self) -> None:
        """Remove the stage with all in it, such that a kill on the way leaves no wrong trace."""
        with contextlib.closing(self), contextlib.suppress(OSError):
            if self.new.exists():
                self.new.rename(self.making)  # half removed, it must not pass for whole
            # old before moving: alone, it would be taken for what has to be put back
            for folder in (self.old, self.making, self.moving):
                shutil.rmtree(folder, ignore_errors=True)
            if sys.platform == "win32":  # there an open file cannot be removed
                self.close()
            (self.path / LOCK).unlink()
            self.path.rmdir()

    def close(self) -> None:
        """Unlock the stage and leave it to whoever recovers the target."""
        self._lock.close()


def make_stage(folder: Path, target: Path) -> Stage:
    """Make a stage in ``folder`` for ``target``, which is the folder or lies in it."""
    name = "" if target == folder else f"{target.name[:40]}-"
    path = Path(tempfile.mkdtemp(prefix=f".{name}{MARK}", dir=folder))
    lock: BinaryIO | None = None
    try:
        lock = (path / LOCK).open("xb", buffering=0)
        # where nothing can be locked, on some network drives, nothing is recovered either
        _lock(lock, wait=True)
        # after the lock: an empty file is nobody's, so none takes it from us in between
        lock.write(_claim(folder, target))
    except BaseException:
        if lock is not None:
            lock.close()
        shutil.rmtree(path, ignore_errors=True)
        raise
    return Stage(path, lock)


def abandoned_stages(folder: Path, target: Path) -> list[Stage]:
    """Return the stages in ``folder`` for ``target`` whose processes are gone, locked for us.

    While any process is at work on the target there are none: what it does is not ours to judge.
    """
    found: list[Stage] = []
    for path in _candidates(folder):
        try:
            lock = (path / LOCK).open("r+b", buffering=0)
        except OSError:  # not a stage, somebody else's, or removed meanwhile
            continue
        found.append(Stage(path, lock))
        if lock.read(LONGEST) != _claim(folder, target):
            found.pop().close()
        elif not _lock(lock, wait=False):
            for stage in found:
                stage.close()
            return []
    return found


def _candidates(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return sorted(
            Path(entry.path) for entry in entries
            if entry.name.startswith(".") and MARK in entry.name
            and entry.is_dir(follow_symlinks=False)
        )  # fmt: skip


def _claim(folder: Path, target: Path) -> bytes:
    # not the whole path: a report may be moved together with the folder it lies in
    name = "." if target == folder else target.name
    return (json.dumps({"target": name}) + "\n").encode()


def _lock(file: BinaryIO, *, wait: bool) -> bool:
    """Lock a file for as long as it is open; return whether that worked."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(LONGEST)  # a locked byte cannot be read: take one that is never written
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            file.seek(0)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True
