"""A path or a pair (x, y) from a user -> inputs and labels as they came, and how to name them."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.datasets.image_sets import IMAGE_SETS
from initlab.datasets.npz_archive import read_npz
from initlab.datasets.table import table_of
from initlab.datasets.table_rows import columnar_rows, delimited_rows, is_columnar
from initlab.datasets.user_data import array_of
from initlab.errors import DataError, StorageError, invalid_argument
from initlab.files import AnyPath, local_path, read_regular, shown_path
from initlab.validation import left_out, nearest_hint

LARGEST_FILE = 2 * 10**9  # bytes, packed and unpacked
# names of inputs and labels in an .npz, the first that is there; the second pair is held back
KEYS = (("x", "y"), ("X", "y"), ("x_train", "y_train"), ("images", "labels"), ("data", "target"))
FINAL_KEYS = (("x_test", "y_test"), ("X_test", "y_test"))
ZIP = b"PK\x03\x04"
OTHER_FILES = {  # how files begin that are neither archive nor table, and what they are
    ZIP: "a spreadsheet or an archive; save the table as CSV",
    b"\x93NUMPY": "a single array; save x and y with numpy.savez(file, x=x, y=y)",
    b"\x1f\x8b": "compressed; unpack it first",
    **dict.fromkeys((b"<!", b"<html", b"<?xml"), "HTML or XML; save the table as CSV"),
    **dict.fromkeys((b"[{", b"[[", b'{"', b"{\n"), "JSON; save the table as CSV"),
}


@dataclass(frozen=True)
class UserSource:
    """Inputs and labels as they came.

    Attributes:
        name: of the file, as the user gave it, or "your arrays".
        x: inputs.
        y: labels; of a table texts, "" where one is missing.
        final: inputs and labels held back, where an archive has them.
        features: name of each column of ``x``, where a table names them.
        columns: name of the table's column that each of them comes from.
        y_name: name of the labels.
        first_row: number of a table's first row of data; None for arrays.
        kept: index that each sample had before some were left out; None where all are there.
        checksums: what was read -> its SHA-256.
    """

    name: str
    x: NDArray[Any]
    y: NDArray[Any]
    final: tuple[NDArray[Any], NDArray[Any]] | None = None
    features: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    y_name: str = "y"
    first_row: int | None = None
    kept: NDArray[np.intp] | None = None
    checksums: dict[str, str] = field(default_factory=dict)

    @property
    def labels(self) -> str:
        """How to name the labels in a message."""
        column = self.y_name if self.first_row is None else f'column "{self.y_name}"'
        return f"{self.name}, {column}"

    def row(self, index: int) -> str:
        """Name the place of a sample, without the file."""
        index = index if self.kept is None else int(self.kept[index])
        return f"index {index}" if self.first_row is None else f"row {self.first_row + index}"

    def label_place(self, index: int) -> str:
        """Name the place of a label."""
        if self.first_row is not None:
            return f'{self.name}, {self.row(index)}, column "{self.y_name}"'
        return f"{self.name}, {self.y_name}[{self.row(index).removeprefix('index ')}]"

    def only(self, kept: NDArray[np.bool_]) -> UserSource:
        """Return the samples that are kept, which still know where they stood."""
        return replace(self, x=self.x[kept], y=self.y[kept], kept=np.flatnonzero(kept))


def user_source(
    data: AnyPath | tuple[Any, Any],
    *,
    label: str | None = None,
    header: bool | None = None,
    one_hot: Sequence[str] = (),
) -> UserSource:
    """Read a user's data: an archive ``.npz``, a table of any other name, or a pair (x, y).

    Args:
        data: the pair or the path.
        label: a table's column of labels; the last one if None.
        header: whether a table's first row names its columns; None to look.
        one_hot: a table's columns of texts.

    Raises:
        DataError: the file cannot be used.
        StorageError: it cannot be read.
        ArgumentError: a setting of a table is given with arrays.
    """
    columns = {"label": label, "header": header, "one_hot": list(one_hot) or None}
    if isinstance(data, tuple | list):
        left_out(columns, "for arrays")
        return _of_pair(data)
    if not isinstance(data, str | os.PathLike):
        raise invalid_argument(
            "data", "a pair (x, y), or a path", type(data).__name__, kind=DataError
        )
    path = local_path("data", data)
    archive = path.suffix.lower() == ".npz"
    if archive:
        left_out(columns, "for .npz files")
    _refuse_missing(path)
    content, name = read_regular(path, most=LARGEST_FILE), shown_path(path)
    checksums = {path.name: hashlib.sha256(content).hexdigest()}
    if archive:
        return replace(_of_archive(content, name), checksums=checksums)
    for beginning, what in OTHER_FILES.items():
        if content.startswith(beginning):
            raise DataError(f"{name} is not a text table: it is {what}.")
    if is_columnar(content):
        left_out({"header": header}, "for Parquet and Arrow files")
        rows: Iterable[Sequence[str]] = columnar_rows(content, name)
        header = True
    else:
        rows = delimited_rows(content, name)
    table = table_of(rows, name, label=label, header=header, one_hot=one_hot)
    return UserSource(
        name, table.x, table.labels, features=table.features, columns=table.columns,
        y_name=table.label, first_row=table.first_row, checksums=checksums,
    )  # fmt: skip


def _refuse_missing(path: Path) -> None:
    """Refuse a file that is not there, which may be the misspelt name of an image set."""
    try:
        path.stat()
    except FileNotFoundError:
        names = () if path.suffix else (*IMAGE_SETS, "fashion-sample", "digits")
        hint = nearest_hint(str(path), names)
        words = f"data: the file {shown_path(path)} does not exist. {hint}".rstrip()
        raise StorageError(words, argument="data", value=str(path)) from None
    except (OSError, ValueError):
        pass  # whoever reads the file says why it cannot be read


def _of_pair(data: Any) -> UserSource:
    if len(data) != 2:
        items = "1 item" if len(data) == 1 else f"{len(data)} items"
        raise invalid_argument(
            "data", "a pair (x, y), or a path", data, hint=f"The value has {items}."
        )
    source = _of_arrays("your arrays", *data)
    digest = hashlib.sha256()
    for part in (source.x, source.y):
        digest.update(f"{part.dtype.str} {part.shape}".encode())
        if part.dtype.kind != "O":  # objects are refused later
            digest.update(np.ascontiguousarray(part).tobytes())
    return replace(source, checksums={"x and y": digest.hexdigest()})


def _of_arrays(name: str, x: Any, y: Any) -> UserSource:
    x, y = _as_array("x", x), _as_labels(y)
    columns = tuple(f"x[:, {k}]" for k in range(x.shape[1])) if x.ndim == 2 else ()
    return UserSource(name, x, y, columns=columns)


def _as_array(name: str, value: Any) -> NDArray[Any]:
    try:
        return array_of(value)
    except ValueError as error:
        raise DataError(f"your arrays: {name} {error}", argument="data") from error


def _as_labels(y: Any) -> NDArray[Any]:
    """Return labels as an array in which no two of them merge, and None is a missing text.

    A list of integers beyond 2**63 would become floats, of which 2**53 + 1 is none.
    """
    array = _as_array("y", y)
    if isinstance(y, list | tuple) and array.dtype.kind == "f":
        array = np.array(y, dtype=object)
    if array.dtype.kind != "O":
        return array
    items = array.reshape(-1).tolist()
    if all(isinstance(one, int) and not isinstance(one, bool) for one in items):
        texts = [str(one) for one in items]
    elif any(isinstance(one, str) for one in items) and all(
        isinstance(one, str) or one is None or (isinstance(one, float) and math.isnan(one))
        for one in items
    ):
        texts = [one if isinstance(one, str) else "" for one in items]
    else:
        try:
            return array.astype(np.float64)
        except (TypeError, ValueError):
            return array
    return np.array(texts).reshape(array.shape)


def _of_archive(content: bytes, name: str) -> UserSource:
    arrays = read_npz(content, name, most=LARGEST_FILE)
    pair = _pair(arrays, KEYS)
    if pair is None:
        raise DataError(
            f"{name} must hold the arrays "
            + ", or ".join(f"{x} and {y}" for x, y in KEYS)
            + f"; it holds {', '.join(sorted(arrays)) or 'none'}."
        )  # fmt: skip
    return replace(_of_arrays(name, *pair), final=_pair(arrays, FINAL_KEYS))


def _pair(
    arrays: dict[str, NDArray[Any]], keys: tuple[tuple[str, str], ...]
) -> tuple[NDArray[Any], NDArray[Any]] | None:
    return next(((arrays[x], arrays[y]) for x, y in keys if x in arrays and y in arrays), None)
