"""What an audit finds wrong: a name for programs, where, the numbers, and a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

MOST_NAMED = 4  # in a sentence
WRONG, DOUBTFUL = "wrong", "doubtful"
SEVERITIES = (WRONG, DOUBTFUL)

NOT_FINITE = "not_finite"
UNINITIALIZED = "uninitialized_memory"
CLONED = "cloned_layers"
ONE_STREAM = "one_stream"
EQUAL_ROWS = "equal_rows"
CONSTANT = "constant_weights"
ZERO_WEIGHT, ZERO_SCALE = "zero_weight", "zero_scale"
ZERO_PATCHES, OUTLIERS = "zero_patches", "outliers"
NAMES = (  # worst first
    NOT_FINITE, UNINITIALIZED, CONSTANT, CLONED, ONE_STREAM, EQUAL_ROWS, ZERO_SCALE, ZERO_PATCHES,
    ZERO_WEIGHT, OUTLIERS,
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One thing that an audit found.

    Attributes:
        name: one of :data:`NAMES`, such as "cloned_layers".
        severity: "wrong", or "doubtful" where it may be meant.
        where: names of the parameters, or of buffers.
        sentence: the finding for people.
        evidence: the numbers that it rests on.
    """

    name: str
    severity: str
    where: tuple[str, ...]
    sentence: str
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def to_record(self) -> dict[str, Any]:
        """Return the finding as plain values, ready for JSON."""
        return asdict(self) | {"where": list(self.where)}


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return findings worst first."""

    def rank(one: Finding) -> tuple[int, int]:
        return SEVERITIES.index(one.severity), NAMES.index(one.name)

    return tuple(sorted(findings, key=rank))
