"""Study record -> the tables and sentences that the terminal and a notebook show."""

from __future__ import annotations

import io
import math
import statistics
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from initlab.analysis import Analysis, Scores, StartSummary
from initlab.analysis.statistics import FEWEST_FOR_INTERVAL, higher_is_better
from initlab.analysis.wording import (
    metric_kind,
    metric_label,
    metric_notes,
    seeds_text,
    value_text,
)
from initlab.records import Cell, Study
from initlab.report.epochs import epoch_table, prints_epochs, titled_table

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table

CURVE_ROWS = 15  # the documents print 0, 1000, ..., 14000
LARGE_LOSS = 100.0  # from here on six digits in all say enough
TEXT_WIDTH = 100
# a notebook's own style of <pre> may have letters of different widths, and columns need equal ones
HTML = '<pre style="font-family: monospace; line-height: 1.25">{code}</pre>'


class Summary:
    """A comparison's tables, reasons and verdict; prints as text, renders in Jupyter and rich."""

    def __init__(self, record: Analysis) -> None:
        self.record = record

    def __str__(self) -> str:
        return str(self._printed().file.getvalue()).rstrip()  # type: ignore[attr-defined]

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self._printed(record=True).export_html(inline_styles=True, code_format=HTML)

    def _printed(self, *, record: bool = False) -> Console:
        from rich.console import Console

        console = Console(
            file=io.StringIO(), width=TEXT_WIDTH, record=record, color_system=None,
            force_jupyter=False,
        )  # fmt: skip
        console.print(self)
        return console

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        """Yield the parts from the curves to the verdict, as rich asks for them."""
        from rich.padding import Padding
        from rich.text import Text

        record = self.record
        yield Text(headline(record.study), style="bold")
        if record.study.problem.module:
            yield Text(f"engine: {record.engine}")
        yield ""
        curves = epoch_table(record) if prints_epochs(record) else curve_table(record)
        rates = rate_table(record) if record.rates else None
        for table in (curves, rates):
            if table is not None:
                yield table
                yield ""
        yield start_table(record)
        yield from map(Text, metric_notes(record.summary[0].metrics))
        yield ""
        yield Text("Why", style="bold")
        for start in record.summary:
            yield Padding(Text.assemble((start.init, "bold"), ": ", start.why), (0, 0, 0, 2))
        tested = [d for d in record.differences if d.p is not None]
        if tested:
            yield ""
            yield Text("Differences", style="bold")
            for difference in tested:
                yield Padding(Text(difference.words), (0, 0, 0, 2))
        yield ""
        yield Text.assemble(("Verdict: ", "bold"), record.verdict)
        yield Text(record.verdict.evidence)


def headline(study: Study) -> str:
    """Return the study in one line: network, training, seeds."""
    dense, training = study.problem.dense, study.training
    if dense is None:
        network = f"{study.problem.weight_count:,} parameters"
    else:
        widths = "-".join(str(width) for width in dense.layer_dims)
        network = f"{widths} {dense.nonlinearity} network"
    rate = "learning rate " + " or ".join(f"{rate:g}" for rate in study.rates)
    how = f"{training.optimizer}, {rate}, {training.steps:,} steps"
    if training.steps == 0:
        how = "not trained: the starts as they are"
    return f"{study.problem.recipe}: {network}, {how}, {seeds_text(study.seeds)}"


def curve_table(record: Analysis) -> Table | None:
    """Training loss at some recorded steps, a column per start; None if nothing was recorded."""
    columns = [_median_curve([c for c in record.cells if c.init == init and c.curve["step"]])
               for init in record.study.inits]  # fmt: skip
    steps = sorted({step for curve in columns for step in curve})
    if not steps:
        return None
    stride = -(-len(steps) // CURVE_ROWS)
    several = len(record.study.seeds) > 1
    title = "Training loss before the update" + (", median over seeds" if several else "")
    table = titled_table(title)
    table.add_column("step", justify="right")
    for init in record.study.inits:
        table.add_column(init, justify="right", overflow="fold")
    for step in steps[::stride]:
        cells = [_loss_text(curve[step]) if step in curve else "" for curve in columns]
        table.add_row(f"{step:.0f}", *cells)
    return table


def rate_table(record: Analysis) -> Table:
    """Mean of the metric of every start at each learning rate; a star marks the one shown."""
    study = record.study
    table = titled_table(f"Mean {metric_label(study.metric)} by learning rate (* shown)")
    table.add_column("start", overflow="fold")
    for rate in study.learning_rates:
        table.add_column(f"{rate:g}", justify="right")
    for init in study.inits:
        own = [one for one in record.rates if one.init == init]
        table.add_row(
            init, *(value_text(study.metric, one.mean) + " *" * one.chosen for one in own)
        )
    return table


def _loss_text(loss: float) -> str:
    return f"{loss:.6f}" if loss < LARGE_LOSS or math.isinf(loss) else f"{loss:.6g}"


def start_table(record: Analysis) -> Table:
    """One row per start: scores after the last update, and how fast the loss fell.

    With several seeds, the mean stands beside the worst seed: one lucky run must not pass for all.
    """
    study = record.study
    several = len(study.seeds) > 1
    table = titled_table("After the last update" + (", over seeds" if several else ""))
    table.add_column("start", overflow="fold")
    for header, _ in (columns := _columns(record)):
        table.add_column(header, justify="right")
    for start in record.summary:
        table.add_row(start.init, *(text(start) for _, text in columns))
    return table


def _columns(record: Analysis) -> list[tuple[str, Callable[[StartSummary], str]]]:
    """Headers, and how each column's text comes from a start's summary."""
    study, several = record.study, len(record.study.seeds) > 1
    columns: list[tuple[str, Callable[[StartSummary], str]]] = []
    if several or any(start.diverged or start.cancelled for start in record.summary):
        columns += [("finished\n", lambda start: f"{start.finished}/{start.planned}")]
    for metric in record.summary[0].metrics:
        label = metric_label(metric).replace(" ", "\n", 1)
        if not several:
            columns += [(label, partial(_scored, metric, _mean))]
        elif metric_kind(metric) == metric_kind(study.metric):
            short = label.replace("training", "train").replace("\n", " ")
            columns += [(f"{short}\nmean (worst)", partial(_scored, metric, _mean_and_worst))]
    if several:
        columns += [(f"{metric_label(study.metric)}\nIQM [95 % CI]",
                     partial(_scored, study.metric, _iqm_and_interval))]  # fmt: skip
    columns += [(f"steps to\nloss {study.training.threshold:g}", partial(_steps, several))]
    return columns


def _scored(metric: str, words: Callable[[str, Scores], str], start: StartSummary) -> str:
    scores = start.metrics[metric]
    return "–" if scores is None else words(metric, scores)


def _mean(metric: str, scores: Scores) -> str:
    return value_text(metric, scores.mean)


def _mean_and_worst(metric: str, scores: Scores) -> str:
    worst = scores.min if higher_is_better(metric) else scores.max
    return f"{value_text(metric, scores.mean)} ({value_text(metric, worst).removesuffix(' %')})"


def _iqm_and_interval(metric: str, scores: Scores) -> str:
    middle = value_text(metric, scores.iqm)
    if scores.ci95 is None:
        return f"{middle} [none below {FEWEST_FOR_INTERVAL} seeds]"
    low, high = (value_text(metric, bound).removesuffix(" %") for bound in scores.ci95)
    return f"{middle} [{low}, {high}]"


def _steps(several: bool, start: StartSummary) -> str:
    steps = "–" if start.median_steps is None else f"{start.median_steps:,.0f}"
    if several and start.reached_threshold:
        steps += f" ({start.reached_threshold}/{start.planned})"
    return steps


def _median_curve(cells: list[Cell]) -> dict[float, float]:
    """Median loss of the cells that recorded a step; the lower one of two, so inf stays a loss."""
    by_step: dict[float, list[float]] = {}
    for cell in cells:
        for step, loss in zip(cell.curve["step"], cell.curve["train_loss"], strict=True):
            by_step.setdefault(step, []).append(loss)
    return {step: statistics.median_low(losses) for step, losses in by_step.items()}
