"""Runs that write into one store take turns: a lock that the system drops when its holder dies."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from initlab.files import lock_file, shown_path
from initlab.study.store.faults import in_one_sentence

LOOK = 0.2  # seconds between two tries


@contextlib.contextmanager
def turn(path: Path, say: Callable[[str], None], hint: str = "", shown: str = "") -> Iterator[None]:
    """Wait until no other run writes into the store, then keep others waiting.

    Args:
        path: of the store; the lock is a file beside it, which stays there.
        say: called once if another program is waited for.
        hint: one more sentence to say then.
        shown: the store's name as it was given; its path if empty.

    Raises:
        StorageError: the file of the lock cannot be made, or cannot be locked.
    """
    shown = shown or shown_path(path)
    with in_one_sentence(path, shown):
        file = path.with_name(path.name + "-lock").open("a+b")
    with file:
        said = False
        while not _locked(path, shown, file):
            if not said:
                words = f"waiting for another program that writes into {shown}."
                say(f"{words} {hint}".rstrip())
                said = True
            time.sleep(LOOK)
        yield  # closing the file gives the turn to the next


def _locked(path: Path, shown: str, file: BinaryIO) -> bool:
    """Try to lock the file; of two runs in one process one must wait too."""
    with in_one_sentence(path, shown):
        try:
            lock_file(file, wait=False)
        except (BlockingIOError, PermissionError):  # another run has it
            return False
    return True
