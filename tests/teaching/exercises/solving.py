"""Learners' solutions kept as files -> paths and functions."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

SOLUTIONS = Path(__file__).parent / "solutions"
RIGHT = sorted((SOLUTIONS / "right").glob("*.py"))
CHEATS = sorted((SOLUTIONS / "wrong").glob("cheat_*.py"))
UNUSABLE = ("he__syntax_error", "he__other_name")
MISTAKES = sorted(set((SOLUTIONS / "wrong").glob("*.py")) - set(CHEATS))
USABLE_MISTAKES = [path for path in MISTAKES if path.stem not in UNUSABLE]


def exercise_of(path: Path) -> str:
    """Id of the exercise that a file answers: the first part of its name."""
    return path.stem.removeprefix("cheat_").partition("__")[0]


def function_of(path: Path, name: str):
    """Run a file that is no cheat and return its function, or the only one it defines."""
    space = {"__name__": "solution"}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(path.read_text(encoding="utf-8"), path.name, "exec"), space)
    defined = [value for value in space.values() if getattr(value, "__code__", None)]
    return space[name] if name in space else defined[0]


def by_name(path: Path) -> str:
    return path.stem
