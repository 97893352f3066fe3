"""Runs of one initialization -> those that failed, each with what was measured in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from initlab.analysis.ranges import ranges_text
from initlab.analysis.scoring import score_of
from initlab.analysis.statistics import wilson_interval
from initlab.analysis.wording import (
    listed_words,
    metric_label,
    value_text,
)
from initlab.networks.metrics import Metric, metric_kind, metric_row
from initlab.records.cell import CANCELLED, DIVERGED, Cell
from initlab.records.study import Study

DEAD = "dead"
NOT_TRAINED = "not trained"
ROUNDING = 1e-9  # an output that learned the constant differs from it by rounding errors
MOST_LISTED = 4  # ways to fail in one sentence, and values of one way
A_LAYER = "ended with all units of a hidden layer dead"  # where the layers are too many to list


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
        value: the part of the words that differs from run to run: a step, a score; "" for none.
    """

    seed: int
    how: str
    words: str
    value: str = field(default="", compare=False)

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
        step = f"step {cell.diverged_step}"
        return Failure(cell.seed, DIVERGED, f"diverged at {step}{what}", step)
    if score_of(cell, metric) is None:
        return Failure(cell.seed, NOT_TRAINED, f"ended with a {label} that is not a number")
    trained = base.trained(cell)
    dead = [k + 1 for k, share in enumerate(cell.end.dead_share if cell.end else ()) if share >= 1]
    if dead and not trained:
        layers = ranges_text(dead)
        words = f"ended with all units of hidden layer{'s' * (len(dead) > 1)} {layers} dead"
        return Failure(cell.seed, DEAD, words)
    if trained is False:
        score = value_text(metric, cell.metrics.get(metric))
        words = f"ended at {label} {score}, not shown to beat {base.words}"
        return Failure(cell.seed, NOT_TRAINED, words, score)
    return None


def failing_words(failures: Sequence[Failure], runs: int) -> str:
    """Return how many runs failed, with a Wilson interval, which seeds, and how; "" for none."""
    if not failures:
        return ""
    low, high = wilson_interval(len(failures), runs)
    ways = _ways(failures, _form)
    if len(ways) > MOST_LISTED:
        ways = _ways(failures, lambda failure: failure.how)
    listed = "; ".join(f"{_seeds(way)} {_together(way)}" for way in ways)
    interval = f" (95 % interval {100 * low:.0f} to {100 * high:.0f} %)"
    failed = f"{len(failures)} of {runs} runs failed{interval}" if runs > 1 else "Its run failed"
    return f"{failed}: {listed}."


def _form(failure: Failure) -> str:
    """Return the words without the value, which are the same for all runs that failed alike."""
    before, _, after = _parts(failure)
    return before + after


def _parts(failure: Failure) -> tuple[str, str, str]:
    return failure.words.partition(failure.value) if failure.value else (failure.words, "", "")


def _ways(failures: Sequence[Failure], alike: Callable[[Failure], str]) -> list[list[Failure]]:
    ways: dict[str, list[Failure]] = {}
    for failure in failures:
        ways.setdefault(alike(failure), []).append(failure)
    return list(ways.values())


def _together(failures: list[Failure]) -> str:
    """Return what was measured in runs that failed alike."""
    first = failures[0]
    before, _, after = _parts(first)
    if first.how == DEAD and any(failure.words != first.words for failure in failures):
        return A_LAYER
    if any(_form(failure) != _form(first) for failure in failures):
        after = ""  # what was first not finite
    several = ", neither " if len(failures) == 2 else ", none "
    values = _listed_values([failure.value for failure in failures])
    return before + values + (after.replace(", not ", several, 1) if len(failures) > 1 else after)


def _listed_values(texts: Iterable[str]) -> str:
    """Return "48.0 % and 54.0 %", "steps 3, 5 and 9", and of many "48.0 to 54.0 %"."""
    found = list(dict.fromkeys(texts))
    if len(found) == 1:
        return found[0]
    noun = "steps " if found[0].startswith("step ") else ""
    numbers = sorted((text.removeprefix("step ") for text in found), key=_number)
    if len(numbers) <= MOST_LISTED:
        return noun + listed_words(numbers)
    return f"{noun}{numbers[0].removesuffix(' %')} to {numbers[-1]}"


def _number(text: str) -> float:
    return float(text.removesuffix(" %"))


def _seeds(failures: Sequence[Failure]) -> str:
    """Return "seed 3" or "seeds 1, 3 and 5 to 9": every one of them."""
    return f"seed{'s' * (len(failures) > 1)} {ranges_text(one.seed for one in failures)}"
