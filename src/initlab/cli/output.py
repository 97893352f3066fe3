"""Results and errors -> standard output for people, or exactly one JSON document."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from initlab.errors import InitlabError, shown_value
from initlab.numbers import shown

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

ONE_LINE, FOLDED = {"no_wrap": True}, {"overflow": "fold"}  # columns of a table


def console() -> Console:
    """Console for tables: as wide as the terminal, 100 columns where there is none."""
    import shutil

    from rich.console import Console

    class Output(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # rich would exit here, before we can say where a report is

    width = None if sys.stdout.isatty() else shutil.get_terminal_size((100, 24)).columns
    return Output(width=width, highlight=False, soft_wrap=False)


def interruption_code(interruption: BaseException) -> int:
    """Return the exit code that Ctrl-C (130) or a signal deserves."""
    return int(interruption.args[0]) if interruption.args else 130


def print_table(
    columns: Mapping[str, Mapping[str, Any]], rows: Iterable[Sequence[RenderableType]], **look: Any
) -> None:
    """Print rows below bold headings; a heading stands for how rich sets its column."""
    from rich.table import Table

    table = Table(box=None, **{"padding": (0, 2, 0, 0), **look})
    for heading, setting in columns.items():
        table.add_column(heading, **setting)
    for row in rows:
        table.add_row(*row)
    console().print(table)


def print_facts(facts: Mapping[str, str]) -> None:
    """Print a line per fact: its name, and what it is."""
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    for fact in facts.items():
        table.add_row(*fact)
    console().print(table)


def moments_text(mean: float, std: float) -> str:
    """Return "mean −0.001, std 0.0714"."""
    return f"mean {shown(mean, '.6g')}, std {shown(std, '.6g')}"


def print_json(document: Any) -> None:
    """Print one JSON document, all ASCII, without NaN."""
    print(json.dumps(document, indent=2, allow_nan=False))


def say(words: str) -> None:
    """Print a sentence on standard error, as far as it takes it: the exit code says the rest."""
    try:
        print(f"initlab: {words}", file=sys.stderr, flush=True)
    except OSError:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115


def error_fields(error: InitlabError) -> dict[str, Any]:
    """Return an error as JSON types."""
    return {
        "code": error.code,
        "message": str(error),
        "argument": error.argument,
        "value": None if error.value is None else shown_value(error.value, 200),
        "expected": error.expected,
        "where": error.where or None,
    }


def report_error(error: InitlabError, *, as_json: bool) -> None:
    """Say what went wrong: one sentence on standard error, or the JSON form on standard output."""
    if as_json:
        finished = getattr(error, "comparison", None)  # what was done before a cell failed
        study = {} if finished is None else {"study": finished.analysis.to_record(finished.options)}
        print_json({"ok": False, "error": error_fields(error), **study})
    else:
        say(str(error))
