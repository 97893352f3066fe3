"""Study record -> what the terminal and a notebook show of it: the verdict first, details below."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from initlab.analysis import Analysis
from initlab.analysis.wording import counted, engine_words, runs_text
from initlab.records import Study
from initlab.report.grid import Grid, Row
from initlab.report.html import render
from initlab.report.results import (
    curve_grid,
    epoch_grid,
    prints_epochs,
    ranked,
    rate_grid,
    result_grid,
)

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType

TEXT_WIDTH = 100


class Summary:
    """A comparison's verdict, tables and reasons; prints as text, renders in Jupyter and rich.

    Args:
        record: the study and what it found.
        notes: what a reader should know; None for the record's own.
        report: folder of the report, which the next command then keeps; None for none.
        options: of the command that ran the study, which the next one keeps.
    """

    def __init__(
        self, record: Analysis, *, notes: Sequence[str] | None = None, report: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.record = record
        self.notes = record.notes if notes is None else tuple(notes)
        self.report, self.options = report, options or {}

    def __str__(self) -> str:
        from rich.console import Console

        text = io.StringIO()
        console = Console(file=text, width=TEXT_WIDTH, color_system=None, force_jupyter=False)
        console.print(self, crop=False)
        return "\n".join(line.rstrip() for line in text.getvalue().splitlines()).rstrip()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        record = self.record
        return render(
            "summary.html.jinja", record=record, next=self._next, headline=headline(record),
            results=result_grid(record, self.notes, every_metric=True),
            details=list(detail_grids(record)), reasons=reasons(record),
            differences=[one.words for one in record.differences if one.p is not None],
        )  # fmt: skip

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        """Yield the parts from the verdict to the curves, as rich asks for them."""
        from rich.padding import Padding
        from rich.text import Text

        record = self.record
        yield Text(record.verdict, style="bold")
        yield Text(record.verdict.evidence)
        # not wrapped: a command is for copying
        yield Text.assemble(("Next: ", "bold"), self._next, no_wrap=True, overflow="ignore")
        yield ""
        yield Text(headline(record), style="dim")
        yield result_grid(record, self.notes)
        yield ""
        yield Text("Why", style="bold")
        for row in reasons(record):
            yield Padding(Text.assemble((row.name, "bold"), ": ", *row.values), (0, 0, 0, 2))
        tested = [one for one in record.differences if one.p is not None]
        if tested:
            yield ""
            yield Text("Differences", style="bold")
            for difference in tested:
                yield Padding(Text(difference.words), (0, 0, 0, 2))
        for grid in detail_grids(record):
            yield ""
            yield grid

    @property
    def _next(self) -> str:
        return self.record.next_command(self.report, self.options)


def headline(record: Analysis) -> str:
    """Return the study in one line: network, training, seeds, and of a module its engine."""
    study = record.study
    dense, training = study.problem.dense, study.training
    if dense is None:
        network = counted(study.problem.weight_count, "parameter")
    else:
        widths = "-".join(str(width) for width in dense.layer_dims)
        network = f"{widths} {dense.nonlinearity} network"
    dropout = f"dropout {training.dropout:g}, " * bool(training.dropout)
    rate = f"learning rate {study.rates_words}"
    how = f"{training.optimizer}, {rate}, {dropout}{counted(training.steps, 'step')}"
    if training.steps == 0:
        how = "not trained (0 steps)"
    engine = f"; engine: {engine_words(record.engine)}" if study.problem.module else ""
    return f"{subject(study)}: {network}, {how}, {seeds_done(record)}{engine}"


def subject(study: Study) -> str:
    """Return the name of a study, of own data that of the file."""
    if study.problem.recipe != "arrays":
        return study.problem.recipe
    file = study.problem.data.get("data")
    return Path(file).name if isinstance(file, str) else "own data"


def seeds_done(record: Analysis) -> str:
    """Return the seeds of a study, and of an unfinished one how many of its runs are done."""
    return runs_text(record.study.seeds, record.done_count, record.planned)


def reasons(record: Analysis) -> list[Row]:
    """Return every init, best first, and why it did as it did, with the runs that failed."""
    return [
        Row(name, [f"{row.why} {row.failing_words}".rstrip()], colour)
        for row, name, colour in ranked(record)
    ]


def detail_grids(record: Analysis) -> Iterator[Grid]:
    """Return the tables below the reasons: rates where there are several, then losses."""
    if record.rates:
        yield rate_grid(record)
    curves = epoch_grid(record) if prints_epochs(record) else curve_grid(record)
    if curves is not None:
        yield curves
