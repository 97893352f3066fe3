"""What all seeds of one init have in common: the record the table, the words and JSON read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from initlab.analysis.failing import Failure, failing_words
from initlab.analysis.layers import NOT_DIAGNOSED, Diagnosed
from initlab.analysis.statistics import Scores, Spread, no_scores, wilson_interval
from initlab.records.record import without_nonfinite


@dataclass(frozen=True)
class Units:
    """The hidden units of an initialization, over its seeds, as ``UnitHealth`` has them.

    Attributes:
        dead_share: per hidden layer.
        saturated_share: per layer with a bounded nonlinearity.
        distinct_units: per hidden layer.
        hidden_units: per hidden layer, the same for every seed.
    """

    dead_share: tuple[Spread, ...]
    saturated_share: Mapping[str, Spread]
    distinct_units: tuple[Spread, ...]
    hidden_units: tuple[int, ...]


@dataclass(frozen=True)
class InitSummary:
    """All seeds of one initialization.

    Attributes:
        init: the initialization, in canonical spelling.
        finished: number of seeds that trained to the end.
        diverged: number of seeds that diverged.
        cancelled: number of seeds that were stopped or never begun.
        metrics: scores over the finished seeds by metric; None where no seed finished.
        reached_threshold: number of seeds whose training loss fell to the threshold.
        median_steps: median of the steps to the threshold among those; None if there are none.
        initial_loss: training loss of the initial networks; None if it was NaN at every seed.
        gradient_norms: first gradient by parameter; None if it was NaN at every seed.
        start: the units of the initial networks; None if no run was started.
        end: the units at the end of the finished seeds; None if there are none.
        diverged_step: when the diverged seeds did; None if none did.
        first_nonfinite: how many seeds diverged by what: "loss", "W2.grad", ...
        failing: the runs that failed: diverged, dead or not trained.
        improving: whether its training loss was still falling at the end.
        sample_error: standard error of its score over the samples; None if not known.
        fits: whether most of its runs fit the training data.
        diagnosed: what was found in the initial networks.
        why: what the measurements say about it, in a sentence or two.
    """

    init: str
    finished: int
    diverged: int
    cancelled: int
    metrics: Mapping[str, Scores | None]
    reached_threshold: int
    median_steps: float | None
    initial_loss: Spread | None
    gradient_norms: Mapping[str, Spread | None]
    start: Units | None
    end: Units | None
    diverged_step: Spread | None
    first_nonfinite: Mapping[str, int]
    failing: tuple[Failure, ...] = ()
    improving: bool = False
    sample_error: float | None = None
    fits: bool = False
    diagnosed: Diagnosed = NOT_DIAGNOSED
    why: str = ""

    @property
    def planned(self) -> int:
        """Number of seeds the study asked for."""
        return self.finished + self.diverged + self.cancelled

    @property
    def runs(self) -> int:
        """Number of seeds that were run to their end."""
        return self.finished + self.diverged

    @property
    def did_train(self) -> bool:
        """Whether more than half of its runs trained."""
        return 2 * len(self.failing) < self.runs

    @property
    def failing_words(self) -> str:
        """How many runs failed, which, and how; "" if none did."""
        return failing_words(self.failing, self.runs)

    def to_record(self) -> dict[str, Any]:
        """Return one flat object of JSON types, metrics under their own names.

        A number JSON does not have is null; "nonfinite" says which it was.
        """
        none = f"no run finished: {self.diverged} of {self.planned} diverged"
        missing = no_scores("no finished run has a score" if self.finished else none)
        flat = {
            "init": self.init,
            "finished": self.finished,
            "diverged": self.diverged,
            "cancelled": self.cancelled,
            **{k: missing if v is None else v.to_record() for k, v in self.metrics.items()},
            "reached_threshold": self.reached_threshold,
            "median_steps": self.median_steps,
            "initial_loss": self.initial_loss,
            "gradient_norms": self.gradient_norms,
            "start": self.start,
            "end": self.end,
            "diverged_step": self.diverged_step,
            "first_nonfinite": self.first_nonfinite,
            "failing": self._failing_record(),
            "improving": self.improving,
            "findings": self.diagnosed.to_record(),
            "why": self.why,
        }
        record, nonfinite = without_nonfinite(flat)
        reason = "; ".join(f"{path} is {number}" for path, number in nonfinite.items()) or None
        return {**record, "nonfinite": nonfinite, "reason": reason}

    def _failing_record(self) -> dict[str, Any]:
        interval = wilson_interval(len(self.failing), self.runs) if self.runs else None
        return {
            "count": len(self.failing),
            "ci95": interval,
            "runs": [failure.to_record() for failure in self.failing],
        }
