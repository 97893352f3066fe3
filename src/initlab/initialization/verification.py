"""What a verification says: how each parameter differs from its receipt; a table, JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from initlab.initialization.differing import (
    AS_SET,
    CAST,
    NOT_FINITE,
    OVERWRITTEN,
    PARTLY,
    RESHAPED,
    SCALED,
    TRAINED,
)
from initlab.networks.anatomy import ByName, aligned, as_text, html_table
from initlab.validation import one_of

MISSING, NEW, RENAMED, UNTIED = "missing", "new", "renamed", "untied"
UNCHECKED = "not_checked"
WORST_FIRST = (
    NOT_FINITE, OVERWRITTEN, MISSING, NEW, RESHAPED, UNTIED, PARTLY, SCALED, CAST, TRAINED, RENAMED,
    UNCHECKED, AS_SET,
)  # fmt: skip
WORDS = {kind: kind.replace("_", " ") for kind in WORST_FIRST}
HEADINGS = ("parameter", "was", "distribution", "now", "how")


@dataclass(frozen=True)
class Verified:
    """One parameter.

    Attributes:
        name: qualified name.
        kind: "as_set", or how it differs: "overwritten", "scaled", "trained", "cast",
            "partly_changed", "missing", "new", "reshaped", "renamed", "untied", "not_finite";
            "not_checked" of what is computed from others and not in a state_dict.
        done: what initialize did with it; "" of a new one.
        law: what it was drawn from; "" where nothing was set.
        words: how it differs, for people.
        evidence: the numbers that this rests on.
    """

    name: str
    kind: str
    done: str = ""
    law: str = ""
    words: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verification(ByName[Verified]):
    """Which parameters of a model differ from what a receipt says, and how; ``print`` it.

    Attributes:
        model: name of what was looked at.
        init: the init or rules of the receipt.
        seed: the seed of the receipt.
        rows: every parameter, in the model's order.
        notes: what a reader should know.
    """

    model: str
    init: str
    seed: int
    rows: tuple[Verified, ...]
    notes: tuple[str, ...] = ()

    @property
    def as_set(self) -> bool:
        """Whether every parameter holds what the receipt says."""
        return not self.differing

    @property
    def differing(self) -> tuple[Verified, ...]:
        """The parameters that differ, worst first."""
        found = [row for row in self.rows if row.kind not in (AS_SET, UNCHECKED)]
        return tuple(sorted(found, key=lambda row: WORST_FIRST.index(row.kind)))

    def names(self, kind: str) -> tuple[str, ...]:
        """Return the names of the parameters that differ in this way.

        Args:
            kind: of :class:`Verified`, or as the table shows it: "not finite" is "not_finite".
        """
        kind = kind.replace(" ", "_") if isinstance(kind, str) else kind
        one_of("kind", kind, WORST_FIRST, where="verify")
        return tuple(row.name for row in self.rows if row.kind == kind)

    def to_record(self) -> dict[str, Any]:
        """Return the verification as plain values, ready for JSON."""
        return {
            "model": self.model,
            "init": self.init,
            "seed": self.seed,
            "as_set": self.as_set,
            "counts": self.counts,
            "rows": [asdict(row) for row in self.rows],
            "notes": list(self.notes),
        }

    @property
    def counts(self) -> dict[str, int]:
        """How many parameters are of each kind, worst first."""
        found = {kind: len(self.names(kind)) for kind in WORST_FIRST}
        return {kind: count for kind, count in found.items() if count}

    @property
    def title(self) -> str:
        """One line: the model, the init and the seed, and how many parameters are as set."""
        counts = self.counts
        good = counts.pop(AS_SET, 0)
        number = len(self.rows)
        found = [f"{good} of {number} parameter{'s' * (number != 1)} as in the receipt"]
        found += [f"{count} {WORDS[kind]}" for kind, count in counts.items()]
        return f"{self.model}, {self.init}, seed {self.seed}: {', '.join(found)}"

    def table(self) -> list[tuple[str, ...]]:
        """Return a row of texts for each parameter that differs, worst first."""
        return [
            (row.name, row.done or "not there", row.law, WORDS[row.kind], row.words)
            for row in self.differing
        ]

    def __str__(self) -> str:
        rows = self.table()
        lines = ["", *aligned([HEADINGS, *rows])] if rows else []
        return as_text([self.title, *lines, *([""] if self.notes else []), *self.notes])

    def _repr_html_(self) -> str:
        return html_table(self.title, HEADINGS, self.table(), self.notes)
