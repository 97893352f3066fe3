"""Study record -> tidy CSV files: cells, curves, summary, differences.

Numbers are written with every digit, infinity as inf, a missing value as an empty field.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from initlab.analysis import Analysis, Difference, InitSummary
from initlab.records import Cell

CELL_COLUMNS = (
    "steps_to_threshold", "initial_loss", "diverged_step", "first_nonfinite",
)  # fmt: skip
SCORE_COLUMNS = ("count", "mean", "iqm", "min", "max", "median")
INTERVALS = ("ci95", "median_ci95")
INIT_COLUMNS = ("finished", "diverged", "cancelled", "reached_threshold", "median_steps")
DIFFERENCE_COLUMNS = (
    "first", "second", "metric", "pairs", "mean_difference", "p", "p_holm", "comparisons",
    "noise", "winner", "words",
)  # fmt: skip
Columns = dict[str, list[Any]]


def write_tables(folder: Path, record: Analysis) -> list[Path]:
    """Write the four tables of a record into an existing folder; return their paths."""
    return [
        write_cells(folder / "cells.csv", record.cells),
        write_curves(folder / "curves.csv", record.cells),
        write_summary(folder / "summary.csv", record.summary),
        write_differences(folder / "differences.csv", record.differences),
    ]


def write_cells(path: Path, cells: Sequence[Cell]) -> Path:
    """Write one row per run: init, seed, outcome, final metrics, how it began and stopped."""
    columns = run_columns(cells, ("init", "seed", "outcome"), CELL_COLUMNS)
    return _write(path, list(columns), _rows(columns))


def write_curves(path: Path, cells: Sequence[Cell]) -> Path:
    """Write one row per run and recorded step; a list of numbers is joined by spaces."""
    first, names = ("init", "seed"), _recorded(cells)
    rows = (row for cell in cells for row in _rows(step_columns([cell], first, names)))
    return _write(path, [*first, *names], rows)


def run_columns(cells: Sequence[Cell], first: Sequence[str], last: Sequence[str]) -> Columns:
    """Return one row per run: the fields named first, the metrics, the fields named last.

    A metric of a run that did not finish is None.
    """
    metrics = dict.fromkeys(name for cell in cells for name in cell.metrics)
    return {
        **{name: [getattr(cell, name) for cell in cells] for name in first},
        **{name: [cell.metrics.get(name) for cell in cells] for name in metrics},
        **{name: [getattr(cell, name) for cell in cells] for name in last},
    }


def step_columns(
    cells: Sequence[Cell], first: Sequence[str], names: Sequence[str] | None = None
) -> Columns:
    """Return one row per run and recorded step: the fields named first, and what was recorded."""
    names = _recorded(cells) if names is None else names
    rows = [(cell, k) for cell in cells for k in range(len(cell.curve["step"]))]
    return {
        **{name: [getattr(cell, name) for cell, _ in rows] for name in first},
        **{name: [cell.curve[name][k] if name in cell.curve else None for cell, k in rows]
           for name in names},
    }  # fmt: skip


def _recorded(cells: Sequence[Cell]) -> list[str]:
    return list(dict.fromkeys(name for cell in cells for name in cell.curve))


def write_summary(path: Path, summary: Sequence[InitSummary]) -> Path:
    """Write one row per init and metric; without a finished seed its scores are empty."""
    rows = []
    for row in summary:
        counts = [getattr(row, name) for name in INIT_COLUMNS]
        for metric, scores in row.metrics.items():
            numbers = [getattr(scores, name, None) for name in SCORE_COLUMNS]
            intervals = (getattr(scores, name, None) or (None, None) for name in INTERVALS)
            bounds = [bound for interval in intervals for bound in interval]
            rows.append([row.init, metric, *numbers, *bounds, *counts])
    ends = [f"{name}_{end}" for name in INTERVALS for end in ("low", "high")]
    columns = ["init", "metric", *SCORE_COLUMNS, *ends, *INIT_COLUMNS]
    return _write(path, columns, rows)


def write_differences(path: Path, differences: Sequence[Difference]) -> Path:
    """Write one row per pair of inits."""
    rows = ([getattr(one, name) for name in DIFFERENCE_COLUMNS] for one in differences)
    return _write(path, list(DIFFERENCE_COLUMNS), rows)


def append_columns(path: Path, columns: Mapping[str, Sequence[Any]]) -> Path:
    """Write columns of equal length below those that are there; lists are joined by spaces."""
    return _write(path, [] if path.exists() else list(columns), _rows(columns), mode="a")


def _rows(columns: Mapping[str, Sequence[Any]]) -> Iterable[Sequence[Any]]:
    return zip(*columns.values(), strict=True)


def _write(
    path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]], mode: str = "w"
) -> Path:
    with path.open(mode, encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if columns:
            writer.writerow(columns)
        writer.writerows([_field(value) for value in row] for row in rows)
    return path


def _field(value: Any) -> Any:
    if isinstance(value, list):
        return " ".join(map(str, value))
    # float() first: NumPy's own repr of a scalar names its type
    return repr(float(value)) if isinstance(value, float) else value
