"""Cells -> tidy columns, and these as a data frame, or block by block as CSV and Parquet files."""

from __future__ import annotations

import importlib
import itertools
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from initlab.errors import InitlabError, StorageError
from initlab.files import cause, shown_path
from initlab.records import Cell
from initlab.report.tables import (
    CELL_COLUMNS,
    Columns,
    append_columns,
    run_columns,
    step_columns,
)

IDENTITY = ("init", "seed", "learning_rate")
ORIGIN = ("engine", "platform", "key")
BLOCK = 200  # cells whose rows are in memory together
KINDS = {  # of columns in a data frame; all others hold numbers
    **dict.fromkeys(("init", "outcome", "first_nonfinite", *ORIGIN), str),
    **dict.fromkeys(("seed", "steps_to_threshold", "diverged_step", "step"), int),
    "distinct_units": list[int],
}
MAY_MISS = ("steps_to_threshold", "diverged_step")  # columns of integers
LIBRARIES = ("pandas", "polars")  # the first that is installed makes the data frame
NONE_INSTALLED = (
    "A data frame needs pandas or polars: pip install pandas, or pip install 'initlab[tables]'."
)


def cell_columns(cells: Sequence[Cell]) -> Columns:
    """Return one row per cell: what it was, its outcome, final metrics, how it went."""
    return run_columns(cells, (*IDENTITY, "outcome"), (*CELL_COLUMNS, *ORIGIN))


def curve_columns(cells: Sequence[Cell]) -> Columns:
    """Return one row per cell and recorded step."""
    return step_columns(cells, IDENTITY)


def data_frame(columns: Columns) -> Any:
    """Return a pandas or polars data frame, by what is installed.

    The type of a column does not depend on which of its values are missing.

    Raises:
        InitlabError: neither is.
    """
    for name in LIBRARIES:
        try:
            library = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            continue
        if name == "polars":
            return library.DataFrame(columns, schema=schema_of(columns), strict=False)
        return library.DataFrame(columns).astype(_pandas_types(columns))
    raise InitlabError(NONE_INSTALLED)


def schema_of(columns: Iterable[str]) -> dict[str, Any]:
    """Return the Python type of each column's values."""
    return {name: KINDS.get(name, float) for name in columns}


def _pandas_types(columns: Columns) -> dict[str, str]:
    """Return pandas' types of numbers: integers some of which are missing have their own."""
    types = {}
    for name, kind in schema_of(columns).items():
        if kind is int:
            types[name] = "Int64" if name in MAY_MISS else "int64"
        elif kind is float:
            types[name] = "float64"
    return types


def write_frames(folder: Path, cells: Iterable[Cell]) -> tuple[list[Path], str]:
    """Write cells and curves into a folder, as CSV, and as Parquet where polars is installed.

    Only a block of cells is in memory; files appear, or replace older ones, as a whole.

    Args:
        folder: made if missing.
        cells: of one study, so that all have the same scores and curves.

    Returns:
        The files; a sentence where Parquet was left out, else "".

    Raises:
        StorageError: the folder cannot be written.
    """
    try:
        import polars
    except ModuleNotFoundError:
        polars = None  # type: ignore[assignment]
    left, written = iter(cells), []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".export-", dir=folder) as place:
            tables = [
                (Table(Path(place), "cells", polars), cell_columns),
                (Table(Path(place), "curves", polars), curve_columns),
            ]
            block = list(itertools.islice(left, BLOCK))
            while True:
                for table, columns in tables:
                    table.add(columns(block))
                if not (block := list(itertools.islice(left, BLOCK))):
                    break
            for path in [path for table, _ in tables for path in table.finished()]:
                written.append(path.replace(folder / path.name))
    except OSError as error:
        raise StorageError(f"{shown_path(folder)} cannot be written: {cause(error)}.") from error
    left_out = (
        "Parquet files were left out, because polars is not installed: "
        "pip install 'initlab[tables]'."
    )
    return written, "" if polars is not None else left_out


class Table:
    """The files of one table, which grow by blocks of rows.

    A Parquet file is written in one go, so each block has one of its own until the end.

    Args:
        folder: of this run alone.
        name: of the table.
        polars: the library; None for CSV alone.
    """

    def __init__(self, folder: Path, name: str, polars: ModuleType | None) -> None:
        self._csv, self._polars = folder / f"{name}.csv", polars
        self._parts = folder / name
        self._parts.mkdir()
        self._schema: dict[str, Any] = {}
        self._count = 0  # of the parts

    def add(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """Append rows, in the columns of the first block."""
        if not self._schema:
            self._schema = schema_of(columns)
        append_columns(self._csv, columns)
        if self._polars is not None:
            frame = self._polars.DataFrame(columns, schema=self._schema, strict=False)
            frame.write_parquet(self._parts / f"{self._count:06}.parquet")
            self._count += 1

    def finished(self) -> list[Path]:
        """Return the files."""
        if self._polars is None:
            return [self._csv]
        parquet = self._csv.with_suffix(".parquet")
        self._polars.scan_parquet(self._parts / "*.parquet").sink_parquet(parquet)
        return [self._csv, parquet]
