"""One network of a comparison: all that decides its numbers, and what came of training it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter, ValidationError

from initlab.errors import StudyError, invalid_argument
from initlab.records.diagnosis import InitDiagnosis
from initlab.records.problem import Problem
from initlab.records.record import (
    CurveNumber,
    Real,
    Record,
    Text,
    Whole,
    below,
    first_error,
    json_types,
    validated,
    with_nonfinite,
    without_nonfinite,
    wrong,
)
from initlab.records.training import Training

CERTAIN = "a classifier was then certain of a wrong prediction"  # where a loss is infinite
FINISHED: Final = "finished"
DIVERGED: Final = "diverged"
CANCELLED: Final = "cancelled"
COLUMNS: Mapping[str, TypeAdapter[Any]] = {  # of a curve; all others hold numbers
    "step": TypeAdapter(list[Whole]),
    "distinct_units": TypeAdapter(list[list[Whole]]),
}
NUMBERS: TypeAdapter[Any] = TypeAdapter(list[CurveNumber])
SCORES: TypeAdapter[Any] = TypeAdapter(dict[str, Real | None])


class UnitHealth(Record):
    """What the hidden units of a network do on the training points.

    Attributes:
        dead_share: per hidden layer, share of units whose derivative is 0 at every point, so that
            no gradient reaches their weights.
        saturated_share: per layer with a bounded nonlinearity (the output's sigmoid or softmax
            included), share of (unit, point) pairs whose derivative is below 1 % of its maximum.
        distinct_units: per hidden layer, number of units that differ in incoming weights or bias.
        hidden_units: per hidden layer, number of units.
    """

    dead_share: tuple[Real, ...]
    saturated_share: Mapping[str, Real]
    distinct_units: tuple[Whole, ...]
    hidden_units: tuple[Whole, ...]


class Cell(Record):
    """One (initialization, seed) of a comparison at one learning rate, and its outcome.

    Attributes:
        init: the initialization, in canonical spelling.
        seed: the seed of its random numbers.
        outcome: "finished", "diverged" or "cancelled" (stopped before its last step).
        metrics: final values by name; None for a network that did not finish.
        curve: lists of equal length: "step", "train_loss" (may be infinite), and where they are
            watched, other scores and "distinct_units", a list per hidden layer at each step.
        margins: by metric, its value less that of the best constant prediction, and the standard
            error of this difference over the samples; only where both are known.
        steps_to_threshold: first recorded step whose training loss is at most the threshold.
        initial_loss: training loss of the initial parameters; may be infinite.
        gradient_norms: L2 norm of the first gradient, by parameter name ("W1", "W2", ...).
        start: the units of the initial network.
        diagnosis: what was found in it before training; None of a cell of an older initlab.
        end: the units at the end; None unless finished.
        diverged_step: step whose loss, gradient or update was first not finite.
        first_nonfinite: what it was: "loss", "W2.grad", "W2", ...
        learning_rate: the rate it was trained at.
        engine: what trained it, such as "dense, compiled".
        platform: operating system and processor it was trained on, in words.
        key: digest of its specification; "" where that is not known.
        block: first seed and number of seeds trained together with it, on a GPU.
        parameters: final parameters by name, "W1" (out, in), "b1" (out, 1), ...; not in JSON.
    """

    init: Text
    seed: Whole
    outcome: Literal["finished", "diverged", "cancelled"]
    metrics: Mapping[str, Real | None]
    curve: Mapping[str, list[Any]]
    margins: Mapping[str, tuple[Real, Real]] = Field(default_factory=dict)
    steps_to_threshold: Whole | None = None
    initial_loss: Real
    gradient_norms: Mapping[str, Real]
    start: UnitHealth
    diagnosis: InitDiagnosis | None = None
    end: UnitHealth | None = None
    diverged_step: Whole | None = None
    first_nonfinite: Text | None = None
    learning_rate: Real | None = None
    engine: Text = ""
    platform: Text = ""
    key: Text = ""
    block: tuple[Whole, Whole] | None = None
    parameters: Mapping[str, NDArray[np.floating]] | None = Field(
        default=None, repr=False, exclude=True
    )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Cell):
            return NotImplemented
        names = (name for name in type(self).model_fields if name != "parameters")
        return all(getattr(self, name) == getattr(other, name) for name in names)

    __hash__ = None  # type: ignore[assignment]

    def to_record(self) -> dict[str, Any]:
        """Return the cell as one flat object of JSON types, metrics under their own names.

        A number JSON does not have is null; "nonfinite" says which it was, "reason" why. In the
        curve it is a string. The final parameters are left out.
        """
        for name in self.metrics.keys() & type(self).model_fields.keys():
            raise invalid_argument("metrics", "named differently from the fields of a Cell", name)
        flat = self.model_dump(exclude={"metrics", "curve"})
        record, nonfinite = without_nonfinite(
            {"init": 0, "seed": 0, "outcome": 0, **self.metrics, **flat}  # these three stand first
        )
        reason = self._reason(nonfinite)
        curve = json_types(self.curve)
        return {**record, "curve": curve, "nonfinite": nonfinite, "reason": reason}

    @classmethod
    def from_record(cls, record: Any, path: str = "cell") -> Self:
        """Build the cell back from :meth:`to_record`; see :meth:`Record.from_record`."""
        if not isinstance(record, Mapping):
            raise wrong(path, "an object", record)
        flat = with_nonfinite({**record, "nonfinite": None}, record.get("nonfinite"), path)
        own = {name: flat.pop(name) for name in list(flat) if name in cls.model_fields}
        scores = {name: one for name, one in flat.items() if name not in ("nonfinite", "reason")}
        for name in own.keys() & {"metrics", "parameters"}:
            raise StudyError(f"{below(path, name)} is not a key of a study.")
        if "curve" in own:
            own["curve"] = _read_curve(own["curve"], below(path, "curve"))
        try:
            return cls.model_validate({**own, "metrics": SCORES.validate_python(scores)})
        except ValidationError as error:
            raise first_error(error, path, {**scores, **own}) from None

    def _reason(self, nonfinite: Mapping[str, str]) -> str | None:
        reasons = []
        if self.outcome == DIVERGED:
            reasons.append(
                f"diverged at step {self.diverged_step}: {self.first_nonfinite} became NaN or "
                "infinite"
            )
        elif self.outcome != FINISHED:
            reasons.append("stopped before its last step")
        for path, number in nonfinite.items():
            infinite_loss = path.endswith("loss") and number == "inf"
            reasons.append(f"{path} is {number}{f'; {CERTAIN}' * infinite_loss}")
        return "; ".join(reasons) or None


def _read_curve(value: Any, path: str) -> dict[str, list[Any]]:
    if not isinstance(value, Mapping):
        raise wrong(path, "an object", value)
    curve: dict[str, list[Any]] = {}
    for name in ("step", "train_loss"):
        if name not in value:
            raise StudyError(f"{below(path, name)} is missing.", argument=below(path, name))
    for name, column in value.items():
        curve[name] = validated(COLUMNS.get(name, NUMBERS), column, below(path, name))
        if len(curve[name]) != len(value["step"]):
            expected = f'as long as the column "step" (length {len(value["step"])})'
            raise wrong(below(path, name), expected, len(column))
    return curve


class CellSpec(Record):
    """One network to be trained: problem, training, initialization and seed.

    Attributes:
        problem: what is learned.
        training: how.
        init: the initialization, in canonical spelling.
        bias_init: initialization of every bias, or None for the initialization's own.
        seed: seed of the initial parameters, batches and dropout.
        stream: "course" or "default".
        engine: what trains it, such as "dense, compiled" or "torch, cpu".
        versions: of the engine's numerics and of the libraries that compute the numbers.
        block: first seed and number of the seeds that are trained together with it, where the
            last bits depend on the company: on a GPU. None elsewhere.
    """

    problem: Problem
    training: Training
    init: Text
    bias_init: Text | None = None
    seed: Whole
    stream: Text = "default"
    engine: Text = ""
    versions: Mapping[str, str] = {}
    block: tuple[Whole, Whole] | None = None

    @property
    def reusable(self) -> bool:
        """Whether its key names everything that decides its numbers."""
        return not self.problem.unnamed

    @cached_property
    def key(self) -> str:
        """SHA-256 of the specification's canonical JSON.

        The same on every machine and in every process; the processor is not part of it.
        """
        digest = hashlib.sha256(self.canonical.encode("ascii")).hexdigest()
        del self.__dict__["canonical"]  # large, and of no use any more; there may be many cells
        return digest
