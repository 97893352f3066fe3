"""Cells at several learning rates -> each start at its own best rate, and what each rate gave.

One rate for all flatters the start it happens to suit. The best is chosen by the mean of the
study's metric over finished seeds, a rate with more finished seeds before one with fewer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from initlab.analysis.statistics import higher_is_better
from initlab.records.cell import FINISHED, Cell
from initlab.records.jsonvalues import Reader, boolean, entries, finite, maybe, real, text, whole
from initlab.records.study import Study


@dataclass(frozen=True)
class RateScore:
    """What one start reached at one learning rate.

    Attributes:
        init: the start.
        learning_rate: the rate.
        finished: number of seeds that trained to the end.
        mean: mean of the study's metric over them; None if there are none or it is infinite.
        chosen: whether the start is shown at this rate.
    """

    init: str
    learning_rate: float
    finished: int
    mean: float | None
    chosen: bool

    def to_record(self) -> dict[str, Any]:
        """Return the fields as JSON types."""
        return dict(vars(self))

    @classmethod
    def from_record(cls, record: Any, path: str = "rates") -> RateScore:
        """Build it back from :meth:`to_record`."""
        return cls(**entries(record, path, _READERS))


def choose_rates(
    study: Study, by_rate: Mapping[float, Sequence[Cell]]
) -> tuple[list[Cell], list[RateScore]]:
    """Return the cells of every start at its best rate, and the scores of all rates.

    Args:
        study: its metric decides.
        by_rate: all cells of the study at each rate.
    """
    chosen: list[Cell] = []
    table: list[RateScore] = []
    for init in study.inits:
        own = {rate: [c for c in cells if c.init == init] for rate, cells in by_rate.items()}
        scored = {rate: _score(study, cells) for rate, cells in own.items()}
        best = max(scored, key=lambda rate: _rank(study, *scored[rate]))  # the first of equals
        chosen += [replace(cell, learning_rate=best) for cell in own[best]]
        table += [
            RateScore(init, rate, finished, mean, rate == best)
            for rate, (finished, mean) in scored.items()
        ]
    return chosen, table


def _score(study: Study, cells: Sequence[Cell]) -> tuple[int, float | None]:
    values = [c.metrics[study.metric] for c in cells if c.outcome == FINISHED]
    known = [value for value in values if value is not None]
    mean = sum(known) / len(known) if known else math.nan
    return len(known), mean if math.isfinite(mean) else None


def _rank(study: Study, finished: int, mean: float | None) -> tuple[int, float]:
    if mean is None:
        return finished, -math.inf
    return finished, mean if higher_is_better(study.metric) else -mean


_READERS: dict[str, Reader[Any]] = {
    "init": text,
    "learning_rate": finite,
    "finished": whole,
    "mean": maybe(real),
    "chosen": boolean,
}
