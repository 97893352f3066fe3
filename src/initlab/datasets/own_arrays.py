"""A user's arrays: ``.npz``, ``.csv`` or (x, y) -> training and validation data of a study."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.datasets.class_numbers import class_numbers
from initlab.datasets.csv_table import parse_csv
from initlab.datasets.dataset import Dataset
from initlab.datasets.npz_archive import read_npz
from initlab.datasets.pixels import scaled_rows, unflattened
from initlab.datasets.regular_file import AnyPath, local_path, read_regular, shown
from initlab.datasets.split import absent_classes, split
from initlab.errors import DataError, refusal

LARGEST_FILE = 2 * 10**9  # bytes, packed and unpacked
# names of inputs and labels in an .npz, the first that is there; the second pair is held back
KEYS = (("x", "y"), ("X", "y"), ("x_train", "y_train"), ("images", "labels"), ("data", "target"))
FINAL_KEYS = (("x_test", "y_test"), ("X_test", "y_test"))
ENDINGS = (".npz", ".csv")


@dataclass(frozen=True)
class _Arrays:
    """Inputs and labels as they came, before any check."""

    name: str
    x: Any
    y: Any
    final: tuple[Any, Any] | None = None
    features: tuple[str, ...] = ()
    y_name: str = "y"
    first_row: int | None = None  # of a table: labels are then placed by row, else by index
    checksums: tuple[tuple[str, str], ...] = ()


def own_study(
    data: AnyPath | tuple[Any, Any],
    *,
    label: str | None = None,
    n_validation: int | None = None,
    data_seed: int = 0,
    flat: bool = True,
    final_test: bool = False,
) -> Dataset:
    r"""Load a user's own arrays and split them in two.

    Args:
        data: a pair (x, y); or an ``.npz`` file that holds ``x`` and ``y`` (also ``X`` and ``y``,
            ``x_train`` and ``y_train``, ``images`` and ``labels``, ``data`` and ``target``; with
            ``x_test`` and ``y_test`` as the final part, if there); or a ``.csv`` file with a
            header. x has shape (n, features) or, for images, (n, height, width); numbers are used
            as they are, uint8 is taken for pixels and divided by 255. y has shape (n,): whole
            numbers or texts, one per class.
        label: the CSV's column of labels; the last one if None.
        n_validation: number of validation samples, taken at random; a fifth if None.
        data_seed: seed of the split, one for all replicates.
        flat: rows, shape (n, features); else images keep their shape.
        final_test: return the archive's test arrays too, as ``x_final`` and ``y_final``.

    Returns:
        The data as float32; its validation part is ``x_test``, ``y_test``.

    Raises:
        DataError: the file or the arrays cannot be used; the first bad row, column or index is
            named.
        StorageError: the file cannot be read.
        ArgumentError: ``n_validation`` leaves nothing to train on, or ``final_test`` without
            test arrays.

    Example:
        >>> data = own_study((np.eye(10), np.arange(10) % 2))
        >>> data.x_train.shape, data.x_test.shape, data.classes
        ((8, 10), (2, 10), ('0', '1'))
    """
    given = _from_pair(data) if isinstance(data, tuple | list) else _from_file(data, label)
    if final_test and given.final is None:
        raise refusal("final_test", "left out for data without x_test and y_test", final_test,
                      where=given.name)  # fmt: skip
    x, y, classes = _samples(given, given.x, given.y)
    train, validation, _ = split(len(y), n_validation=n_validation, data_seed=data_seed)
    image_shape = x.shape[1:] if x.ndim == 3 else ()
    result = Dataset(
        Path(given.name).name, _rows(x, train), y[train], _rows(x, validation),
        y[validation], classes=classes, features=given.features, image_shape=image_shape,
        checksums=dict(given.checksums),
        notes=tuple(absent_classes([("training", y[train]),
                                    ("validation", y[validation])], classes)),
        held_out="validation",
    )  # fmt: skip
    if final_test and given.final is not None:
        result = replace(result, **_final(given, x.shape[1:], classes))
    if flat or not image_shape:
        return result
    return unflattened(result)


def _from_pair(data: Any) -> _Arrays:
    if len(data) != 2:
        raise refusal("data", "a pair (x, y), or a path", f"{len(data)} items")
    x, y = (np.asarray(part) for part in data)
    digest = hashlib.sha256()
    for part in (x, y):
        digest.update(f"{part.dtype.str} {part.shape}".encode())
        if part.dtype.kind != "O":  # objects are refused below
            digest.update(np.ascontiguousarray(part).tobytes())
    return _Arrays("own arrays", x, y, checksums=(("x and y", digest.hexdigest()),))


def _from_file(source: AnyPath, label: str | None) -> _Arrays:
    path = local_path("data", source)
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise refusal("data", "a file that ends in " + " or ".join(ENDINGS), shown(path))
    if label is not None and ending != ".csv":
        raise refusal("label", "left out for .npz, whose labels are its array y", label)
    content = read_regular(path, most=LARGEST_FILE)
    name = shown(path)
    checksums = ((path.name, hashlib.sha256(content).hexdigest()),)
    if ending == ".csv":
        table = parse_csv(content, name, label=label)
        return _Arrays(name, table.x, np.asarray(table.labels), features=table.features,
                       y_name=table.label, first_row=2, checksums=checksums)  # fmt: skip
    arrays = read_npz(content, name, most=LARGEST_FILE)
    pair = _pair(arrays, KEYS)
    if pair is None:
        raise DataError(
            f"{name} holds the arrays {', '.join(sorted(arrays)) or 'none'}; wanted "
            + ", or ".join(f"{x} and {y}" for x, y in KEYS) + "."
        )  # fmt: skip
    x, y = pair
    return _Arrays(name, x, y, final=_pair(arrays, FINAL_KEYS), checksums=checksums)


def _pair(
    arrays: dict[str, NDArray[Any]], keys: tuple[tuple[str, str], ...]
) -> tuple[NDArray[Any], NDArray[Any]] | None:
    return next(((arrays[x], arrays[y]) for x, y in keys if x in arrays and y in arrays), None)


def _samples(
    given: _Arrays, x: NDArray[Any], y: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[np.int64], tuple[str, ...]]:
    if x.dtype.kind not in "biuf":
        raise DataError(f"{given.name}: x must hold numbers; got {x.dtype}.")
    if x.ndim not in (2, 3) or 0 in x.shape:
        raise DataError(
            f"{given.name}: x must have shape (n, features) or (n, height, width), none of them 0; "
            f"got {x.shape}."
        )
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1 or y.dtype.kind not in "biufUS":
        raise DataError(
            f"{given.name}: y must have shape (n,), one whole number or text per sample; got "
            f"{y.dtype} of shape {y.shape}."
        )
    if len(x) != len(y):
        raise DataError(f"{given.name}: x holds {len(x):,} samples, y {len(y):,}; as many of both "
                        "are wanted.")  # fmt: skip
    if len(x) < 2:
        raise DataError(f"{given.name}: x holds one sample; wanted 2 or more.")
    _finite(given, x)

    def where(index: int) -> str:
        if given.first_row is None:
            return f"{given.name}, y[{index}]"
        return f'{given.name}, row {given.first_row + index}, column "{given.y_name}"'

    return x, *class_numbers(y, where=where)


def _finite(given: _Arrays, x: NDArray[Any]) -> None:
    """Refuse what float32 cannot hold as a finite number."""
    if x.dtype.kind != "f":
        return
    limit = np.finfo(np.float32).max
    for k, row in enumerate(x):  # row by row: a mask of the whole would be another copy
        wrong = np.flatnonzero(~(np.abs(row) <= limit))
        if wrong.size:
            value = row.reshape(-1)[wrong[0]]
            if given.first_row is not None:
                place = f'row {given.first_row + k}, column "{given.features[wrong[0]]}"'
            else:
                index = (k, *np.unravel_index(wrong[0], row.shape))
                place = f"x[{', '.join(str(int(i)) for i in index)}]"
            raise DataError(f"{given.name}, {place}: found {value:g}, wanted a finite float32.")


def _rows(x: NDArray[Any], rows: NDArray[np.intp] | None) -> NDArray[np.float32]:
    return scaled_rows(x, rows, pixel_max=255 if x.dtype == np.uint8 else 1)


def _final(given: _Arrays, shape: tuple[int, ...], classes: tuple[str, ...]) -> dict[str, Any]:
    """Check the test arrays against the training arrays."""
    assert given.final is not None
    test = replace(given, name=f"{Path(given.name).name}, test part")
    x, numbers, own = _samples(test, *given.final)
    if x.shape[1:] != shape or (x.dtype == np.uint8) != (given.x.dtype == np.uint8):
        raise DataError(
            f"{test.name}: x_test must be like x_train, {given.x.dtype} of shape (n, "
            f"{', '.join(map(str, shape))}); got {x.dtype} of shape {x.shape}."
        )
    unknown = [name for name in own if name not in classes]
    if unknown:
        raise DataError(f"{test.name}: found class {unknown[0]}, which no training sample has.")
    to_training = np.array([classes.index(name) for name in own])
    return {"x_final": _rows(x, None), "y_final": to_training[numbers]}
