"""A function that fills a folder, and a target -> the target filled, or left as it was.

Everything is made in a temporary folder on the same file system and moved in by rename, so a
failure or Ctrl-C at any point leaves the old report or the new one, never half of each. Only a
process killed outright between two renames leaves the old one in a hidden folder beside the target.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

from initlab.errors import StorageError

Fill = Callable[[Path], None]
"""Writes files (no folders) into the empty folder it is given."""


def replace_folder(target: Path, fill: Fill, own: Collection[str]) -> None:
    """Fill the target: as a whole where it holds nothing else, else file by file among the others.

    Args:
        target: absolute path of a folder, which may be missing.
        fill: writes the new files; none of their names outside ``own``.
        own: names that are ours to replace; all others in the target are left alone.
    """
    if _can_swap(target, own):
        _swap(target, fill)
    else:
        _exchange(target, fill, own)


def _can_swap(target: Path, own: Collection[str]) -> bool:
    """Whether the folder may be renamed away: all in it is ours, and nobody stands in it."""
    if not target.exists():
        return True
    with os.scandir(target) as entries:
        if any(e.name not in own or not e.is_file(follow_symlinks=False) for e in entries):
            return False
    try:
        occupied = Path.cwd().resolve().is_relative_to(target) or target == Path.home()
    except (OSError, RuntimeError):  # the current folder is gone, or there is no home
        occupied = False
    return not (occupied or target.is_mount()) and os.access(target.parent, os.W_OK | os.X_OK)


def _swap(target: Path, fill: Fill) -> None:
    made = _make_parents(target.parent)
    stage: Path | None = None
    try:
        stage = Path(tempfile.mkdtemp(prefix=f".{target.name[:60]}-", dir=target.parent))
        new, old = stage / "new", stage / "old"
        new.mkdir()
        fill(new)
        if target.exists():
            shutil.copymode(target, new)
            target.rename(old)
        new.rename(target)
    except BaseException:
        if stage is not None:
            _put_back(stage / "old", target)
            shutil.rmtree(stage, ignore_errors=True)
        _remove_empty(made)
        raise
    shutil.rmtree(stage, ignore_errors=True)


def _put_back(old: Path, target: Path) -> None:
    if not old.exists() or target.exists():
        return
    try:
        old.rename(target)
    except OSError as error:
        raise StorageError(
            f"{target} could not be replaced nor put back; the old report is in {old}."
        ) from error


def _exchange(target: Path, fill: Fill, own: Collection[str]) -> None:
    stage = Path(tempfile.mkdtemp(prefix=".initlab-", dir=target))
    new, old = stage / "new", stage / "old"
    try:
        new.mkdir()
        old.mkdir()
        fill(new)
        _move_in(target, new, old, own)
    except BaseException:
        if not old.is_dir() or not any(old.iterdir()):  # else putting back failed: keep the files
            shutil.rmtree(stage, ignore_errors=True)
        raise
    shutil.rmtree(stage, ignore_errors=True)


def _move_in(target: Path, new: Path, old: Path, own: Collection[str]) -> None:
    """Move our old files out of the target, stale ones too, and the new ones in."""
    fresh = [path.name for path in new.iterdir()]
    try:
        for name in own:
            if os.path.lexists(target / name):
                (target / name).rename(old / name)
        for name in fresh:
            (new / name).rename(target / name)
    except BaseException:
        _undo(target, new, old, fresh)
        raise


def _undo(target: Path, new: Path, old: Path, fresh: Collection[str]) -> None:
    """Take the new files out again and put the old ones back, judging by what lies where."""
    for name in fresh:
        if not (new / name).exists() and not os.path.lexists(old / name):
            (target / name).unlink(missing_ok=True)
    for path in old.iterdir():
        path.replace(target / path.name)


def _make_parents(folder: Path) -> list[Path]:
    """Make a folder and its missing parents; return those made, deepest first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _remove_empty(folders: Collection[Path]) -> None:
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return
