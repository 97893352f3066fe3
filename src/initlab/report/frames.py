"""Cells -> tidy columns, and these as a data frame, CSV or Parquet file."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from initlab.errors import InitlabError, StorageError
from initlab.files import cause, shown_path
from initlab.records import Cell
from initlab.report.tables import CELL_COLUMNS, write_columns

IDENTITY = ("init", "seed", "learning_rate")
ORIGIN = ("engine", "platform", "key")
Columns = dict[str, list[Any]]
LIBRARIES = ("pandas", "polars")  # the first that is installed makes the data frame
NONE_INSTALLED = (
    "A data frame needs pandas or polars: pip install pandas, or pip install 'initlab[tables]'."
)


def cell_columns(cells: Sequence[Cell]) -> Columns:
    """Return one row per cell: what it was, its outcome, final metrics, how it began and stopped.

    A metric of a cell that did not finish is None.
    """
    metrics = list(dict.fromkeys(name for cell in cells for name in cell.metrics))
    own = (*IDENTITY, "outcome")
    return {
        **{name: [getattr(cell, name) for cell in cells] for name in own},
        **{name: [cell.metrics.get(name) for cell in cells] for name in metrics},
        **{name: [getattr(cell, name) for cell in cells] for name in (*CELL_COLUMNS, *ORIGIN)},
    }


def curve_columns(cells: Sequence[Cell]) -> Columns:
    """Return one row per cell and recorded step."""
    names = list(dict.fromkeys(name for cell in cells for name in cell.curve))
    rows = [(cell, k) for cell in cells for k in range(len(cell.curve["step"]))]
    return {
        **{name: [getattr(cell, name) for cell, _ in rows] for name in IDENTITY},
        **{name: [cell.curve[name][k] if name in cell.curve else None for cell, k in rows]
           for name in names},
    }  # fmt: skip


def data_frame(columns: Columns) -> Any:
    """Return a pandas or polars data frame, by what is installed.

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
        return library.DataFrame(columns)
    raise InitlabError(NONE_INSTALLED)


def write_frames(folder: Path, cells: Sequence[Cell]) -> tuple[list[Path], str]:
    """Write cells and curves into a folder, as CSV, and as Parquet where polars is installed.

    Returns:
        The files; a sentence where Parquet was left out, else "".

    Raises:
        StorageError: the folder cannot be written.
    """
    try:
        import polars
    except ModuleNotFoundError:
        polars = None  # type: ignore[assignment]
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, columns in (("cells", cell_columns(cells)), ("curves", curve_columns(cells))):
            written.append(write_columns(folder / f"{name}.csv", columns))
            if polars is not None:
                written.append(folder / f"{name}.parquet")
                polars.DataFrame(columns, strict=False).write_parquet(written[-1])
    except OSError as error:
        raise StorageError(f"{shown_path(folder)} cannot be written: {cause(error)}.") from error
    left_out = "Parquet files need polars: pip install 'initlab[tables]'."
    return written, "" if polars is not None else left_out
