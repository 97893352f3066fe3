"""What an audit says: a row for every parameter, the findings; a table for people, JSON."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from initlab.initialization.audit.finding import WRONG, Finding
from initlab.networks.anatomy import ByName, aligned, as_text, html_table
from initlab.numbers import shown
from initlab.validation import listed

HEADINGS = ("parameter", "shape", "role", "mean", "std", "most likely", "certainty", "or", "note")
SURE = 0.999


@dataclass(frozen=True)
class AuditRow:
    """One parameter.

    Attributes:
        name: qualified name.
        shape: its shape.
        dtype: its dtype.
        role: weight, bias, scale, gate, table; "" where not known.
        mean: mean of its finite numbers; None where there are none.
        std: their standard deviation, or None.
        law: the distribution that they most likely came from; "" where none is known.
        family: "normal", "uniform", "truncated_normal", "orthogonal", "constant", "values" or "".
        certainty: probability of the family among those that were compared, or None.
        also: methods that are not distinguishable from that distribution here.
        zeros: share of zeros.
        nonfinite: how many numbers are NaN or infinite.
        shared_with: the earlier parameter whose numbers it shares; "" for none.
        note: what else is known.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    role: str
    mean: float | None
    std: float | None
    law: str = ""
    family: str = ""
    certainty: float | None = None
    also: tuple[str, ...] = ()
    zeros: float = 0.0
    nonfinite: int = 0
    shared_with: str = ""
    note: str = ""


@dataclass(frozen=True)
class Audit(ByName[AuditRow]):
    """What an audit found; ``print`` it.

    Attributes:
        model: name of the model's class.
        rows: every parameter, those of findings first.
        findings: what is wrong or doubtful, worst first.
    """

    model: str
    rows: tuple[AuditRow, ...]
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether no finding is "wrong"; a "doubtful" one may be intended."""
        return all(one.severity != WRONG for one in self.findings)

    def to_record(self) -> dict[str, Any]:
        """Return the audit as plain values, ready for JSON."""
        return {
            "model": self.model,
            "sound": self.sound,
            "findings": [one.to_record() for one in self.findings],
            "rows": [
                {**asdict(row), "shape": list(row.shape), "also": list(row.also)}
                for row in self.rows
            ],
        }

    @property
    def title(self) -> str:
        """One line: the model, its parameters, how much was found."""
        wrong = sum(one.severity == WRONG for one in self.findings)
        doubtful = len(self.findings) - wrong
        found = [f"{wrong} wrong"] * bool(wrong) + [f"{doubtful} doubtful"] * bool(doubtful)
        count = sum(math.prod(row.shape) for row in self.rows if not row.shared_with)
        said = f"findings: {', '.join(found)}" if found else "nothing wrong"
        parameters = f"{len(self.rows)} parameter{'s' * (len(self.rows) != 1)}"
        return f"{self.model}: {parameters}, {count:,} number{'s' * (count != 1)}; {said}"

    def sentences(self) -> list[str]:
        """Return a line per finding, worst first."""
        return [f"{one.severity}, {one.name}: {one.sentence}" for one in self.findings]

    def table(self) -> tuple[list[str], list[tuple[str, ...]]]:
        """Return the headings and a row of texts per parameter, without empty columns."""
        rows = [_cells(row) for row in self.rows]
        shown = [k for k in range(len(HEADINGS)) if any(row[k] for row in rows)]
        return [HEADINGS[k] for k in shown], [tuple(row[k] for k in shown) for row in rows]

    def __str__(self) -> str:
        headings, rows = self.table()
        found = self.sentences()
        lines = [*([""] if found else []), *found, "", *aligned([tuple(headings), *rows])]
        return as_text([self.title, *lines])

    def _repr_html_(self) -> str:
        return html_table(self.title, *self.table(), self.sentences())


def _cells(row: AuditRow) -> tuple[str, ...]:
    shape = " x ".join(map(str, row.shape)) or "scalar"
    moments = ("" if one is None else shown(one, ".4g") for one in (row.mean, row.std))
    sure = row.certainty
    certainty = (
        "" if sure is None else ("> 99.9 %" if sure > SURE else f"{shown(100 * sure, '.3g')} %")
    )
    others = listed(row.also, most=3)
    return (row.name, shape, row.role, *moments, row.law, certainty, others, row.note)
