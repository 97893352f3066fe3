"""A function that fills a folder, and a target -> the target filled, or left as it was.

Everything is made in a temporary folder on the same file system and moved in by rename, so a
failure or Ctrl-C at any point leaves the old report or the new one, never half of each. What a
process leaves that is killed outright, :mod:`initlab.report.recovery` completes or undoes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection
from pathlib import Path

from initlab.errors import StorageError
from initlab.report.stage import Stage, make_stage

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
    stage: Stage | None = None
    try:
        stage = make_stage(target.parent, target)
        stage.making.mkdir()
        fill(stage.making)
        if target.exists():
            shutil.copymode(target, stage.making)
        stage.making.rename(stage.new)  # from here on a killed replacement is completed
        if target.exists():
            target.rename(stage.old)
        stage.new.rename(target)
    except BaseException:
        if stage is not None:
            _put_back(stage, target)
            stage.discard()
        _remove_empty(made)
        raise
    stage.discard()


def _put_back(stage: Stage, target: Path) -> None:
    if not stage.old.exists() or target.exists():
        return
    try:
        stage.old.rename(target)
    except OSError as error:
        shutil.rmtree(stage.new, ignore_errors=True)  # what is recovered later is the old report
        stage.close()
        raise StorageError(
            f"{target} could not be replaced nor put back; the old report is in {stage.old}."
        ) from error


def _exchange(target: Path, fill: Fill, own: Collection[str]) -> None:
    stage = make_stage(target, target)
    try:
        stage.making.mkdir()
        stage.old.mkdir()
        fill(stage.making)
        stage.making.rename(stage.new)
        _move_in(target, stage, own)
    except BaseException:
        if stage.old.is_dir() and any(stage.old.iterdir()):  # putting back failed: keep the files
            stage.close()
        else:
            stage.discard()
        raise
    stage.discard()


def _move_in(target: Path, stage: Stage, own: Collection[str]) -> None:
    """Move our old files out of the target, stale ones too, and the new ones in."""
    fresh = [path.name for path in stage.new.iterdir()]
    try:
        for name in own:
            if os.path.lexists(target / name):
                (target / name).rename(stage.old / name)
        stage.new.rename(stage.moving)  # all are out: a killed replacement is now completed
        for name in fresh:
            (stage.moving / name).rename(target / name)
    except BaseException:
        _undo(target, stage, fresh)
        raise


def _undo(target: Path, stage: Stage, fresh: Collection[str]) -> None:
    """Take the new files out again and put the old ones back, judging by what lies where."""
    if stage.moving.exists():
        for name in fresh:
            if not (stage.moving / name).exists():
                (target / name).rename(stage.moving / name)
        stage.moving.rename(stage.new)  # all are out: killed from here on, the old ones come back
    for path in stage.old.iterdir():
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
