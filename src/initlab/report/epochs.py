"""Study record -> training as the document prints it: epoch, iteration, losses and accuracies."""

from __future__ import annotations

from initlab.analysis import Analysis
from initlab.analysis.names import shown_names
from initlab.numbers import shown
from initlab.records import Cell
from initlab.report.grid import Grid, Row

ROWS = 5  # lines per init, the last of them after the last update
COLUMNS = (
    "train_loss",
    "train_document_accuracy",
    "validation_loss",
    "validation_document_accuracy",
)


def prints_epochs(record: Analysis) -> bool:
    """Whether the study keeps what this table shows."""
    return all(set(COLUMNS) <= set(cell.curve) for cell in record.cells)


def epoch_grid(record: Analysis) -> Grid:
    """Return a few lines per init at the first seed; epochs count from 0, iterations from 1."""
    study = record.study
    names = dict(zip(study.inits, shown_names(study.inits), strict=True))
    headings = ("init", "epoch", "iteration", "training\nloss", "training\naccu",
                "validation\nloss", "validation\naccu")  # fmt: skip
    rows = []
    for cell in record.cells:
        if cell.seed == study.seeds[0]:
            lines = _rows(cell, study.training.steps)
            last = len(lines) - 1
            rows += [
                Row("" if k else names[cell.init], line, ends=k == last)
                for k, line in enumerate(lines)
            ]
    return Grid(f"Training at seed {study.seeds[0]}, as the document prints it", headings, rows)


def _rows(cell: Cell, steps: int) -> list[list[str]]:
    curve = cell.curve
    last = len(curve["step"]) - 1
    chosen = sorted({round(k * last / (ROWS - 2)) for k in range(ROWS - 1)} if last > 0 else {0})
    rows = [
        [_epoch(curve["epoch"][k]) if curve["step"][k] else "start", f"{curve['step'][k]:,.0f}"]
        + [_number(name, curve[name][k]) for name in COLUMNS]
        for k in chosen
        if last >= 0
    ]
    if cell.outcome == "finished" and last > 0:
        per_epoch = curve["step"][1] / curve["epoch"][1]
        finals = [_number(name, cell.metrics[name]) for name in COLUMNS]
        rows.append([_epoch(steps / per_epoch), f"{steps:,}", *finals])
    return rows


def _epoch(passes: float) -> str:
    """Return the number of the epoch that so many passes over the data end in, from 0 on."""
    return f"{max(0.0, passes - 1):,.0f}"


def _number(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return shown(value, ".6f" if name.endswith("loss") else ".4f")
