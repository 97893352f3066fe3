"""Labels of any kind -> class numbers from 0, and the classes' names."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.errors import DataError

MOST_CLASSES = 1000  # more different labels than that are measurements, not classes
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def class_numbers(
    labels: Sequence[str] | NDArray[Any],
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Number the classes in the order of their labels: all numbers by value, else by letter.

    A label is a text: "1" and "01" are two classes, and so are whole numbers of any size that
    differ in one digit.

    Args:
        labels: texts, or a 1-D array of texts, whole numbers, booleans or finite floats.

    Returns:
        Class numbers, int64, shape (n,), and the name of each class.

    Raises:
        DataError: there is one class only, or over 1,000.

    Example:
        >>> class_numbers(["9", "10", "9"])
        (array([0, 1, 0]), ('9', '10'))
    """
    distinct, found = np.unique(np.asarray(labels), return_inverse=True)
    if len(distinct) < 2:
        raise DataError(f"The labels must have two classes or more; every label is "
                        f"{label_text(distinct[0])!r}.")  # fmt: skip
    if len(distinct) > MOST_CLASSES:
        raise DataError(
            f"The labels must have at most {MOST_CLASSES:,} classes; got {len(distinct):,} "
            "different values."
        )
    names = [label_text(label) for label in distinct.tolist()]
    values = label_values(names)
    order = sorted(range(len(names)), key=lambda k: 0 if values is None else values[k])
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    return rank[found.reshape(-1)], tuple(names[k] for k in order)


def label_text(label: Any) -> str:
    """Return a label as the text that names its class; 2.0 of a float array is "2"."""
    if isinstance(label, bool) or (isinstance(label, float) and label.is_integer()):
        return str(int(label))
    return str(label)


def two_spellings(texts: Sequence[str]) -> tuple[str, str] | None:
    """Return the first two texts that are one number, or one word but for capital letters.

    Example:
        >>> two_spellings(["1", "2", "01"]), two_spellings(["True", "no", "true"])
        (('1', '01'), ('True', 'true'))
    """
    keys: Sequence[Decimal | str] = label_values(texts) or [_word(text) for text in texts]
    seen: dict[Decimal | str, str] = {}
    for text, value in zip(texts, keys, strict=True):
        if value in seen:
            return seen[value], text
        seen[value] = text
    return None


def _word(text: str) -> str:
    """Return a text without what a reader does not see: capitals, spaces, composed letters."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def is_infinite(text: str) -> bool:
    """Whether a cell of a table is a number that no float holds: inf, or 1e400."""
    try:
        return math.isinf(float(text))
    except ValueError:
        return False


def label_values(texts: Sequence[str]) -> list[Decimal] | None:
    """Return the exact numbers that texts spell; None where one of them spells none."""
    if not all(NUMBER.fullmatch(text) for text in texts):
        return None
    try:
        return [Decimal(text) for text in texts]
    except InvalidOperation:  # an exponent of 20 digits
        return None
