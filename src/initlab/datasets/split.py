"""Number of samples, sizes and seed -> which samples train, validate and are held back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.randomness import SAMPLES, generator_for
from initlab.validation import whole_number

VALIDATION_SHARE = 5  # one in so many samples, where no number is given


Rows = NDArray[np.intp]


def split(
    n: int,
    *,
    n_validation: int | None,
    data_seed: int,
    n_final: int = 0,
    labels: NDArray[Any] | None = None,
) -> tuple[Rows, Rows, Rows]:
    """Deal ``n`` samples out at random: first those held back, then validation, then training.

    Args:
        n: number of samples.
        n_validation: size of the validation part, 1 to n - n_final - 1; a fifth if None.
        data_seed: seed of the one split that all replicates share.
        n_final: number of samples held back for a last test.
        labels: class number of every sample, for a validation part that holds each class in the
            share it has of all samples, and at least once where it has two samples or more.

    Returns:
        Indices of the samples in each part, training first; together every sample once.

    Example:
        >>> [len(part) for part in split(10, n_validation=None, data_seed=0)]
        [8, 2, 0]
    """
    if n_validation is None:
        n_validation = max(1, (n - n_final) // VALIDATION_SHARE)
    where = f"{n:,} samples"
    if n_final:
        where += f", {n_final:,} of them for the final test"
    count = whole_number(
        "n_validation", n_validation, minimum=1, maximum=n - n_final - 1, where=where
    )
    order = generator_for(data_seed, "split", SAMPLES).permutation(n)
    final, rest = order[:n_final], order[n_final:]
    if labels is None:
        return rest[count:], rest[:count], final
    chosen = _first_of_each(labels[rest], count)
    return rest[~chosen], rest[chosen], final


def _first_of_each(labels: NDArray[Any], count: int) -> NDArray[np.bool_]:
    """Choose ``count`` places, of each class the first ones, in proportion to its size."""
    _, numbers, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    shares = count * sizes / len(labels)
    most = np.maximum(sizes - 1, 0)  # one stays for training
    if most.sum() < count:  # hardly two samples of a class
        return np.arange(len(labels)) < count
    quota = np.clip(np.floor(shares).astype(np.intp), np.minimum(1, most), most)
    while quota.sum() != count:  # to the class that is farthest from its share
        short = quota.sum() < count
        free = quota < most if short else quota > (0 if (most > 0).sum() > count else 1)
        distance = np.where(free, shares - quota if short else quota - shares, -np.inf)
        quota[distance.argmax()] += 1 if short else -1
    order = np.argsort(numbers, kind="stable")
    place = np.empty(len(labels), dtype=np.intp)  # among the samples of its class
    place[order] = np.arange(len(labels)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.asarray(place < quota[numbers])


def absent_classes(parts: Sequence[tuple[str, NDArray[Any]]], classes: Sequence[str]) -> list[str]:
    """Say which classes have no sample in a part.

    Args:
        parts: name and class numbers of each part.
        classes: name of each class.
    """
    notes = []
    for part, y in parts:
        absent = [name for k, name in enumerate(classes) if not np.any(y == k)]
        if absent:
            few = ", ".join(absent[:5]) + (f" and {len(absent) - 5} more" if absent[5:] else "")
            named = f"class {few}" if len(absent) == 1 else f"the classes {few}"
            notes.append(f"The {part} part holds no sample of {named}.")
    return notes
