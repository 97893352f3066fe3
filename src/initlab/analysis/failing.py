"""Runs of one initialization -> those that failed, each with what was measured in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from initlab.analysis.scoring import score_of
from initlab.analysis.statistics import wilson_interval
from initlab.analysis.wording import (
    listed_words,
    metric_label,
    seeds_text,
    value_text,
)
from initlab.networks.metrics import Metric, metric_kind, metric_row
from initlab.records.cell import CANCELLED, DIVERGED, Cell
from initlab.records.study import Study

DEAD = "dead"
NOT_TRAINED = "not trained"
ROUNDING = 1e-9  # an output that learned the constant differs from it by rounding errors
SHOWN = ", not shown to beat "
MOST_LISTED = 4  # ways to fail in one sentence


def _unknown(cell: Cell) -> bool | None:
    return None


@dataclass(frozen=True)
class BaseRate:
    """The best constant answer in the study's metric, and which runs beat it.

    Attributes:
        words: the answer and its score, such as "always answering the largest class (50.0 %)"; ""
            where none is known.
        trained: cell -> whether its score beats the constant answer; None where that is unknown.
    """

    words: str = ""
    trained: Callable[[Cell], bool | None] = _unknown


def base_rate(study: Study) -> BaseRate:
    """Return what the study keeps of its best constant answer.

    A run beats it by more than two standard errors over the samples that are scored.
    """
    value = study.base_rates.get(study.metric)
    if value is None:
        return BaseRate()
    row = metric_row(study.metric)
    answer = Metric.constant if row is None else row.constant
    if metric_kind(study.metric) == "loss" and study.problem.classes is not None:
        answer = "always answering the class frequencies"
    sign = 1.0 if study.higher_is_better(study.metric) else -1.0

    def trained(cell: Cell) -> bool | None:
        if study.metric not in cell.margins:
            return None
        difference, error = cell.margins[study.metric]
        return sign * difference > 2 * error + ROUNDING

    return BaseRate(f"{answer} ({value_text(study.metric, value)})", trained)


@dataclass(frozen=True)
class Failure:
    """One run that failed.

    Attributes:
        seed: its seed.
        how: "diverged", "dead" (a hidden layer without a living unit at the end) or "not trained".
        words: what was measured in it.
    """

    seed: int
    how: str
    words: str

    def to_record(self) -> dict[str, Any]:
        """Return the three fields."""
        return {"seed": self.seed, "how": self.how, "words": self.words}


def failing_runs(cells: Iterable[Cell], metric: str, base: BaseRate) -> tuple[Failure, ...]:
    """Return the runs that failed, in the order of the cells; stopped ones are no failure."""
    found = (_failure(cell, metric, base) for cell in cells if cell.outcome != CANCELLED)
    return tuple(failure for failure in found if failure is not None)


def _failure(cell: Cell, metric: str, base: BaseRate) -> Failure | None:
    label = metric_label(metric)
    if cell.outcome == DIVERGED:
        what = f" ({cell.first_nonfinite})" if cell.first_nonfinite else ""
        return Failure(cell.seed, DIVERGED, f"diverged at step {cell.diverged_step}{what}")
    if score_of(cell, metric) is None:
        return Failure(cell.seed, NOT_TRAINED, f"ended with a {label} that is not a number")
    trained = base.trained(cell)
    dead = [k + 1 for k, share in enumerate(cell.end.dead_share if cell.end else ()) if share >= 1]
    if dead and not trained:
        layers = listed_words([str(k) for k in dead])
        words = f"ended with all units of hidden layer{'s' * (len(dead) > 1)} {layers} dead"
        return Failure(cell.seed, DEAD, words)
    if trained is False:
        score = value_text(metric, cell.metrics.get(metric))
        return Failure(cell.seed, NOT_TRAINED, f"ended at {label} {score}{SHOWN}{base.words}")
    return None


def failing_words(failures: Sequence[Failure], runs: int) -> str:
    """Return how many runs failed, with a Wilson interval, which seeds, and how; "" for none."""
    if not failures:
        return ""
    low, high = wilson_interval(len(failures), runs)
    ways: dict[str, list[int]] = {}
    for failure in failures:
        ways.setdefault(failure.words, []).append(failure.seed)
    listed = [f"{seeds_text(tuple(seeds))} {words}" for words, seeds in ways.items()]
    tails = [one.partition(SHOWN)[2] for one in listed[:MOST_LISTED]]
    for k, tail in enumerate(tails):
        if tail and tail in tails[k + 1 :]:  # said once, at the last of them
            listed[k] = listed[k].partition(SHOWN)[0]
    if len(listed) > MOST_LISTED:
        listed[MOST_LISTED:] = [f"and {len(listed) - MOST_LISTED} more"]
    interval = f" (95 % interval {100 * low:.0f} to {100 * high:.0f} %)"
    failed = f"{len(failures)} of {runs} runs failed{interval}" if runs > 1 else "Its run failed"
    return f"{failed}: {'; '.join(listed)}."
