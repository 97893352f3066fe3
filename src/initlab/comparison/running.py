"""A checked study and a way to train its cells -> its record, over one learning rate or several."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from initlab.analysis import RateScore, StudyRecord, choose_rates
from initlab.analysis.command import command_line
from initlab.comparison.environment import platform_words, versions
from initlab.comparison.progress import ProgressBar
from initlab.engines import Watch
from initlab.records import Cell, Study
from initlab.validation import whole_number

LARGEST_WORKERS = 1024
# (study at one rate, progress, threads) -> cells, name of the engine, whether Ctrl-C came
TrainCells = Callable[[Study, Watch, int | None], tuple[list[Cell], str, bool]]


def run_rates(
    study: Study,
    train: TrainCells,
    usual: Mapping[str, Any],
    *,
    workers: int | None,
    progress: bool,
    report: str | None,
) -> tuple[StudyRecord, bool]:
    """Train every cell at every learning rate and draw the conclusions.

    Args:
        study: all settings.
        train: trains the cells at one rate.
        usual: what every setting is when no option names it.
        workers: threads; one per core if None.
        progress: show a progress bar.
        report: folder the report will go to, which the next command keeps.

    Returns:
        The record, and whether Ctrl-C came.
    """
    if workers is not None:
        workers = whole_number("workers", workers, minimum=1, maximum=LARGEST_WORKERS)
    rates = study.learning_rates or (study.learning_rate,)
    total = study.steps * len(study.inits) * len(study.seeds) * len(rates)
    with ProgressBar(total, enabled=progress) as bar:
        by_rate: dict[float, list[Cell]] = {}
        for rate in rates:
            at_rate = replace(study, learning_rate=rate)
            by_rate[rate], engine, interrupted = train(at_rate, bar.watch, workers)
            if interrupted:
                break
    cells, table = by_rate[rates[0]], list[RateScore]()
    if len(by_rate) > 1:
        cells, table = choose_rates(study, by_rate)
    record = StudyRecord.of(
        study,
        cells,
        versions=versions(torch=bool(study.module)),
        platform=platform_words(),
        engine=engine,
        report=report,
        defaults=usual,
        rates=table,
    )
    if interrupted and len(rates) > 1:  # the cells of the rates that were done look finished
        record = replace(
            record,
            verdict=f"Stopped at learning rate {len(by_rate)} of {len(rates)}: the study is not "
            "finished, so there is no winner yet.",
            next=command_line(study, report, usual),
        )
    return record, interrupted
