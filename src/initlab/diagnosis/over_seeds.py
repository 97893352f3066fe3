"""Diagnoses of one network at several seeds -> one: what was found at how many of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from initlab.diagnosis.diagnosis import Diagnosis
from initlab.diagnosis.finding import SEVERITIES, Finding, by_severity, listed


def over_seeds(found: Sequence[Diagnosis], seeds: Sequence[int]) -> Diagnosis:
    """Return the diagnosis with the most severe findings, every finding told with its seeds.

    Its figures are those of the seed that is worst.
    """
    at: dict[str, list[tuple[int, Finding]]] = {}
    for seed, diagnosis in zip(seeds, found, strict=True):
        for one in diagnosis.findings:
            at.setdefault(one.name, []).append((seed, one))
    worst = min(found, key=_badness)
    summed = by_severity(_summed(pairs, len(found)) for pairs in at.values())
    return replace(worst, findings=summed, each=tuple(found))


def _badness(one: Diagnosis) -> tuple[int, ...]:
    return tuple(-sum(f.severity == severity for f in one.findings) for severity in SEVERITIES)


def _summed(pairs: Sequence[tuple[int, Finding]], seeds: int) -> Finding:
    """Return the most severe of the findings of one name, with the seeds that have it."""
    one = min((finding for _, finding in pairs), key=lambda f: SEVERITIES.index(f.severity))
    where = tuple(dict.fromkeys(name for _, finding in pairs for name in finding.where))
    if len(pairs) == seeds:
        count = f"At all {seeds} seeds." if seeds > 1 else ""
    else:
        count = f"At {len(pairs)} of {seeds} seeds ({listed([str(seed) for seed, _ in pairs])})."
    return replace(one, where=where, evidence=f"{count} {one.evidence}".strip())
