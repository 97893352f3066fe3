"""A file that keeps the cells of studies: written as they are done, trained once.

It needs the extra ``initlab[store]``, which is loaded when a store is opened.
"""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING

from initlab.errors import InitlabError

if TYPE_CHECKING:
    from initlab.study.store.store import Store as Store
    from initlab.study.store.stored_study import Failure as Failure
    from initlab.study.store.stored_study import StoredStudy as StoredStudy
    from initlab.study.store.writer import StudyWriter as StudyWriter


HEADER = b"SQLite format 3\x00"


def open_store(
    path: str | os.PathLike[str],
    *,
    create: bool = True,
    read_only: bool = False,
    keep_parameters: bool = False,
) -> Store:
    """Open a file of studies.

    :func:`initlab.compare` with this store keeps every finished run in it, and trains only runs
    that it does not hold, whichever study they were trained for.

    Args:
        path: path of an SQLite file on a disk of this computer.
        create: whether the file is created if it does not exist.
        read_only: whether the file is only read.
        keep_parameters: whether the trained parameters of networks of any size are kept;
            otherwise only those of networks up to 64 KiB.

    Returns:
        The store. As a context manager, it is closed at the end of the block.

    Raises:
        InitlabError: SQLAlchemy or Alembic is not installed.
        StorageError: the file cannot be used; the message says why.
        StudyError: a newer initlab wrote the file.

    Warns:
        UpgradeWarning: an older initlab wrote the file. It was upgraded, and the message names
            the copy that was made before.

    Example:
        >>> import initlab
        >>> with initlab.open_store(path) as store:  # doctest: +SKIP
        ...     initlab.compare("circles", seeds=50, store=store)
    """
    require()
    from initlab.study.store.store import Store

    return Store(path, create=create, read_only=read_only, parameters=keep_parameters)


def is_store(path: str | os.PathLike[str]) -> bool:
    """Whether a file is a database, whatever its name."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - any kind of path
            return file.read(len(HEADER)) == HEADER
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return False


def require() -> None:
    """Refuse where the extra is not installed.

    Raises:
        InitlabError: SQLAlchemy or Alembic is missing; how to install them is said.
    """
    if missing := _missing():
        raise InitlabError(
            f"A store needs {missing}, which is not installed. Install it with: "
            "pip install 'initlab[store]'."
        )


def installed() -> bool:
    """Whether a store can be opened."""
    return not _missing()


def _missing() -> str:
    names = (name for name in ("sqlalchemy", "alembic") if importlib.util.find_spec(name) is None)
    return next(names, "")
