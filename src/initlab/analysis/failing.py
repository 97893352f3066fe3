"""Runs of one initialization -> those that failed, each with what was measured in it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from initlab.analysis.layers import hidden_words
from initlab.analysis.scoring import score_of
from initlab.analysis.statistics import wilson_interval
from initlab.analysis.trained import beats, could_beat
from initlab.analysis.wording import (
    counted,
    is_share,
    metric_label,
    metric_part,
    seeds_text,
    value_text,
)
from initlab.networks.metrics import Metric, metric_kind, metric_row
from initlab.numbers import MINUS
from initlab.records.cell import CANCELLED, DIVERGED, Cell
from initlab.records.study import Study
from initlab.validation import listed

DEAD = "dead"
NOT_TRAINED = "not trained"
NO_SCORE = "no score"
MOST_LISTED = 4  # ways to fail in one sentence, and values of one way
VALUE = "\0"  # in no name of a metric
A_LAYER = "ended with all units of a hidden layer dead"  # where the layers are too many to list


@dataclass(frozen=True)
class BaseRate:
    """The best constant prediction in the study's metric, and which runs beat it.

    Attributes:
        words: the answer and its score, such as "always predicting the largest class (50.0 %)"; ""
            where none is known.
        trained: cell -> whether its score beats the constant prediction; None where unknown.
        undecided: why no score at all could be shown to beat it; "" where one could.
    """

    words: str = ""
    trained: Callable[[Cell], bool | None] = lambda cell: None
    undecided: str = ""


def base_rate(study: Study) -> BaseRate:
    """Return what the study keeps of its best constant prediction, and which runs beat it."""
    value = study.base_rates.get(study.metric)
    if value is None:
        return BaseRate()
    row = metric_row(study.metric)
    answer = Metric.constant if row is None else row.constant
    if metric_kind(study.metric) == "loss" and study.problem.classes is not None:
        answer = "always predicting the class frequencies"
    words = f"{answer} ({value_text(study.metric, value)})"
    samples, share = study.samples.get(study.metric), is_share(study.metric)
    known: dict[str, Any] = {
        "samples": samples, "rate": value if share else None, "classes": study.problem.classes,
    }  # fmt: skip
    one_class = (
        metric_kind(study.metric) == "loss" and value == 0.0 and study.problem.classes is not None
    )
    if samples is not None and (one_class or not could_beat(**known)):
        others = 0 if one_class else samples - round(samples * value)
        part = counted(samples, f"{metric_part(study.metric)} sample")
        few = f"only {others} of {part} {'is' if others == 1 else 'are'} outside the largest class"
        return BaseRate(words, undecided=few if others else _one_class(samples, part))
    sign = 1.0 if study.higher_is_better(study.metric) else -1.0

    def trained(cell: Cell) -> bool | None:
        if study.metric not in cell.margins:
            return None
        difference, error = cell.margins[study.metric]
        return beats(sign * difference, error, **known)

    return BaseRate(words, trained)


def _one_class(samples: int, part: str) -> str:
    return f"there is only {part}" if samples == 1 else f"all {part} are of one class"


@dataclass(frozen=True)
class Failure:
    """One run that failed.

    Attributes:
        seed: its seed.
        how: "diverged", "dead" (a hidden layer without a living unit at the end), "no score" (the
            metric is not a number) or "not trained".
        form: what was measured in it, the same for all runs that failed alike, with :data:`VALUE`
            where they differ.
        value: what stands there: a step, a score; "" for none.
    """

    seed: int
    how: str
    form: str
    value: str = ""

    @property
    def words(self) -> str:
        """What was measured in it."""
        return self.form.replace(VALUE, self.value)

    def to_record(self) -> dict[str, Any]:
        """Return the three fields."""
        return {"seed": self.seed, "how": self.how, "words": self.words}


def failing_runs(study: Study, cells: Iterable[Cell], base: BaseRate) -> tuple[Failure, ...]:
    """Return the runs that failed, in the order of the cells; stopped ones are no failure."""
    found = (_failure(study, cell, base) for cell in cells if cell.outcome != CANCELLED)
    return tuple(failure for failure in found if failure is not None)


def _failure(study: Study, cell: Cell, base: BaseRate) -> Failure | None:
    metric, label = study.metric, metric_label(study.metric)
    if cell.outcome == DIVERGED:
        first = cell.first_nonfinite
        what = f" ({first} became NaN or infinite)" if first else ""
        form = f"diverged at {VALUE}{what}"
        return Failure(cell.seed, DIVERGED, form, f"step {cell.diverged_step}")
    if score_of(cell, metric, higher=study.higher_is_better(metric)) is None:
        return Failure(cell.seed, NO_SCORE, f"ended with a {label} that is not a number")
    trained = base.trained(cell)
    dead = [k for k, share in enumerate(cell.end.dead_share if cell.end else ()) if share >= 1]
    if cell.end and dead and not trained:
        names = None if cell.diagnosis is None else cell.diagnosis.layers
        layers = hidden_words(dead, cell.end.hidden_units, names)
        return Failure(cell.seed, DEAD, f"ended with all units of {layers} dead")
    if trained is False:
        score = value_text(metric, cell.metrics.get(metric))
        form = f"ended at {label} {VALUE}, not shown to be better than {base.words}"
        return Failure(cell.seed, NOT_TRAINED, form, score)
    return None


def failing_words(failures: Sequence[Failure], runs: int) -> str:
    """Return how many runs failed, with a Wilson interval, which seeds, and how; "" for none."""
    if not failures:
        return ""
    low, high = wilson_interval(len(failures), runs)
    ways = _ways(failures, lambda failure: failure.form)
    if len(ways) > MOST_LISTED:
        ways = _ways(failures, lambda failure: failure.how)
    listed = "; ".join(
        f"{seeds_text([one.seed for one in way], most=len(way))} {_together(way)}" for way in ways
    )
    interval = f" (95 % interval {100 * low:.0f} to {100 * high:.0f} %)"
    failed = f"{len(failures)} of {runs} runs failed{interval}" if runs > 1 else "The run failed"
    if all(one.how == NO_SCORE for one in failures):  # what it learned, nobody knows
        failed = f"{len(failures)} of {runs} runs have no score" if runs > 1 else "No score"
    return f"{failed}: {listed}."


def _ways(failures: Sequence[Failure], alike: Callable[[Failure], Hashable]) -> list[list[Failure]]:
    ways: dict[Hashable, list[Failure]] = {}
    for failure in failures:
        ways.setdefault(alike(failure), []).append(failure)
    return list(ways.values())


def _together(failures: list[Failure]) -> str:
    """Return what was measured in runs that failed alike."""
    first = failures[0]
    before, _, after = first.form.partition(VALUE)
    differ = any(failure.form != first.form for failure in failures)
    if first.how == DEAD and differ:
        return A_LAYER
    if differ:
        after = ""  # what was first not finite
    several = ", neither " if len(failures) == 2 else ", none "
    in_order = sorted(failures, key=lambda failure: failure.seed)
    values = _listed_values([failure.value for failure in in_order])
    return before + values + (after.replace(", not ", several, 1) if len(failures) > 1 else after)


def _listed_values(texts: Sequence[str]) -> str:
    """Return "48.0 % and 54.0 %", "steps 9, 5 and 5" run by run, or of many "48.0 to 54.0 %"."""
    if len(set(texts)) == 1:
        return texts[0]
    noun = "steps " if texts[0].startswith("step ") else ""
    numbers = [text.removeprefix("step ") for text in texts]
    if len(numbers) <= MOST_LISTED:
        return noun + listed(numbers)
    low, high = min(numbers, key=_number), max(numbers, key=_number)
    return f"{noun}{low.removesuffix(' %')} to {high}"


def _number(text: str) -> float:
    return float(text.removesuffix(" %").replace(MINUS, "-").replace(",", ""))
