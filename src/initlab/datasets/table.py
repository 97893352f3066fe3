"""Rows of cells -> a table of numbers and a column of labels; anything doubtful is refused."""

from __future__ import annotations

import contextlib
import itertools
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from initlab.datasets.class_numbers import MOST_CLASSES, NUMBER, is_infinite
from initlab.datasets.missing import is_missing
from initlab.errors import DataError, InitlabError, invalid_argument
from initlab.validation import nearest_hint

BLOCK = 1_000  # rows turned into arrays at a time
LONGEST = 200  # characters: longer texts are no names of classes
# float() also takes nan, inf, 1_000 and Arabic digits; none of these characters can spell them
PLAIN = re.compile(r"[0-9+\-.eE, \t]*", re.ASCII)
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")


@dataclass(frozen=True)
class Table:
    """What a table held.

    Attributes:
        x: shape (rows, features), float64; NaN where a cell is missing.
        labels: texts of the label column, shape (rows,); "" where one is missing.
        features: name of each column of ``x``, "color=red" where texts became columns.
        columns: name of the table's column that each column of ``x`` comes from.
        label: name of the label column.
        first_row: number of the first row of data; row 1 is the first of the file.
    """

    x: NDArray[np.float64]
    labels: NDArray[np.str_]
    features: tuple[str, ...]
    columns: tuple[str, ...]
    label: str
    first_row: int


def table_of(
    rows: Iterable[Sequence[str]],
    name: str,
    *,
    label: str | None = None,
    header: bool | None = None,
    one_hot: Sequence[str] = (),
) -> Table:
    """Turn cells into numbers; spaces around a cell do not count.

    Row 1 names the columns where ``header`` says so, or where all of its cells are texts that are
    no number. Without a header the columns are "column 1", "column 2", ...

    Args:
        rows: cells, every row as long as the first.
        name: of the file, for messages.
        label: name of the column of labels; the last one if None.
        header: whether row 1 names the columns; None to look.
        one_hot: columns of texts, each turned into one column of 0 and 1 per different text.

    Raises:
        DataError: it is not clear whether row 1 names the columns, a name is empty or repeated, or
            a cell is neither missing nor a finite number such as 1, -2.5 or 3e-4, or a column that
            is asked for is not there.
    """
    rows = iter(rows)
    first = [cell.strip() for cell in next(rows, [])]
    names = _names(first, name, header)
    if header is False:
        rows = itertools.chain([first], rows)
    index = partial(_index, names, name=name, header=header)
    label_at = len(names) - 1 if label is None else index(label, argument="label")
    texts = [index(column, argument="one_hot") for column in one_hot]
    if label_at in texts:
        raise invalid_argument(
            "one_hot", "feature columns, not the label column", names[label_at], where=name
        )
    columns = [_Texts() if k in texts else _Numbers() for k in range(len(names))]
    columns[label_at] = labels = _Texts()
    while block := list(itertools.islice(rows, BLOCK)):
        for column, cells in zip(columns, zip(*block, strict=True), strict=True):
            column.add(cells)
    if not columns[0].count:
        raise DataError(f"{name} holds no rows below its header.")
    _refuse_wrong_cells(columns, names, name, header)
    if header is None:
        _refuse_names_among_texts(columns, names, name)
    features = [k for k in range(len(names)) if k != label_at]
    parts = [columns[k].numbers(names[k]) for k in features]
    return Table(
        x=np.hstack([values for _, values in parts]),
        labels=labels.texts(),
        features=tuple(feature for made, _ in parts for feature in made),
        columns=tuple(names[k] for k, (made, _) in zip(features, parts, strict=True) for _ in made),
        label=names[label_at],
        first_row=1 if header is False else 2,
    )


class _Numbers:
    """A column of numbers while it is read; NaN where one is missing."""

    wanted = "a number"

    def __init__(self) -> None:
        self.count = 0
        self.wrong: tuple[int, str] | None = None  # index and text of the first cell to refuse
        self._parts: list[NDArray[np.float64]] = []

    def add(self, cells: Sequence[str]) -> None:
        if self.wrong is None:
            values, wrong = self._values(cells)
            self._parts.append(values)
            if wrong is not None:
                self.wrong = (self.count + wrong, cells[wrong])
        self.count += len(cells)

    def numbers(self, name: str) -> tuple[list[str], NDArray[np.float64]]:
        """Return the features that the column becomes, and their values, (rows, features)."""
        return [name], np.concatenate(self._parts)[:, np.newaxis]

    def _values(self, cells: Sequence[str]) -> tuple[NDArray[np.float64], int | None]:
        """Return numbers, and the index of a cell that is none and not missing.

        Only cells that cannot be converted all at once are looked at one by one.
        """
        if PLAIN.fullmatch(",".join(cells)):
            with contextlib.suppress(ValueError):
                values = np.array(list(map(float, cells)))
                if np.isfinite(values).all():
                    return values, None
        values = np.full(len(cells), math.nan)
        for k, cell in enumerate(map(str.strip, cells)):
            if not is_missing(cell):
                values[k] = float(cell) if NUMBER.fullmatch(cell) else math.inf
                if not math.isfinite(values[k]):
                    return values, k
        return values, None


class _Texts(_Numbers):
    """A column of texts while it is read, numbered in the order in which they come."""

    wanted = f"a text of at most {LONGEST} characters on one line"

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, int] = {}

    def numbers(self, name: str) -> tuple[list[str], NDArray[np.float64]]:
        codes = np.concatenate(self._parts)[:, np.newaxis]
        if not 0 < len(self.known) <= MOST_CLASSES:
            expected = f"columns that hold 1 to {MOST_CLASSES:,} different texts"
            where = f"the column holds {len(self.known):,} different texts"
            raise invalid_argument("one_hot", expected, name, where=where)
        texts = sorted(self.known)
        wide = np.where(np.isnan(codes), codes, codes == [self.known[text] for text in texts])
        return [f"{name}={text}" for text in texts], wide

    def texts(self) -> NDArray[np.str_]:
        """Return the texts, "" where one is missing."""
        codes = np.nan_to_num(np.concatenate(self._parts), nan=-1).astype(np.intp)
        return np.array([*self.known, ""])[codes]

    def _values(self, cells: Sequence[str]) -> tuple[NDArray[np.float64], int | None]:
        codes = np.full(len(cells), math.nan)
        for k, text in enumerate(map(str.strip, cells)):
            if is_missing(text):
                continue
            if text not in self.known and (len(text) > LONGEST or len(text.splitlines()) != 1):
                return codes, k
            codes[k] = self.known.setdefault(text, len(self.known))
        return codes, None


def _refuse_wrong_cells(
    columns: Sequence[_Numbers], names: list[str], name: str, header: bool | None
) -> None:
    """Raise for the first cell that is wrong, and name every column that holds texts."""
    wrong = {k: one.wrong for k, one in enumerate(columns) if one.wrong is not None}
    if not wrong:
        return
    k = min(wrong, key=lambda k: (wrong[k][0], k))
    index, cell = wrong[k]
    row = index + (1 if header is False else 2)
    wanted = "a finite number" if is_infinite(cell) else columns[k].wanted
    if DECIMAL_COMMA.fullmatch(cell):
        wanted += " with a decimal point, not a comma"
    words = f'{name}, row {row}, column "{names[k]}" must be {wanted}; got {_short(cell)}'
    if header is False and not any(index for index, _ in wrong.values()):
        words += ". If row 1 names the columns, leave out --no-header (in Python header=False)"
    listed = [
        names[k] for k, (_, text) in wrong.items()
        if not isinstance(columns[k], _Texts) and not _is_written_wrong(text)
    ]  # fmt: skip
    if listed and not _is_written_wrong(cell):
        options = " ".join(f'--one-hot "{column}"' for column in listed)
        words += ". If a column holds texts, turn it into columns of 0 and 1 with "
        words += f"{options} (in Python one_hot={listed!r})"
        raise DataError(f"{words}.", argument="one_hot")
    raise DataError(f"{words}.")


def _is_written_wrong(cell: str) -> bool:
    """Whether a cell is a number all the same, so that its column does not hold texts."""
    return is_infinite(cell) or DECIMAL_COMMA.fullmatch(cell) is not None


def _refuse_names_among_texts(columns: Sequence[_Numbers], names: list[str], name: str) -> None:
    """Raise where a column's name is one of its own texts: row 1 may be a row of data."""
    for column, own in zip(columns, names, strict=True):
        if isinstance(column, _Texts) and own in column.known:
            raise _unclear_header(name, f"its cell {own!r} also occurs below it in the same column")


def _names(first: list[str], name: str, header: bool | None) -> list[str]:
    if header is False:
        return [f"column {k}" for k in range(1, len(first) + 1)]
    for k, column in enumerate(first):
        if header is None and column and (NUMBER.fullmatch(column) or is_missing(column)):
            raise _unclear_header(
                name, f"its cell in column {k + 1} is {column!r}, which does not look like a name"
            )
    repeated = len(set(first)) < len(first)
    for k, column in enumerate(first):
        if not column:
            hint = " If pandas wrote its index into this column, save the table with index=False."
            raise DataError(f"{name}, row 1: column {k + 1} has no name.{'' if k else hint}")
        if any(not character.isprintable() for character in column):
            raise DataError(
                f"{name}, row 1: the name of column {k + 1} must have printable characters only; "
                f"got {column!r}."
            )
        if repeated and column in first[:k]:
            raise DataError(f"{name}, row 1: two columns are named {column!r}.")
    return first


def _unclear_header(name: str, found: str) -> InitlabError:
    return DataError(
        f"{name}, row 1 may be column names or data: {found}. Give --header if row 1 names the "
        "columns, or --no-header if row 1 is data (in Python header=True or header=False).",
        argument="header", expected="True or False",
    )  # fmt: skip


def _index(
    names: list[str], column: str, *, name: str, header: bool | None, argument: str
) -> int:  # fmt: skip
    if column in names:
        return names.index(column)
    found = f"Its columns run from {names[0]!r} to {names[-1]!r}"
    if header is False:
        found = (
            "With --no-header (in Python header=False) row 1 is data, and the columns are called "
            f"{names[0]!r} to {names[-1]!r}"
        )
    raise DataError(
        f"{name} has no column {column!r}. {found}. {nearest_hint(column, names)}".rstrip(),
        argument=argument, value=column, expected="the name of a column",
    )  # fmt: skip


def _short(cell: str) -> str:
    if not cell.strip():
        return "an empty cell"
    return repr(cell if len(cell) <= 40 else cell[:37] + "...")
