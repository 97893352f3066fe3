"""What was done with each parameter of a model -> a table for people, a record for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from initlab.networks.anatomy import aligned

SET, FROZEN, TIED, UNKNOWN = "set", "frozen", "tied", "not recognised"
HEADINGS = ("parameter", "shape", "done", "law", "fan_in", "fan_out", "std", "note")


@dataclass(frozen=True)
class ParameterRow:
    """One parameter.

    Attributes:
        name: qualified name in the model.
        shape: its shape.
        done: "set", "frozen" (left alone), "tied" (set under another name), "not recognised"
            (left alone).
        law: text of the start it was drawn from, "default", a constant; "" where nothing was set.
        fan_in: inputs per output unit, or None where no fan is involved.
        fan_out: outputs per input unit, or None.
        std: standard deviation of the law, or None where torch's own code drew.
        note: packed parts, the name it is tied to, what to give.
    """

    name: str
    shape: tuple[int, ...]
    done: str
    law: str = ""
    fan_in: int | None = None
    fan_out: int | None = None
    std: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Initialized:
    """Report of one ``initialize``: a row per parameter name, in the model's order.

    Attributes:
        start: the start, in its canonical spelling.
        bias_init: the start of the biases, or None for the start's own law, else zeros.
        seed: the seed.
        dry_run: whether the model was left as it was.
        rows: the parameters.
    """

    start: str
    bias_init: str | None
    seed: int
    dry_run: bool
    rows: tuple[ParameterRow, ...]

    def names(self, done: str) -> tuple[str, ...]:
        """Return the names of the parameters with which this was done."""
        return tuple(row.name for row in self.rows if row.done == done)

    def __getitem__(self, name: str) -> ParameterRow:
        """Return the row of one parameter."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(name)

    def to_record(self) -> dict[str, Any]:
        """Return the report as plain values, ready for JSON."""
        record = asdict(self)
        record["rows"] = [{**asdict(row), "shape": list(row.shape)} for row in self.rows]
        return record

    def __str__(self) -> str:
        lines = aligned([HEADINGS, *(_cells(row) for row in self.rows)])
        verb = "would be set" if self.dry_run else "set"
        counts = [f"{len(self.names(SET))} {verb}"]
        counts += [
            f"{len(self.names(done))} {done}"
            for done in (TIED, FROZEN, UNKNOWN)
            if self.names(done)
        ]
        return "\n".join([f"{self.start}, seed {self.seed}: {', '.join(counts)}", "", *lines])


def _cells(row: ParameterRow) -> tuple[str, ...]:
    numbers = ("" if fan is None else str(fan) for fan in (row.fan_in, row.fan_out))
    std = "" if row.std is None else f"{row.std:.4g}"
    shape = " x ".join(str(width) for width in row.shape) or "scalar"
    return (row.name, shape, row.done, row.law, *numbers, std, row.note)
