"""Exception from a user's code -> the line of theirs that raised it, in words."""

from __future__ import annotations

import importlib.util
import linecache
import traceback
from pathlib import Path

NOT_THEIRS = ("initlab", "torch", "importlib", "numpy")


def own_line(error: BaseException) -> str:
    """Return " at net.py, line 12, `x = self.fc1(x)`" of the deepest line that is theirs, or ""."""
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if not _belongs_elsewhere(frame.filename)]
    if not theirs:
        return ""
    # a library that they call is named only where no line of their own is
    frame = ([one for one in theirs if "site-packages" not in one.filename] or theirs)[-1]
    code = linecache.getline(frame.filename, frame.lineno or 0).strip()
    shown = f", `{code}`" if code else ""
    return f" at {Path(frame.filename).name}, line {frame.lineno}{shown}"


def _belongs_elsewhere(filename: str) -> bool:
    return filename.startswith("<frozen") or any(
        filename.startswith(folder) for folder in _folders()
    )


def _folders() -> list[str]:
    specs = [importlib.util.find_spec(name) for name in NOT_THEIRS]
    return [str(Path(spec.origin).parent) for spec in specs if spec is not None and spec.origin]
