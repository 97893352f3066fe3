"""Values, calls and errors -> short words for a message."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from initlab.teaching.exercises.answers import Answer, Failure, Foreign
from initlab.teaching.exercises.sandbox.inside.values import TOO_MUCH

LONGEST = 70  # characters of one value
ARRAY_OF = "array of "  # how the kind of an array begins that holds no numbers


def kind_words(value: Any) -> str:
    """Name what a value is, as a learner would: "a list", "None", "an array of shape (2, 3)"."""
    if value is None:
        return "None"
    if isinstance(value, Foreign):
        kind = printable(value.kind)
        if kind.endswith(TOO_MUCH):
            return f"a {kind}"
        if kind.startswith(ARRAY_OF):
            return f"an array of dtype {kind.removeprefix(ARRAY_OF)}"
        return f"a value of type {kind}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of length {len(value)}"
    names = {bool: "a bool", int: "an integer", float: "a number", str: "a string", dict: "a dict"}
    return names.get(type(value), f"a {type(value).__name__}")


def names_words(names: Iterable[Any]) -> str:
    """List a learner's names, the first few of them."""
    listed = [value[:20] if isinstance(value, str) else value_words(value)[:40] for value in names]
    words = printable(", ".join(listed[:8]))
    return (words + (", ..." if len(listed) > 8 else "")) or "nothing"


def call_words(answer: Answer) -> str:
    """Spell a call as the learner would write it."""
    words = [value_words(one) for one in answer.call.arguments]
    if answer.layer_set:
        words = [f"Linear({', '.join(words)})"]
    if answer.seed_taken:
        words.append(str(answer.call.seed))
    return f"{printable(answer.function[:LONGEST])}({', '.join(words)})"


def value_words(value: Any) -> str:
    """Spell a short value, name a long one."""
    if isinstance(value, Foreign):
        return kind_words(value)
    if isinstance(value, np.ndarray):
        return f"<array {value.shape}>"
    if isinstance(value, dict) and any(isinstance(one, np.ndarray) for one in value.values()):
        return f"<dict of {names_words(value)}>"
    text = printable(repr(value))
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def failure_words(failure: Failure) -> str:
    """Say which error was raised, and where in the learner's code."""
    said = (f"{failure.kind}: {failure.message}" if failure.message else failure.kind)[:300]
    at = f", raised at {failure.where[:100]}" if failure.where else ""
    line = f": {failure.line[:200]}" if failure.where and failure.line else ""
    said = said.removesuffix(".") if at else said  # the sentence goes on
    return printable(f"{said}{at}{line}", lines=True)


def number_words(value: float) -> str:
    """Spell a number with six digits."""
    return f"{value:.6g}"


def apart_words(one: float, other: float) -> tuple[str, str]:
    """Spell two different numbers with as many digits as it takes to tell them apart."""
    digits = next((n for n in (6, 9, 12) if f"{one:.{n}g}" != f"{other:.{n}g}"), 17)
    return f"{one:.{digits}g}", f"{other:.{digits}g}"


def printable(text: str, *, lines: bool = False) -> str:
    """Replace control characters in a learner's text: it can move no cursor and set no colour."""
    kept = "\n\t" if lines else ""
    return "".join(c if c.isprintable() or c in kept else "\N{REPLACEMENT CHARACTER}" for c in text)
