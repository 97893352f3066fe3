"""Rows of cells -> a table of numbers and a column of labels; anything doubtful is refused."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from initlab.datasets.class_numbers import MOST_CLASSES, NUMBER
from initlab.datasets.missing import is_missing
from initlab.errors import DataError, InitlabError, refusal
from initlab.validation import nearest_hint

BLOCK = 10_000  # rows turned into arrays at a time
LONGEST_LABEL = 200  # characters: longer texts are no names of classes
# float() also takes nan, inf, 1_000 and Arabic digits; none of these characters can spell them
PLAIN = re.compile(r"[0-9+\-.eE, \t]*", re.ASCII)


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
    first_row = 2 if header is not False else 1
    if header is False:
        rows = itertools.chain([first], rows)
    label_at = len(names) - 1 if label is None else _index(names, label, name, "label")
    text_at = [_index(names, column, name, "one_hot") for column in one_hot]
    if label_at in text_at:
        raise refusal("one_hot", "columns other than the labels", names[label_at], where=name)
    reading = _Reading(name, names, first_row, {label_at, *text_at})
    for block in _blocks(rows):
        reading.add(block)
    if not reading.count:
        raise DataError(f"{name} holds no rows below its header.")
    reading.refuse_wrong_cells()
    if header is None:
        reading.refuse_names_among_texts()
    features = [at for at in range(len(names)) if at != label_at]
    parts = {at: reading.column(at) for at in features}
    x = np.empty((reading.count, sum(len(labels) for labels, _ in parts.values())))
    place = 0
    for labels, values in parts.values():
        x[:, place : place + len(labels)] = values
        place += len(labels)
    return Table(
        x=x,
        labels=reading.texts(label_at),
        features=tuple(text for labels, _ in parts.values() for text in labels),
        columns=tuple(names[at] for at, (labels, _) in parts.items() for _ in labels),
        label=names[label_at],
        first_row=first_row,
    )


class _Reading:
    """The columns of a table while it is read: numbers, or codes of texts."""

    def __init__(self, name: str, names: list[str], first_row: int, texts: set[int]) -> None:
        self.name, self.names, self.first_row, self.count = name, names, first_row, 0
        self._parts: list[list[NDArray[np.float64]]] = [[] for _ in names]
        self._codes: dict[int, dict[str, int]] = {at: {} for at in sorted(texts)}
        self._wrong: dict[int, tuple[int, str]] = {}  # column -> first row and cell of no number

    def add(self, block: list[Sequence[str]]) -> None:
        for at, cells in enumerate(zip(*block, strict=True)):
            if at in self._codes:
                self._parts[at].append(self._coded(at, cells))
            elif at not in self._wrong:
                numbers, wrong = _numbers(cells)
                self._parts[at].append(numbers)
                if wrong is not None:
                    self._wrong[at] = (self.count + wrong, cells[wrong])
        self.count += len(block)

    def _coded(self, at: int, cells: Sequence[str]) -> NDArray[np.float64]:
        """Number the texts in the order in which they come; NaN where one is missing."""
        known = self._codes[at]
        codes = np.full(len(cells), math.nan)
        for k, cell in enumerate(cells):
            text = cell.strip()
            if is_missing(text):
                continue
            if text not in known and (len(text) > LONGEST_LABEL or len(text.splitlines()) != 1):
                raise DataError(
                    f"{self._place(self.count + k, at)}: found {_short(text)}, wanted a label."
                )
            codes[k] = known.setdefault(text, len(known))
        return codes

    def refuse_wrong_cells(self) -> None:
        """Raise for the first cell that is no number, and name every column that holds such."""
        if not self._wrong:
            return
        at = min(self._wrong, key=lambda at: (self._wrong[at][0], at))
        index, cell = self._wrong[at]
        options = " ".join(f'--one-hot "{self.names[k]}"' for k in sorted(self._wrong))
        listed = [self.names[k] for k in sorted(self._wrong)]
        comma = " with a point, not a comma" if re.fullmatch(r"\s*[+-]?\d+,\d+\s*", cell) else ""
        raise DataError(
            f"{self._place(index, at)}: found {_short(cell)}, wanted a number{comma}; where the "
            f"cells of a column are texts, turn them into columns of 0 and 1 with {options} "
            f"(in Python one_hot={listed!r}).",
            argument="one_hot", expected="columns of texts",
        )  # fmt: skip

    def refuse_names_among_texts(self) -> None:
        """Raise where a column's name is one of its own texts: row 1 may be a row of data."""
        for at, known in self._codes.items():
            if self.names[at] in known:
                raise _unclear_header(self.name, f"{self.names[at]!r}, which other rows hold too")

    def column(self, at: int) -> tuple[list[str], NDArray[np.float64]]:
        """Return the features that a column becomes, and their values."""
        values = np.concatenate(self._parts[at])
        if at not in self._codes:
            return [self.names[at]], values[:, np.newaxis]
        known = sorted(self._codes[at])
        if not 0 < len(known) <= MOST_CLASSES:
            raise refusal(
                "one_hot", f"columns of at most {MOST_CLASSES:,} different texts, at least one",
                self.names[at], where=f"{self.name}: {len(known):,} texts",
            )  # fmt: skip
        codes = [self._codes[at][text] for text in known]
        wide = (values[:, np.newaxis] == codes).astype(np.float64)
        wide[np.isnan(values)] = math.nan
        return [f"{self.names[at]}={text}" for text in known], wide

    def texts(self, at: int) -> NDArray[np.str_]:
        """Return the texts of a column, "" where one is missing."""
        codes = np.concatenate(self._parts[at])
        known = np.array([*self._codes[at], ""])
        return known[np.where(np.isnan(codes), -1, codes).astype(np.intp)]

    def _place(self, index: int, at: int) -> str:
        return f'{self.name}, row {self.first_row + index}, column "{self.names[at]}"'


def _numbers(cells: Sequence[str]) -> tuple[NDArray[np.float64], int | None]:
    """Return finite numbers, NaN for missing cells, and the index of a cell that is neither.

    Only cells that cannot be converted all at once are looked at one by one.
    """
    if PLAIN.fullmatch(",".join(cells)):
        try:
            numbers = np.array(list(map(float, cells)))
        except ValueError:
            pass
        else:
            if np.isfinite(numbers).all():
                return numbers, None
    numbers = np.full(len(cells), math.nan)
    for k, cell in enumerate(map(str.strip, cells)):
        if is_missing(cell):
            continue
        number = float(cell) if NUMBER.fullmatch(cell) else math.inf
        if not math.isfinite(number):
            return numbers, k
        numbers[k] = number
    return numbers, None


def _blocks(rows: Iterator[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    while block := list(itertools.islice(rows, BLOCK)):
        yield block


def _names(first: list[str], name: str, header: bool | None) -> list[str]:
    if header is False:
        return [f"column {k}" for k in range(1, len(first) + 1)]
    for k, column in enumerate(first):
        if header is None and column and (NUMBER.fullmatch(column) or is_missing(column)):
            raise _unclear_header(name, f"{column!r} where the name of column {k + 1} would stand")
    for k, column in enumerate(first):
        if not column or any(not character.isprintable() for character in column):
            raise DataError(f"{name}, row 1: found {column!r} as the name of column {k + 1}.")
        if column in first[:k]:
            raise DataError(f"{name}, row 1: found two columns named {column!r}.")
    return first


def _unclear_header(name: str, found: str) -> InitlabError:
    return DataError(
        f"{name}, row 1: found {found}; say --no-header if row 1 is data, or --header if it names "
        "the columns (in Python header=False or header=True).",
        argument="header", expected="True or False",
    )  # fmt: skip


def _index(names: list[str], column: str, name: str, argument: str) -> int:
    if column in names:
        return names.index(column)
    raise DataError(
        f"{name} has no column {column!r}; its last is {names[-1]!r}. "
        f"{nearest_hint(column, names)}".rstrip(),
        argument=argument, value=column, expected="the name of a column",
    )  # fmt: skip


def _short(cell: str) -> str:
    if not cell.strip():
        return "an empty cell"
    return repr(cell if len(cell) <= 40 else cell[:37] + "...")
