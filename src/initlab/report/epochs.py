"""Study record -> training as the document prints it: epoch, iteration, losses and accuracies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from initlab.analysis import Analysis
from initlab.records import Cell

if TYPE_CHECKING:
    from rich.table import Table

ROWS = 5  # lines per start, the last of them after the last update
COLUMNS = (
    "train_loss",
    "train_document_accuracy",
    "validation_loss",
    "validation_document_accuracy",
)


def titled_table(title: str) -> Table:
    """Return an empty table in the look of all our tables."""
    from rich import box
    from rich.table import Table

    return Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)


def prints_epochs(record: Analysis) -> bool:
    """Whether the study keeps what this table shows."""
    return all(set(COLUMNS) <= set(cell.curve) for cell in record.cells)


def epoch_table(record: Analysis) -> Table:
    """A few lines per start at the first seed; epochs count from 0, iterations from 1."""
    seed = record.study.seeds[0]
    table = titled_table(f"Training at seed {seed}, as the document prints it")
    table.add_column("start", overflow="fold")
    for header in ("epoch", "iteration", "training\nloss", "training\naccu", "validation\nloss",
                   "validation\naccu"):  # fmt: skip
        table.add_column(header, justify="right")
    for cell in record.cells:
        if cell.seed == seed:
            for k, row in enumerate(_rows(cell, record.study.training.steps)):
                table.add_row("" if k else cell.init, *row, end_section=k == ROWS - 1)
    return table


def _rows(cell: Cell, steps: int) -> list[list[str]]:
    curve = cell.curve
    last = len(curve["step"]) - 1
    chosen = sorted({round(k * last / (ROWS - 2)) for k in range(ROWS - 1)} if last > 0 else {0})
    rows = [
        [_epoch(curve["epoch"][k]) if curve["step"][k] else "start", f"{curve['step'][k]:.0f}"]
        + [_number(name, curve[name][k]) for name in COLUMNS]
        for k in chosen
        if last >= 0
    ]
    if cell.outcome == "finished" and last > 0:
        per_epoch = curve["step"][1] / curve["epoch"][1]
        finals = [_number(name, cell.metrics[name]) for name in COLUMNS]
        rows.append([_epoch(steps / per_epoch), str(steps), *finals])
    return rows


def _epoch(passes: float) -> str:
    """Return the number of the epoch that so many passes over the data end in, from 0 on."""
    return f"{max(0.0, passes - 1):.0f}"


def _number(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.6f}" if name.endswith("loss") else f"{value:.4f}"
