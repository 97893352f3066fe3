"""Labels of any kind -> class numbers from 0, and the classes' names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.errors import DataError

MOST_CLASSES = 1000  # more different labels than that are measurements, not classes
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def class_numbers(
    labels: Sequence[str] | NDArray[Any], *, where: Callable[[int], str]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Number the classes in the order of their labels, whole numbers by value, texts by letter.

    Args:
        labels: texts, or a 1-D array of whole numbers, booleans or texts. Texts that all are
            whole numbers count as numbers.
        where: index of a label -> how to name its place.

    Returns:
        Class numbers, int64, shape (n,), and the name of each class.

    Raises:
        DataError: a label is no class (0.37), or there is one class only, or over 1,000.

    Example:
        >>> class_numbers(["9", "10", "9"], where=str)
        (array([0, 1, 0]), ('9', '10'))
    """
    values = _whole_numbers(np.asarray(labels), where)
    distinct, numbers = np.unique(values, return_inverse=True)
    if len(distinct) < 2:
        raise DataError(f"The labels name one class only, {distinct[0]}; wanted 2 or more.")
    if len(distinct) > MOST_CLASSES:
        raise DataError(
            f"The labels have {len(distinct):,} different values; wanted classes, at most "
            f"{MOST_CLASSES:,}."
        )
    return numbers.reshape(-1).astype(np.int64), tuple(str(value) for value in distinct.tolist())


def _whole_numbers(values: NDArray[Any], where: Callable[[int], str]) -> NDArray[Any]:
    if values.dtype.kind in "US":
        texts = values.astype(str)
        distinct = np.unique(texts).tolist()
        if not all(NUMBER.fullmatch(text) for text in distinct):
            return texts
        values = texts.astype(np.float64)
    if values.dtype.kind == "b":
        return values.astype(np.int64)
    if values.dtype.kind == "f":
        wrong = np.flatnonzero(~np.isfinite(values) | (values != np.round(values)))
        if wrong.size:
            index = int(wrong[0])
            raise DataError(
                f"{where(index)}: found label {values[index]:g}, wanted the name of a class or a "
                "whole number."
            )
        return values.astype(np.int64)
    return values
