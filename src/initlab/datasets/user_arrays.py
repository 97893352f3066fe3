"""A user's data -> samples, their task, and which of them train: as arrays, or as a study's data.

What a file holds is treated as the same arrays in memory are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.datasets.class_numbers import NUMBER, label_text, two_spellings
from initlab.datasets.dataset import Dataset, InMemory
from initlab.datasets.missing import REFUSE, WAYS, filled, has_gaps, kept_samples, means_of
from initlab.datasets.pixels import scaled_rows
from initlab.datasets.split import absent_classes, split
from initlab.datasets.task import REGRESSION, Targets, checked_task, targets_of
from initlab.datasets.user_data import no_numbers
from initlab.datasets.user_source import UserSource, user_source
from initlab.errors import DataError, invalid_argument
from initlab.files import AnyPath
from initlab.numbers import shown
from initlab.validation import flag, one_of

LARGEST = np.finfo(np.float32).max  # as float32: float16 cannot hold it
MOST_NAMED = 5  # classes in a note
TYPICAL_SIZE = 10.0  # networks begin with outputs of about 1: far from that, learning takes long


def user_samples(
    data: AnyPath | tuple[Any, Any],
    *,
    label: str | None = None,
    header: bool | None = None,
    one_hot: Sequence[str] | None = None,
    missing: str = REFUSE,
    task: str | None = None,
    n_validation: int | None = None,
    data_seed: int = 0,
    stratify: bool = True,
    final_test: bool = False,
    flat: bool = False,
) -> Dataset:
    r"""Load a user's own data, decide its task, and deal it out.

    Args:
        data: a pair (x, y); or an ``.npz`` file that holds ``x`` and ``y`` (also ``X`` and ``y``,
            ``x_train`` and ``y_train``, ``images`` and ``labels``, ``data`` and ``target``; with
            ``x_test`` and ``y_test`` as the final part, if there); or a table: text with commas,
            semicolons or tabs between its cells, whatever its name ends in, or a Parquet or Arrow
            file.
        label: the table's column of labels; the last one if None.
        header: whether the table's first row names its columns; None for yes where all its cells
            are texts that are no numbers, else the table is refused.
        one_hot: the table's columns of texts, each turned into one column of 0 and 1 per text.
        missing: "refuse" missing values; "drop" the samples that have some; fill in the "mean" of
            the column over the training samples, and drop those without a label. Missing is NaN,
            or a cell that is empty or says ?, NA, N/A, NaN or null.
        task: "classification" or "regression"; None to decide by the labels, as
            :func:`initlab.datasets.task.targets_of` says.
        n_validation: number of validation samples, taken at random; a fifth if None.
        data_seed: seed of the split, one for all replicates.
        stratify: keep the classes' shares in both parts.
        final_test: check the archive's test arrays too, and return them.
        flat: rows of float32, uint8 taken for pixels and divided by 255; else inputs of the shape
            and type that they come in.

    Returns:
        The data; its test part is the validation part.

    Raises:
        DataError: the data cannot be used, or its task is not clear; the first bad row, column or
            index is named.
        StorageError: the file cannot be read.
        ArgumentError: a setting is not allowed, or does not go with the data.
    """
    one_of("missing", missing, WAYS)
    task = checked_task(task)
    source = user_source(
        data, label=label, header=_yes_or_no("header", header), one_hot=_listed(one_hot)
    )
    if final_test and source.final is None:
        raise invalid_argument("final_test", "left out for data without x_test and y_test",
                               final_test, where=source.name)  # fmt: skip
    whole, source = source, _checked(source, missing)
    if len(source.x) < 2:
        raise DataError(f"{source.name}: x must hold two samples or more; got one.")
    targets = targets_of(source.y, task, what=source.labels, where=source.label_place)
    train, validation, _ = split(
        len(source.x), n_validation=n_validation, data_seed=data_seed,
        labels=targets.y if flag("stratify", stratify) and targets.classes else None,
    )  # fmt: skip
    notes = [_taken_for(source, len(whole.x), targets), *_left_out(len(whole.x) - len(source.x))]
    final = None
    if final_test:
        assert whole.final is not None
        final = _final(whole, targets, missing)
        notes += _left_out(len(whole.final[0]) - len(final[0]), " of the test part")
    x = source.x
    if has_gaps(x) or (final is not None and has_gaps(final[0])):
        means = means_of(x[train], name=source.name, columns=source.features or source.columns)
        if count := np.count_nonzero(np.isnan(x)):
            values = "missing value is" if count == 1 else "missing values are"
            each = "" if count == 1 else ", each"
            notes.append(f"{count:,} {values} filled in{each} with the mean of its column over "
                         "the training part.")  # fmt: skip
        x = filled(x, means)
        final = None if final is None else (filled(final[0], means), final[1])
    parts = [("training", targets.y[train]), ("validation", targets.y[validation])]
    notes += [*_alike(targets.classes), *_far_from_one(targets),
              *absent_classes(parts, targets.classes)]  # fmt: skip
    name, y = Path(source.name).name, targets.y
    if flat and x.ndim not in (2, 3):
        raise DataError(f"{name}: x must have shape (n, features) or (n, height, width); got "
                        f"{x.shape}.")  # fmt: skip
    if flat and targets.task == REGRESSION:
        y = y.astype(np.float32)

    def part(rows: NDArray[np.intp]) -> InMemory:
        return InMemory(_rows(x, rows) if flat else x[rows], y[rows])

    if final is not None and flat:
        final = (_rows(final[0], None), final[1])
    return Dataset(
        name, part(train), part(validation), final=None if final is None else InMemory(*final),
        task=targets.task, classes=targets.classes, features=source.features,
        image_shape=x.shape[1:] if x.ndim == 3 else (), checksums=source.checksums,
        notes=tuple(notes), held_out="validation", n_rows=len(whole.x),
    )  # fmt: skip


def user_study(data: AnyPath | tuple[Any, Any], **settings: Any) -> Dataset:
    """Load a user's own data as rows of float32; uint8 is taken for pixels and divided by 255.

    Args:
        data: see :func:`user_samples`.
        settings: the other arguments of :func:`user_samples`, except ``flat``.

    Example:
        >>> pixels = np.zeros((10, 2, 2), dtype=np.uint8) + np.uint8(51)
        >>> found = user_study((pixels, np.arange(10) % 2))
        >>> found.x_train.shape, found.x_train.dtype, found.x_train.max()
        ((8, 4), dtype('float32'), np.float32(0.2))
    """
    return user_samples(data, **settings, flat=True)


def _yes_or_no(argument: str, value: Any) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise invalid_argument(argument, "True, False or left out", value)
    return value


def _listed(one_hot: Any) -> list[str]:
    names = [one_hot] if isinstance(one_hot, str) else [] if one_hot is None else one_hot
    if not isinstance(names, list | tuple) or not all(isinstance(one, str) for one in names):
        raise invalid_argument("one_hot", "a list of column names", one_hot)
    return list(names)


def _checked(source: UserSource, missing: str) -> UserSource:
    """Return the samples that are used; a value is still missing where a mean will be filled in."""
    x, y, name = source.x, source.y, source.name
    if x.dtype.kind not in "biuf":
        raise DataError(f"{name}: x {no_numbers(x)}")
    if x.ndim == 0 or 0 in x.shape:
        raise DataError(f"{name}: x must have shape (n, ...) without an axis of size 0; got "
                        f"{x.shape}.")  # fmt: skip
    if y.dtype.kind == "S":
        y = np.char.decode(y, "utf-8", "backslashreplace")
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim not in (1, 2) or y.dtype.kind not in "biufU" or (y.ndim == 2 and y.dtype.kind == "U"):
        raise DataError(
            f"{name}: y must have shape (n,), with one number or text per sample, or "
            f"(n, columns), with numbers only; got dtype {y.dtype} and shape {y.shape}."
        )
    if len(x) != len(y):
        raise DataError(f"{name}: x and y must have the same length, the number of samples; got "
                        f"{len(x):,} for x and {len(y):,} for y.")  # fmt: skip
    source = replace(source, y=y)
    kept = kept_samples(
        x, y, missing, name=name, columns=source.columns, label=source.y_name, where=source.row
    )
    if not kept.all():
        source = source.only(kept)
    _refuse_beyond_float32(source)
    return source


def _refuse_beyond_float32(source: UserSource) -> None:
    """Refuse what float32 cannot hold as a finite number; NaN is missing, not wrong."""
    x = source.x
    if x.dtype.kind != "f":
        return
    if np.fmax.reduce(x, axis=None) <= LARGEST and np.fmin.reduce(x, axis=None) >= -LARGEST:
        return
    if np.isnan(x).all():
        return
    index = tuple(int(k) for k in np.argwhere(np.abs(x) > LARGEST)[0])
    if source.first_row is not None:
        place = f'{source.row(index[0])}, column "{source.features[index[1]]}"'
    else:
        row = source.row(index[0]).removeprefix("index ")
        place = f"x[{', '.join([row, *map(str, index[1:])])}]"
    raise DataError(
        f"{source.name}, {place} must be a finite number that fits in float32; got {x[index]:g}."
    )


def _rows(x: NDArray[Any], rows: NDArray[np.intp] | None) -> NDArray[np.float32]:
    return scaled_rows(x, rows, pixel_max=255 if x.dtype == np.uint8 else 1)


def _final(source: UserSource, targets: Targets, missing: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Check the test arrays against the training arrays; classes are those of the training."""
    assert source.final is not None
    x, y = source.final
    name = f"{Path(source.name).name}, test part"
    if x.shape[1:] != source.x.shape[1:] or (x.dtype == np.uint8) != (source.x.dtype == np.uint8):
        sizes = ", ".join(map(str, source.x.shape[1:]))
        raise DataError(
            f"{name}: x_test must be like the training inputs, with dtype {source.x.dtype} and "
            f"shape (n, {sizes}); got dtype {x.dtype} and shape {x.shape}."
        )
    test = _checked(replace(source, name=name, x=x, y=y, final=None), missing)
    if targets.task == REGRESSION:
        found = targets_of(test.y, REGRESSION, what=test.labels, where=test.label_place).y
        if found.shape[1:] != targets.y.shape[1:]:
            shape = f"shape (n, {targets.y.shape[1]})" if targets.y.ndim > 1 else "shape (n,)"
            raise DataError(
                f"{name}: y_test must have {shape}, like the training targets; got {y.shape}."
            )
        return test.x, found.astype(np.float32)
    distinct, index = np.unique(test.y, return_inverse=True)
    names = [label_text(label) for label in distinct.tolist()]
    unknown = [name for name in names if name not in targets.classes]
    if unknown:
        raise DataError(
            f"{name}: y_test holds the class {unknown[0]}, but no sample outside the test part is "
            "of this class."
        )
    numbers = np.array([targets.classes.index(name) for name in names])
    return test.x, numbers[index.reshape(-1)]


def _taken_for(source: UserSource, n_rows: int, targets: Targets) -> str:
    labels, classes = "", ""
    if targets.classes:
        more = ("...",) if targets.classes[MOST_NAMED:] else ()
        named = ", ".join((*targets.classes[:MOST_NAMED], *more))
        classes = f"{len(targets.classes):,} classes ({named})"
        labels = f" There are {classes}."
    if source.first_row is not None:
        held = f"labels of {classes}" if classes else "the labels"
        labels = f' Column "{source.y_name}" holds {held}.'
    return (
        f"{Path(source.name).name}: {n_rows:,} rows read. The task is {targets.task}, because "
        f"{targets.reason}.{labels}"
    )


def _left_out(count: int, part: str = "") -> list[str]:
    rows = "row with missing values is" if count == 1 else "rows with missing values are"
    return [f"{count:,} {rows} left out{part}."] if count else []


def _alike(classes: Sequence[str]) -> list[str]:
    """Say which two classes are one number, or one word, in two spellings."""
    twice = two_spellings(classes)
    if twice is None:
        return []
    what = "the same number" if NUMBER.fullmatch(twice[0]) else "one word in two spellings"
    return [f"Classes {twice[0]} and {twice[1]} are {what}, but are taken for two classes."]


def _far_from_one(targets: Targets) -> list[str]:
    """Say where the targets of a regression are far from the outputs a network begins with."""
    if targets.task != REGRESSION:
        return []
    size = math.sqrt(float(np.mean(targets.y**2)))
    if 1 / TYPICAL_SIZE <= size <= TYPICAL_SIZE or size == 0:
        return []
    return [
        f"The targets are about {shown(size, '.2g')} in size, but the outputs of a network at init "
        "are about 1. Scale the targets to about 1, because inits are made for targets of this "
        "size."
    ]
