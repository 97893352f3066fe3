"""A folder that hostile code filled -> nothing of it left."""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path


def remove_folder(top: Path) -> None:
    """Remove a folder, however deep, unreadable parts included; links are not followed.

    Folders inside a folder are moved to the top first: a path of thousands of names is too long
    for the system, and for a recursion.
    """
    name = secrets.token_hex(16)
    with contextlib.suppress(OSError):
        top.chmod(0o700)
        moved = 0
        while inside := list(top.iterdir()):
            for path in inside:
                if path.is_symlink() or not path.is_dir():
                    path.unlink()
                    continue
                path.chmod(0o700)
                for below in path.iterdir():
                    if below.is_symlink() or not below.is_dir():
                        below.unlink()
                        continue
                    below.chmod(0o700)
                    below.rename(top / f"{name}-{moved}")
                    moved += 1
                path.rmdir()
        top.rmdir()
