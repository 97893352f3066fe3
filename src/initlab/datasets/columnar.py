"""Parquet or Arrow file -> the rows of its table, as texts; polars reads it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

from initlab.errors import DataError
from initlab.extras import load_optional

PARQUET, ARROW = b"PAR1", b"ARROW1"  # how such files begin


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
        raise DataError(f"{name}, column {nested[0]!r}: found lists or records, wanted numbers or "
                        "texts.")  # fmt: skip
    yield frame.columns
    flags = polars.col(polars.Boolean).cast(polars.Int8)
    texts = polars.all().cast(polars.String).fill_null("")
    yield from frame.with_columns(flags).select(texts).iter_rows()
