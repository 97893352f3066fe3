"""Parquet or Arrow file -> the rows of its table, as texts; polars reads it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

from initlab.errors import DataError

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
        DataError: polars is not installed, the file is damaged, or a column holds lists or
            records.
    """
    try:
        import polars
    except ImportError as error:
        raise DataError(
            f"{name} is a Parquet or Arrow file, which polars reads: "
            "pip install 'initlab[tables]', or save it as CSV."
        ) from error
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
