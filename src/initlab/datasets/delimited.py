"""Bytes of a text table -> its rows of cells, whatever separates them; nothing is guessed.

The cells come from Python's csv module, which is strict about quotes and knows the row it is in.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator

from initlab.errors import DataError

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # as spreadsheets export "Unicode text"


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
            raise DataError(f"{name}, row {number}: found {len(cells)} cells, wanted {width}.")
        yield cells


def _decoded(content: bytes, name: str) -> str:
    encoding = "utf-16" if content.startswith(UTF_16) else "utf-8-sig"
    if encoding != "utf-16" and b"\0" in content:
        raise DataError(f"{name} is no table of text: it holds zero bytes.")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"{name}, row {row}: found a byte that is not {encoding[:6].upper()}."
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
            raise DataError(f"{name}, row {blank}: found an empty row.")
        yield cells


def _separator(text: str, name: str) -> str:
    first = {separator: next(_split(text, separator, name), []) for separator in SEPARATORS}
    if not any(first.values()):
        raise DataError(f"{name} is empty; wanted a row of column names, then rows of cells.")
    found = [separator for separator, cells in first.items() if len(cells) > 1]
    if not found:
        raise DataError(
            f"{name}, row 1: found one column, {first[','][0][:40]!r}; wanted two or more, "
            f"separated by {', '.join(SEPARATORS.values())}."
        )
    if len(found) > 1:
        fitting = [separator for separator in found if _cuts_evenly(text, separator, name)]
        if len(fitting) != 1:
            both = " and ".join(SEPARATORS[separator] for separator in found)
            raise DataError(
                f"{name}, row 1: found {both}, and {'more than one' if fitting else 'none'} of "
                "them cuts every row into as many cells; wanted one separator, and quotes around "
                "cells that hold another."
            )
        found = fitting
    return found[0]


def _cuts_evenly(text: str, separator: str, name: str) -> bool:
    try:
        return len({len(cells) for cells in _split(text, separator, name)}) == 1
    except DataError:
        return False
