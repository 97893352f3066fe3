"""Samples, some of them with missing values -> refused with counts, left out, or filled in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.errors import DataError

WAYS = (REFUSE, DROP, MEAN) = ("refuse", "drop", "mean")
MOST_NAMED = 10  # columns in a message
WORDS = frozenset({"", "?", "na", "n/a", "#n/a", "<na>", "nan", "-nan", "null"})


def is_missing(text: str) -> bool:
    """Whether a cell of a table says that there is no value: empty, ?, NA, N/A, NaN or null."""
    return len(text) <= 5 and text.lower() in WORDS


def has_gaps(x: NDArray[Any]) -> bool:
    """Whether a value is NaN; no copy of the data is made to see that."""
    return x.dtype.kind == "f" and bool(np.isnan(x.min()))


def missing_labels(labels: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which samples have no label: NaN, or a text that :func:`is_missing`."""
    if labels.dtype.kind == "f":
        return np.asarray(np.isnan(labels).reshape(len(labels), -1).any(axis=1))
    if labels.dtype.kind in "US":
        distinct, found = np.unique(labels, return_inverse=True)
        return np.array([is_missing(text) for text in distinct.tolist()])[found.reshape(-1)]
    return np.zeros(len(labels), dtype=bool)


def kept_samples(
    x: NDArray[Any],
    labels: NDArray[Any],
    how: str,
    *,
    name: str,
    columns: Sequence[str],
    label: str,
    where: Callable[[int], str],
) -> NDArray[np.bool_]:
    """Return which samples to keep: with "mean" all that have a label, else all that miss nothing.

    Args:
        x: shape (n, ...); a missing value is NaN.
        labels: shape (n,) or (n, columns).
        how: "refuse", "drop" or "mean".
        name: what holds the samples, for messages.
        columns: name of each column of ``x`` as the user knows it, for messages.
        label: the same of the labels.
        where: index of a sample -> how to name its place.

    Raises:
        DataError: none is kept, or values are missing and ``how`` is "refuse".
    """
    complete = ~missing_labels(labels)
    counts = {label: int(np.count_nonzero(~complete))}
    if how != MEAN and has_gaps(x):
        gaps = np.isnan(x).reshape(len(x), -1)
        complete &= ~gaps.any(axis=1)
        # a column that became several counts once
        found = zip(columns, gaps.sum(axis=0).tolist(), strict=True)
        counts = (dict(found) if columns else {"x": int(gaps.sum())}) | counts
    if complete.all():
        return complete
    if how == REFUSE:
        listed = [f'{count:,} in "{column}"' for column, count in counts.items() if count]
        rest = len(listed) - MOST_NAMED
        more = f" and some in {rest} more column{'s' * (rest > 1)}" if rest > 0 else ""
        total, place = sum(counts.values()), where(int(np.flatnonzero(~complete)[0]))
        at = "at" if place.startswith("index") else "in"
        unlabelled = " Both settings leave out rows without a label." if counts[label] else ""
        raise DataError(
            f"{name}: {total:,} value{'s are' if total > 1 else ' is'} missing, in "
            f"{np.count_nonzero(~complete):,} of {len(x):,} rows "
            f"({', '.join(listed[:MOST_NAMED])}{more}; the first {at} {place}). Give --missing "
            "drop to leave out rows with missing values, or --missing mean to replace each missing "
            'value by the mean of its column (in Python missing="drop" or missing="mean").'
            f"{unlabelled}",
            argument="missing", value=how, expected="drop or mean",
        )  # fmt: skip
    if not complete.any():
        raise DataError(f"{name}: every row has a missing value, so no row is left.")
    return complete


def filled(x: NDArray[Any], means: NDArray[Any]) -> NDArray[Any]:
    """Return samples with the means in place of what is missing."""
    return np.where(np.isnan(x), means, x).astype(x.dtype)


def means_of(x: NDArray[Any], *, name: str, columns: Sequence[str]) -> NDArray[Any]:
    """Return the mean of every column over the samples that have it.

    Raises:
        DataError: no sample has one.
    """
    gaps = np.isnan(x)
    known = np.count_nonzero(~gaps, axis=0)
    if not known.all():
        at = int(np.flatnonzero(known.reshape(-1) == 0)[0])
        which = f"column {columns[at]!r}" if columns else f"x.reshape(len(x), -1)[:, {at}]"
        raise DataError(
            f"{name}: {which} has no value in the training part, so there is no mean to fill in."
        )
    return np.asarray(np.where(gaps, 0, x).sum(axis=0, dtype=np.float64) / known)
