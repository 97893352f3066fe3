"""Exception from a user's code -> the line of theirs that raised it, in words and in an error."""

from __future__ import annotations

import importlib.util
import linecache
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from initlab.errors import DataError, unusable

NOT_THEIRS = ("initlab", "torch", "importlib", "numpy")


def user_line(error: BaseException) -> str:
    """Return " at net.py, line 12, `x = self.fc1(x)`" of the deepest line that is theirs, or ""."""
    frames = traceback.extract_tb(error.__traceback__)
    specs = map(importlib.util.find_spec, NOT_THEIRS)
    folders = [str(Path(spec.origin).parent) for spec in specs if spec and spec.origin]
    theirs = [one for one in frames if not one.filename.startswith(("<frozen", *folders))]
    if not theirs:
        return ""
    # a library that they call is named only where no line of their own is
    frame = ([one for one in theirs if "site-packages" not in one.filename] or theirs)[-1]
    code = linecache.getline(frame.filename, frame.lineno or 0).strip()
    shown = f", `{code}`" if code else ""
    return f" at {Path(frame.filename).name}, line {frame.lineno}{shown}"


def in_brief(error: Exception, most: int = 120) -> str:
    """Return "ValueError: and its first line"; of a long line as many characters."""
    return f"{type(error).__name__}: {first_line(error)[:most]}"


def first_line(error: Exception) -> str:
    """Return the first line of an error's message."""
    return (str(error).splitlines() or [""])[0]


def failure(
    argument: str, what: str, error: Exception, *, then: str = "", hint: str = "",
    value: Any = None, named: bool = False,
) -> DataError:  # fmt: skip
    """Return the error that says what failed, at which line of theirs, then more, and how.

    With ``named`` the argument's name stands first, as in all that is wrong with data.
    """
    words = f"{what}{user_line(error)}{then}: {type(error).__name__}: {error}"
    if hint:
        words = f"{words.rstrip(' .:')}. {hint}"
    if named:
        return unusable(words, argument, value)
    return DataError(words, argument=argument, value=value)


@contextmanager
def user_code(argument: str, what: str, *, then: str = "", named: bool = False) -> Iterator[None]:
    """Turn whatever a user's code raises into a :func:`failure`."""
    try:
        yield
    except Exception as error:
        raise failure(argument, what, error, then=then, named=named) from error
