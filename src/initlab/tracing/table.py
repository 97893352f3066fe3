"""Trace -> a table per step for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from initlab.numbers import decimals
from initlab.tracing.explanation import conclusion, rows
from initlab.tracing.step import Step

if TYPE_CHECKING:
    from initlab.tracing.trace import Trace

ROWS, COLUMNS = 4, 6  # of an array that are shown
FINE, COARSE = 8, 4  # decimals: of an array of few columns, and of a wide one
STYLES = {"zero": "bright_black", "equal": "medium_purple", "unchanged": "cyan"}


def tables(trace: Trace) -> Iterator[Any]:
    """Yield what rich prints: a heading, then a table and a conclusion per step."""
    from rich.text import Text

    yield Text(heading(trace), style="bold")
    first = trace.steps[0]
    arrays = {**first.forward, **first.backward, **first.parameters}.values()
    if any(len(a) > ROWS or a.shape[1] > COLUMNS for a in arrays):
        yield Text(f"Only the first {ROWS} rows and {COLUMNS} columns of large arrays are shown.",
                   style="dim")  # fmt: skip
    for step in trace.steps:
        yield Text("")
        yield Text(f"Step {step.step} · {loss_words(step)}", style="bold")
        yield _table(step)
        yield Text(conclusion(step), style="bold")


def plain_text(trace: Trace) -> str:
    """Return the tables as text, without colours."""
    import io

    from rich.console import Console

    stream = io.StringIO()
    Console(file=stream, width=120, color_system=None, highlight=False).print(
        *tables(trace), sep="\n"
    )
    return stream.getvalue().rstrip("\n")


def _table(step: Step) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column("part", style="dim", no_wrap=True)
    table.add_column("value", no_wrap=True)
    table.add_column("equation and remarks")
    part = ""
    for row in rows(step):
        if row.part != part and part:
            table.add_row("", "", "")
        words = Text(row.equation)
        for remark in row.remarks:
            words.append("\n" + remark.clause, style=STYLES[remark.kind])
        first, *rest = array_lines(row.value)
        indent = " " * (len(row.name) + 3)
        value = "\n".join([f"{row.name} = {first}", *(indent + line for line in rest)])
        name = "updated" if row.part == "parameters" else row.part
        table.add_row("" if row.part == part else name, value, words)
        part = row.part
    return table


def array_lines(array: NDArray[np.float64]) -> list[str]:
    """Return an array's first rows and columns, a line each, in columns."""
    digits = FINE if array.shape[1] <= 2 else COARSE
    cells = [[decimals(float(v), digits) for v in row[:COLUMNS]] for row in array[:ROWS]]
    width = max(len(cell) for row in cells for cell in row)
    more = f"  … {array.shape[1] - COLUMNS} more" if array.shape[1] > COLUMNS else ""
    lines = ["[" + " ".join(cell.rjust(width) for cell in row) + more + "]" for row in cells]
    if len(array) > ROWS:
        rest = len(array) - ROWS
        lines.append(f"… {rest:,} more row{'s' if rest > 1 else ''}")
    return lines


def heading(trace: Trace) -> str:
    """Say what was trained, and how."""
    network = trace.network
    dims = "-".join(map(str, network.layer_dims))
    samples = "1 sample" if trace.batch_size == 1 else f"{trace.batch_size} samples"
    return (
        f"Network {dims}, {network.nonlinearity}, {network.loss.replace('_', ' ')}, "
        f"{samples} per step, learning rate η = {trace.learning_rate:g}"
    )


def loss_words(step: Step) -> str:
    """Give a step's loss, and its sample where there is only one."""
    inputs = ""
    if step.samples == 1 and step.inputs.shape[1] <= COLUMNS:
        x = ", ".join(decimals(float(v), FINE) for v in step.inputs[0])
        y = ", ".join(decimals(float(v), FINE) for v in step.targets[0])
        inputs = f"X = {x}, Y = {y}, "
    return f"{inputs}loss {decimals(step.loss, FINE)}"
