"""CSV text -> a table of numbers and a column of labels; anything doubtful is refused by place."""

from __future__ import annotations

import csv
import io
import math
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from initlab.datasets.class_numbers import NUMBER
from initlab.errors import DataError
from initlab.validation import nearest_hint

# float() also takes nan, inf, 1_000 and Arabic digits; none of these characters can spell them
PLAIN = re.compile(r"[0-9+\-.eE, \t]*", re.ASCII)


@dataclass(frozen=True)
class CsvTable:
    """What a CSV file held.

    Attributes:
        x: numbers, shape (rows, columns without the label), float64.
        labels: text of the label column, shape (rows,).
        features: names of the columns of ``x``.
        label: name of the label column.
    """

    x: NDArray[np.float64]
    labels: list[str]
    features: tuple[str, ...]
    label: str


def parse_csv(content: bytes, name: str, *, label: str | None = None) -> CsvTable:
    """Parse comma-separated values in UTF-8 with a header; row 1 is the header.

    A byte order mark, either kind of line end and spaces around a cell are allowed.

    Args:
        content: of the file.
        name: of the file, for messages.
        label: name of the column of labels; the last column if None.

    Raises:
        DataError: no header, a repeated or empty column name, a ragged or empty row, or a cell
            that is not a finite number such as 1, -2.5 or 3e-4.
    """
    rows = _rows(content, name)
    header = _header(next(rows, []), name)
    column = len(header) - 1 if label is None else _column(header, label, name)
    values, labels = array("d"), []
    for number, cells in enumerate(rows, start=2):
        if len(cells) != len(header):
            raise DataError(
                f"{name}, row {number}: found {len(cells)} cells, wanted {len(header)}."
            )
        text = cells.pop(column).strip()
        if not text or "\n" in text or "\r" in text:
            raise DataError(
                f"{_place(name, number, header[column])}: found {_short(text)}, wanted a label."
            )
        labels.append(text)
        values.extend(_numbers(cells, header[:column] + header[column + 1 :], name, number))
    if not labels:
        raise DataError(f"{name} holds no rows below its header.")
    features = tuple(header[:column] + header[column + 1 :])
    x = np.frombuffer(values, dtype=np.float64).reshape(len(labels), len(features))
    return CsvTable(x, labels, features, header[column])


def _rows(content: bytes, name: str) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raise DataError(f"{name}, row {row}: found a byte that is not UTF-8.") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number, blank = 0, None
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise DataError(f"{name}, row {number}: {error}.") from error
        if cells is None:
            return
        if not cells:  # allowed at the end only
            blank = blank or number
            continue
        if blank is not None:
            raise DataError(f"{name}, row {blank}: found an empty row.")
        yield cells


def _header(cells: list[str], name: str) -> list[str]:
    header = [cell.strip() for cell in cells]
    if not header:
        raise DataError(f"{name} is empty; wanted a row of column names, then rows of numbers.")
    if all(NUMBER.fullmatch(cell) for cell in header):
        raise DataError(f"{name}, row 1: found numbers only, wanted the names of the columns.")
    for k, column in enumerate(header):
        if not column or any(not character.isprintable() for character in column):
            raise DataError(f"{name}, row 1: found {column!r} as the name of column {k + 1}.")
        if column in header[:k]:
            raise DataError(f"{name}, row 1: found two columns named {column!r}.")
    if len(header) < 2:
        raise DataError(
            f"{name}, row 1: found one column, {header[0]!r}; wanted two or more, with commas "
            "between."
        )
    return header


def _column(header: list[str], label: str, name: str) -> int:
    if label in header:
        return header.index(label)
    hint = nearest_hint(label, header)
    raise DataError(
        f"{name} has no column {label!r}; its last is {header[-1]!r}. {hint}".rstrip(),
        argument="label", value=label, expected="the name of a column",
    )  # fmt: skip


def _numbers(cells: list[str], columns: list[str], name: str, row: int) -> list[float]:
    """Turn one row into finite floats; only a row that fails is looked at cell by cell."""
    if PLAIN.fullmatch(",".join(cells)):
        try:
            numbers = [float(cell) for cell in cells]
        except ValueError:
            pass
        else:
            if all(map(math.isfinite, numbers)):
                return numbers
    for cell, column in zip(cells, columns, strict=True):
        if not NUMBER.fullmatch(cell.strip(" \t")) or not math.isfinite(float(cell)):
            raise DataError(f"{_place(name, row, column)}: found {_short(cell)}, wanted a number.")
    raise AssertionError(cells)  # a row that failed holds a cell that fails


def _place(name: str, row: int, column: str) -> str:
    return f'{name}, row {row}, column "{column}"'


def _short(cell: str) -> str:
    if not cell.strip():
        return "an empty cell"
    return repr(cell if len(cell) <= 40 else cell[:37] + "...")
