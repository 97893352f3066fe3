"""Path or text from a user -> a path on this machine, or one sentence why it is none."""

from __future__ import annotations

import os
from pathlib import Path

from initlab.errors import StorageError
from initlab.validation import local_file

AnyPath = str | os.PathLike[str]


def local_path(argument: str, value: AnyPath) -> Path:
    """Return a path with ``~`` filled in; an address is refused, for nothing is fetched by it.

    Args:
        argument: what the user calls it.
        value: the path.
    """
    return local_file(argument, value, expected="a local path", kind=StorageError)
