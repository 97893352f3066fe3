"""A user's samples -> what would keep a comparison of inits from being fair: refused, or said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.analysis import EQUAL_INPUTS
from initlab.errors import DataError
from initlab.numbers import shown

FAR = 1_000.0  # times: columns that differ so much, or are so much larger than 1, are said
AT_ONCE = 1_000  # samples that are compared together
ADVICE = (
    "initlab does not scale inputs, and inits are made for inputs with absolute values of about 1. "
    "Subtract the mean of each column, and divide the column by its standard deviation."
)


def refuse_equal_targets(y: NDArray[Any]) -> None:
    """Refuse a regression on targets that are all equal.

    Args:
        y: the training targets, shape (n,) or (n, C).

    Raises:
        DataError: there is nothing to learn.
    """
    if len(y) and (y == y[0]).all():
        expected = "targets that differ"
        row = np.ravel(y[0])
        value = ", ".join(shown(one, ".6g") for one in row[:3])
        equal = f"({value}{', ...' if row.size > 3 else ''})" if row.size > 1 else value
        targets = f"training targets, all equal to {equal}"
        if len(y) == 1:
            targets = f"training target, {equal}"
        raise DataError(
            f"data must have {expected}; got {len(y):,} {targets}.",
            argument="data", value=value, expected=expected,
        )  # fmt: skip


def equal_notes(x: Any) -> tuple[str, ...]:
    """Say where all training inputs, an array or tensor of shape (n, ...), are equal."""
    parts = (x[k : k + AT_ONCE] for k in range(0, len(x), AT_ONCE))
    return (EQUAL_INPUTS,) if len(x) > 1 and all((part == x[:1]).all() for part in parts) else ()


def scale_notes(sizes: NDArray[Any], features: Sequence[str] = ()) -> tuple[str, ...]:
    """Say where the columns of a table differ much in size, or are far larger than 1.

    Args:
        sizes: largest training input of each column, without its sign: a rare 1 among zeros is 1.
        features: name of each column, where they have names.
    """
    used = np.flatnonzero(sizes)  # a column of zeros does nothing
    if not used.size:
        return ()
    large, small = (int(used[pick(sizes[used])]) for pick in (np.argmax, np.argmin))
    names = [f'"{features[k]}"' if features else f"number {k + 1}" for k in (large, small)]
    if sizes[large] >= FAR * sizes[small]:
        low = f", but only {shown(sizes[small])} in column {names[1]}"
    elif sizes[large] >= FAR:
        low = ""
    else:
        return ()
    return (
        f"The largest absolute value of the inputs is {shown(sizes[large])} in column {names[0]}"
        f"{low}. {ADVICE}",
    )
