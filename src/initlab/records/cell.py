"""One trained network of a comparison: how it started, how it went, how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.errors import refusal
from initlab.records.jsonvalues import (
    Reader,
    an_object,
    curve_number,
    curve_values,
    entries,
    list_of,
    maybe,
    real,
    table_of,
    text,
    whole,
    with_nonfinite,
    without_nonfinite,
    wrong,
)

FINISHED = "finished"
DIVERGED = "diverged"
CANCELLED = "cancelled"
OUTCOMES = (FINISHED, DIVERGED, CANCELLED)


@dataclass(frozen=True)
class UnitHealth:
    """What the hidden units of a network do on the training points.

    Attributes:
        dead_share: per hidden layer, share of units whose derivative is 0 at every point, so that
            no gradient reaches their weights.
        saturated_share: per layer with a bounded nonlinearity (the output's sigmoid or softmax
            included), share of (unit, point) pairs whose derivative is below 1 % of its maximum.
        distinct_units: per hidden layer, number of units that differ in incoming weights or bias.
        hidden_units: per hidden layer, number of units.
    """

    dead_share: tuple[float, ...]
    saturated_share: Mapping[str, float]
    distinct_units: tuple[int, ...]
    hidden_units: tuple[int, ...]

    def to_record(self) -> dict[str, Any]:
        """Return the fields as lists and objects of numbers."""
        return {
            "dead_share": list(self.dead_share),
            "saturated_share": dict(self.saturated_share),
            "distinct_units": list(self.distinct_units),
            "hidden_units": list(self.hidden_units),
        }

    @classmethod
    def from_record(cls, record: Any, path: str) -> UnitHealth:
        """Build it back from :meth:`to_record`; ``path`` is its key path, for refusals."""
        return cls(**entries(record, path, _HEALTH_READERS))


@dataclass(frozen=True)
class Cell:
    """One (start, seed) of a comparison and its outcome.

    Attributes:
        init: the start, in canonical spelling.
        seed: the seed of its random numbers.
        outcome: "finished", "diverged" or "cancelled" (stopped before its last step).
        metrics: final values by name; None for a network that did not finish.
        curve: lists of equal length: "step", "train_loss" (may be infinite), and where they are
            watched, other scores and "distinct_units", a list per hidden layer at each step.
        steps_to_threshold: first recorded step whose training loss is at most the threshold.
        initial_loss: training loss of the start; may be infinite.
        gradient_norms: L2 norm of the first gradient, by parameter name ("W1", "W2", ...).
        start: the units at the start.
        end: the units at the end; None unless finished.
        diverged_step: step whose loss, gradient or update was first not finite.
        first_nonfinite: what it was: "loss", "W2.grad", "W2", ...
        learning_rate: the rate it was trained at, where the study chooses among several.
        parameters: final parameters by name, "W1" (out, in), "b1" (out, 1), ...; not in JSON.
    """

    init: str
    seed: int
    outcome: str
    metrics: Mapping[str, float | None]
    curve: Mapping[str, list[Any]]
    steps_to_threshold: int | None
    initial_loss: float
    gradient_norms: Mapping[str, float]
    start: UnitHealth
    end: UnitHealth | None
    diverged_step: int | None = None
    first_nonfinite: str | None = None
    learning_rate: float | None = None
    parameters: Mapping[str, NDArray[np.floating]] | None = field(
        default=None, repr=False, compare=False
    )

    def to_record(self) -> dict[str, Any]:
        """Return the cell as one flat object of JSON types, metrics under their own names.

        A number JSON does not have is null; "nonfinite" says which it was, "reason" why. In the
        curve it is a string. The final parameters are left out.
        """
        flat = {
            "init": self.init,
            "seed": self.seed,
            "outcome": self.outcome,
            **self.metrics,
            "steps_to_threshold": self.steps_to_threshold,
            "initial_loss": self.initial_loss,
            "gradient_norms": dict(self.gradient_norms),
            "start": self.start.to_record(),
            "end": None if self.end is None else self.end.to_record(),
            "diverged_step": self.diverged_step,
            "first_nonfinite": self.first_nonfinite,
            "learning_rate": self.learning_rate,
        }
        for name in self.metrics:
            if name in _READERS:
                raise refusal("metrics", "names other than a cell's own keys", name)
        record, nonfinite = without_nonfinite(flat)
        record["curve"] = {name: _column(name, values) for name, values in self.curve.items()}
        return {**record, "nonfinite": nonfinite, "reason": self._reason(nonfinite)}

    @classmethod
    def from_record(cls, record: Any, path: str = "cell") -> Cell:
        """Build the cell back from :meth:`to_record`.

        Args:
            record: JSON types, as read.
            path: key path of the record, for refusals.

        Raises:
            StudyError: a key is missing, unknown or of the wrong type; the message names it.
        """
        nonfinite = an_object(record, path).get("nonfinite")
        filled = with_nonfinite({**record, "nonfinite": None}, nonfinite, path)
        values = entries(filled, path, _READERS, others=maybe(real))
        del values["nonfinite"], values["reason"]
        own = {name: values.pop(name) for name in list(values) if name in _READERS}
        return cls(**own, metrics=values)

    def _reason(self, nonfinite: Mapping[str, str]) -> str | None:
        reasons = []
        if self.outcome == DIVERGED:
            reasons.append(f"diverged at step {self.diverged_step}: {self.first_nonfinite}")
        elif self.outcome != FINISHED:
            reasons.append("stopped before its last step")
        for path, number in nonfinite.items():
            infinite_loss = path.endswith("loss") and number == "inf"
            reasons.append(f"{path} is {number}" + ": a wrong point saturates" * infinite_loss)
        return "; ".join(reasons) or None


def _outcome(value: Any, path: str) -> str:
    if value not in OUTCOMES:
        raise wrong(path, "one of " + ", ".join(OUTCOMES), value)
    return str(value)


def _column(name: str, values: list[Any]) -> list[Any]:
    if name == "step":
        return [int(step) for step in values]
    if name == "distinct_units":
        return [[int(count) for count in counts] for counts in values]
    return list(curve_values(values))


def _curve(value: Any, path: str) -> dict[str, list[Any]]:
    readers = dict(_CURVE_READERS)
    if "distinct_units" in an_object(value, path):
        readers["distinct_units"] = list_of(list_of(whole))
    columns = entries(value, path, readers, others=list_of(curve_number))
    for name, values in columns.items():
        if len(values) != len(columns["step"]):
            expected = f"as long as step ({len(columns['step'])})"
            raise wrong(f"{path}.{name}", expected, len(values))
    return {name: list(values) for name, values in columns.items()}


_CURVE_READERS: dict[str, Reader[Any]] = {
    "step": list_of(whole),
    "train_loss": list_of(curve_number),
}

_HEALTH_READERS: dict[str, Reader[Any]] = {
    "dead_share": list_of(real),
    "saturated_share": table_of(real),
    "distinct_units": list_of(whole),
    "hidden_units": list_of(whole),
}

_READERS: dict[str, Reader[Any]] = {
    "init": text,
    "seed": whole,
    "outcome": _outcome,
    "curve": _curve,
    "steps_to_threshold": maybe(whole),
    "initial_loss": real,
    "gradient_norms": table_of(real),
    "start": UnitHealth.from_record,
    "end": maybe(UnitHealth.from_record),
    "diverged_step": maybe(whole),
    "first_nonfinite": maybe(text),
    "learning_rate": maybe(real),
    "nonfinite": lambda value, path: value,
    "reason": maybe(text),
}
