"""Analysis -> the tables of a report as text: results in the verdict's order, epochs, rates."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Sequence

from initlab.analysis import (
    INTERVAL_NOTE,
    PAIRED_NOTE,
    WINNER_NOTE,
    Analysis,
    InitSummary,
    Scores,
    ranking,
    unlike_medians,
)
from initlab.analysis.samples import narrow_lead, narrow_words
from initlab.analysis.wording import (
    interval_text,
    metric_label,
    metric_notes,
    shown_names,
    value_text,
)
from initlab.networks.metrics import metric_kind
from initlab.numbers import shown
from initlab.records import Cell, Study
from initlab.report.grid import Grid, Row
from initlab.report.style import BASE, init_colour

CURVE_ROWS = 15  # the documents print 0, 1000, ..., 14000
CURVE_COLUMNS = 6
NAMES_FIT, LOSS_WIDTH = 70, 8  # characters in a line of the curves' table
EPOCH_ROWS = 5  # lines per init as the document prints them, the last after the last update
EPOCH_COLUMNS = (
    "train_loss", "train_document_accuracy", "validation_loss", "validation_document_accuracy",
)  # fmt: skip
LARGE_LOSS = 100.0  # from here on six digits in all say enough
IMPROVING = " ↑"

Column = tuple[str, Callable[[InitSummary], str], str]  # heading, text of a row, of the base rate


def result_grid(record: Analysis, notes: Sequence[str] = (), *, every_metric: bool = False) -> Grid:
    """Return one row per init, the best first, and one of the best constant prediction.

    Args:
        record: the study and what it found.
        notes: what a reader should know besides.
        every_metric: show all scores, not only those of the kind that ranks.
    """
    more = _more_columns(record, every_metric=every_metric)
    columns = [*_columns(record), *more]
    rows = [
        Row(name + IMPROVING * init.improving, [text(init) for _, text, _ in columns], colour)
        for init, name, colour in ranked(record)
    ]
    base = [one for _, _, one in columns]
    if any(base):
        rows.append(Row(BASE, base, quiet=True))
    return Grid(
        title=_title(record),
        headings=["init", *(heading for heading, _, _ in columns)],
        rows=rows,
        optional=len(more),
        notes=[*_notes(record), *map("Note: {}".format, notes)],
    )


def _title(record: Analysis) -> str:
    count = len(record.study.seeds)
    after = "after the last update"
    if count == 1:
        return after.capitalize()
    if not record.complete:
        return f"Medians over the runs done so far, {after}"
    return f"Medians over {count} seeds, {after}"


def ranked(record: Analysis) -> Iterator[tuple[InitSummary, str, str]]:
    """Return the summary, the name and the colour of every init, in the verdict's order."""
    inits = record.study.inits
    names = shown_names(inits)
    scored = [row for row, _ in ranking(record.study, record.summary)]
    for row in (*scored, *(one for one in record.summary if one not in scored)):
        place = inits.index(row.init)
        yield row, names[row.init], init_colour(inits, place)


def _notes(record: Analysis) -> list[str]:
    study = record.study
    notes = []
    if any(row.improving for row in record.summary):
        notes.append(
            f"{IMPROVING.strip()} still improving: the training loss of this init was still "
            "falling at the end, so more updates may change the order of the inits."
        )
    some = [row for row in record.summary if 0 < row.reached_threshold < row.planned]
    if some:
        notes.append(
            f"Steps to loss {study.training.threshold:g}: the median over only the runs that "
            "reached this loss. The numbers in brackets say how many did."
        )
    if study.metric not in study.base_rates:
        notes.append(
            f"The {metric_label(study.metric)} of the best constant prediction is not known."
        )
    intervals = any(scores and scores.median_ci95 for scores in _scores(record))
    if intervals or any(d.p is not None for d in record.differences):
        notes.append(INTERVAL_NOTE)
    if any(unlike_medians(study, record.summary, d) for d in record.differences):
        notes.append(PAIRED_NOTE)
    if intervals and len(study.rates) > 1:
        notes.append(
            "The intervals are too narrow (optimistic), because the learning rate of each init was "
            "chosen with the scores of these seeds."
        )
    if record.verdict.kind == "winner":
        winner, name, _ = next(ranked(record))
        if any(d.noise and winner.init in (d.first, d.second) for d in record.differences):
            notes.append(WINNER_NOTE)
        if lead := narrow_lead(winner, record.differences):
            notes.append(narrow_words(study, winner, name, lead))
    return [*notes, *metric_notes(record.summary[0].metrics)]


def _scores(record: Analysis) -> list[Scores | None]:
    return [row.metrics.get(record.study.metric) for row in record.summary]


def _columns(record: Analysis) -> list[Column]:
    """Return the columns that are always shown."""
    study, summary = record.study, record.summary
    several, metric = len(study.seeds) > 1, study.metric
    columns = [_median(record, metric)]
    if any(scores and scores.median_ci95 for scores in _scores(record)):
        columns.append(("95 %\ninterval", lambda row: _interval(metric, row), ""))
    if any(row.cancelled for row in summary):
        columns.append(("runs\ndone", lambda row: f"{row.runs}/{row.planned}", ""))
    if any(row.failing for row in summary):
        failed = "failed" + "\nruns" * several
        columns.append((failed, lambda row: f"{len(row.failing)}/{row.runs}", ""))
    chosen = {init: f"{rate:g}" for init, rate in study.own_rates.items()}
    chosen |= {one.init: f"{one.learning_rate:g}" for one in record.rates if one.chosen}
    if chosen:
        columns.append(("learning\nrate", lambda row: chosen[row.init], ""))
    return columns


def _more_columns(record: Analysis, *, every_metric: bool) -> list[Column]:
    """Return the columns that a narrow terminal leaves out: the worst seed, the other scores."""
    study, several = record.study, len(record.study.seeds) > 1
    columns: list[Column] = []
    if several:
        columns.append(("worst\nseed", lambda row: _worst(study, row), ""))
    columns += [
        _median(record, name)
        for name in record.summary[0].metrics
        if name != study.metric
        and (every_metric or not several or metric_kind(name) == metric_kind(study.metric))
    ]
    reached = f"steps to\nloss {study.training.threshold:g}"
    return [*columns, (reached, lambda row: _steps(row, several=several), "")]


def _median(record: Analysis, metric: str) -> Column:
    heading = metric_label(metric).replace(" ", "\n", 1)
    base = record.study.base_rates.get(metric)

    def text(row: InitSummary) -> str:
        scores = row.metrics.get(metric)
        known = scores is not None and abs(scores.median) != math.inf
        infinite = scores is not None and scores.min == math.inf  # a loss, in every finished run
        return value_text(metric, scores.median if scores and (known or infinite) else None)

    return heading, text, "" if base is None else value_text(metric, base)


def _interval(metric: str, row: InitSummary) -> str:
    scores = row.metrics.get(metric)
    if scores is None or scores.median_ci95 is None or math.isinf(scores.median):
        return "–"
    return interval_text(metric, scores.median_ci95)


def _worst(study: Study, row: InitSummary) -> str:
    scores = row.metrics.get(study.metric)
    if row.diverged or scores is None:
        return "diverged" if row.diverged else "–"
    worst = scores.min if study.higher_is_better(study.metric) else scores.max
    return value_text(study.metric, worst)


def _steps(row: InitSummary, *, several: bool) -> str:
    steps = "–" if row.median_steps is None else f"{row.median_steps:,.0f}"
    if several and row.reached_threshold:
        steps += f" ({row.reached_threshold}/{row.planned})"
    return steps


def curve_grid(record: Analysis) -> Grid | None:
    """Return the training loss at some recorded steps; None if nothing was recorded."""
    study = record.study
    columns = [_median_curve([c for c in record.cells if c.init == init and c.curve["step"]])
               for init in study.inits]  # fmt: skip
    steps = sorted({step for curve in columns for step in curve})
    if not steps:
        return None
    several = len(study.seeds) > 1
    title = "Training loss before the update of each step" + " (median over seeds)" * several
    names = list(shown_names(study.inits).values())
    across = sum(max(len(name), LOSS_WIDTH) + 2 for name in names) <= NAMES_FIT
    chosen = steps[:: -(-len(steps) // (CURVE_ROWS if across else CURVE_COLUMNS))]
    losses = [[_loss_text(curve[s]) if s in curve else "" for s in chosen] for curve in columns]
    if not across:  # many inits, or long names: a row of each
        headings = ["step", *(f"{step:,.0f}" for step in chosen)]
        return Grid(title, headings, [*map(Row, names, losses)])
    by_step = [Row(f"{step:,.0f}", row) for step, *row in zip(chosen, *losses, strict=True)]
    return Grid(title, ["step", *names], by_step)


def rate_grid(record: Analysis) -> Grid:
    """Return the median of the metric of every init at each learning rate; a star marks the shown.

    Of an old study the scores at other rates are not known; it kept their means.
    """
    study = record.study
    kept = "mean" if record.given_rates else "median"
    return Grid(
        title=f"{kept.capitalize()} {metric_label(study.metric)} by learning rate (* chosen)",
        headings=["init", *(f"{rate:g}" for rate in study.learning_rates)],
        rows=[
            Row(
                name,
                [
                    value_text(study.metric, getattr(one, kept)) + " *" * one.chosen
                    for one in record.rates
                    if one.init == init
                ],
            )
            for init, name in shown_names(study.inits).items()
        ],
    )


def _loss_text(loss: float) -> str:
    return shown(loss, ".6f" if loss < LARGE_LOSS or math.isinf(loss) else ".6g")


def _median_curve(cells: list[Cell]) -> dict[float, float]:
    """Median loss of the cells that recorded a step; the lower one of two, so inf stays a loss."""
    by_step: dict[float, list[float]] = {}
    for cell in cells:
        for step, loss in zip(cell.curve["step"], cell.curve["train_loss"], strict=True):
            by_step.setdefault(step, []).append(loss)
    return {step: statistics.median_low(losses) for step, losses in by_step.items()}


def prints_epochs(record: Analysis) -> bool:
    """Whether the study keeps what this table shows."""
    return all(set(EPOCH_COLUMNS) <= set(cell.curve) for cell in record.cells)


def epoch_grid(record: Analysis) -> Grid:
    """Return a few lines per init at the first seed; epochs count from 0, iterations from 1."""
    study = record.study
    names = shown_names(study.inits)
    scores = [metric_label(name).replace(" ", "\n") for name in EPOCH_COLUMNS]
    rows = []
    for cell in record.cells:
        if cell.seed == study.seeds[0]:
            lines = _epoch_rows(cell, study.training.steps)
            last = len(lines) - 1
            rows += [
                Row("" if k else names[cell.init], line, ends=k == last)
                for k, line in enumerate(lines)
            ]
    title = f"Training with seed {study.seeds[0]}, at some of the steps (epochs count from 0)"
    return Grid(title, ["init", "epoch", "iteration", *scores], rows)


def _epoch_rows(cell: Cell, steps: int) -> list[list[str]]:
    curve = cell.curve
    last = len(curve["step"]) - 1
    chosen = sorted(
        {round(k * last / (EPOCH_ROWS - 2)) for k in range(EPOCH_ROWS - 1)} if last > 0 else {0}
    )
    rows = [
        [_epoch(curve["epoch"][k]) if curve["step"][k] else "start", f"{curve['step'][k]:,.0f}"]
        + [_as_printed(name, curve[name][k]) for name in EPOCH_COLUMNS]
        for k in chosen
        if last >= 0
    ]
    if cell.outcome == "finished" and last > 0:
        per_epoch = curve["step"][1] / curve["epoch"][1]
        finals = [_as_printed(name, cell.metrics[name]) for name in EPOCH_COLUMNS]
        rows.append([_epoch(steps / per_epoch), f"{steps:,}", *finals])
    return rows


def _epoch(passes: float) -> str:
    """Return the number of the epoch that so many passes over the data end in, from 0 on."""
    return f"{max(0.0, passes - 1):,.0f}"


def _as_printed(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return shown(value, ".6f" if name.endswith("loss") else ".4f")
