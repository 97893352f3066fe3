"""Bytes of a table, text or Parquet or Arrow -> its rows of cells; nothing is guessed.

Cells of a text come from Python's csv module, which is strict about quotes and knows the row it is
in; polars reads the others.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from initlab.errors import DataError
from initlab.extras import load_optional
from initlab.validation import listed

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # as spreadsheets export "Unicode text"
PARQUET, ARROW = b"PAR1", b"ARROW1"  # how such files begin


def delimited_rows(content: bytes, name: str) -> Iterator[list[str]]:
    """Yield the rows of a table, all of one length; empty rows are allowed at the end only.

    Cells are separated by commas, semicolons or tabs: by the one that the first row holds outside
    quotes, or, where it holds several, by the one that cuts every row into as many cells. The text
    is UTF-8, or UTF-16 with a byte order mark; lines end in LF, CRLF or CR.

    Args:
        content: of the file.
        name: of the file, for messages.

    Raises:
        DataError: no text, no or no clear separator, a ragged or empty row, a stray quote.
    """
    text = _decoded(content, name)
    width = None
    for number, cells in enumerate(_split(text, _separator(text, name), name), start=1):
        width = width or len(cells)
        if len(cells) != width:
            raise DataError(
                f"{name}, row {number} must have {width} cells, as many as row 1; got {len(cells)}."
            )
        yield cells


def _decoded(content: bytes, name: str) -> str:
    encoding = "utf-16" if content.startswith(UTF_16) else "utf-8-sig"
    if encoding != "utf-16" and b"\0" in content:
        raise DataError(f"{name} is not a text table: it holds NUL bytes.")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        wanted = encoding.removesuffix("-sig").upper()
        hint = "" if encoding == "utf-16" else ". If the table is in Latin-1, save it as UTF-8"
        raise DataError(
            f"{name}, row {row} holds the byte 0x{content[error.start]:02X}, which is not "
            f"valid in {wanted}{hint}."
        ) from None


def _split(text: str, separator: str, name: str) -> Iterator[list[str]]:
    reader = csv.reader(
        io.StringIO(text, newline=""), strict=True, delimiter=separator, skipinitialspace=True
    )
    number, blank = 0, None
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise DataError(f"{name}, row {number}: {error}.") from error
        if cells is None:
            return
        if not cells or (len(cells) == 1 and not cells[0].strip()):
            blank = blank or number
            continue
        if blank is not None:
            raise DataError(f"{name}, row {blank} is empty.")
        yield cells


def _separator(text: str, name: str) -> str:
    found = [s for s in SEPARATORS if max(_widths(text, s, name, rows=1), default=0) > 1]
    if not found:
        cell = next(_split(text, ",", name), [""])[0]  # or the error of its quotes
        if not cell:
            raise DataError(
                f"{name} is empty. A table needs rows of data, with or without a row of column "
                "names above them."
            )
        raise DataError(
            f"{name}, row 1 must have two columns or more, separated by "
            f"{listed([*SEPARATORS.values()], 'or')}; got one column, {cell[:40]!r}."
        )
    fitting = found
    if len(found) > 1:
        fitting = [s for s in found if len(_widths(text, s, name)) == 1]
    if len(fitting) != 1:
        both = " and ".join(SEPARATORS[separator] for separator in found)
        why = (
            "more than one of them gives every row as many cells as row 1"
            if fitting
            else "whichever is used, some rows get more or fewer cells than row 1"
        )
        raise DataError(
            f"{name}, row 1 holds {both}, and it is not clear which of them separate the cells: "
            f"{why}. Use one separator, and put quotes around cells that contain a different "
            "separator."
        )
    return fitting[0]


def _widths(text: str, separator: str, name: str, rows: int | None = None) -> set[int]:
    """Return the lengths of the rows, of the first ones if so asked; none if one fails."""
    try:
        return {len(cells) for cells in itertools.islice(_split(text, separator, name), rows)}
    except DataError:
        return set()


def is_columnar(content: bytes) -> bool:
    """Whether a file is Parquet or Arrow, by its first bytes."""
    return content.startswith((PARQUET, ARROW))


def columnar_rows(content: bytes, name: str) -> Iterator[Sequence[str]]:
    """Yield the names of the columns, then the rows: numbers in full, "" where a value is null.

    As texts they obey the same rules as any other table's cells.

    Args:
        content: of the file.
        name: of the file, for messages.

    Raises:
        InitlabError: polars is not installed.
        DataError: the file is damaged, or a column holds lists or records.
    """
    needed = f"polars, which reads Parquet and Arrow files such as {name},"
    polars = load_optional("polars", needed, "tables")
    read: Any = polars.read_parquet if content.startswith(PARQUET) else polars.read_ipc
    try:
        frame = read(io.BytesIO(content))
    except (Exception, polars.exceptions.PanicException) as error:  # of several decoders
        raise DataError(f"{name} is damaged: {str(error).splitlines()[0]}.") from error
    nested = [column for column, kind in frame.schema.items() if kind.is_nested()]
    if nested:
        raise DataError(f"{name}, column {nested[0]!r} must hold numbers or texts; it holds "
                        "lists or records.")  # fmt: skip
    yield frame.columns
    flags = polars.col(polars.Boolean).cast(polars.Int8)
    texts = polars.all().cast(polars.String).fill_null("")
    yield from frame.with_columns(flags).select(texts).iter_rows()
