"""What was found in one network at several seeds -> each finding once, with the seeds that have it.

`initlab diagnose --seeds` and the reasons of `initlab compare` are both made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from initlab.diagnosis.finding import NOTE, SEVERITIES, Finding, by_severity
from initlab.validation import listed

if TYPE_CHECKING:
    from initlab.diagnosis.diagnosis import Diagnosis

LISTED = 5  # seeds that are named one by one


def over_seeds(found: Sequence[Diagnosis], seeds: Sequence[int]) -> Diagnosis:
    """Return the diagnosis with the most severe findings, every finding told with its seeds.

    Its figures are those of the seed that is worst.
    """
    by_seed = {seed: one.findings for seed, one in zip(seeds, found, strict=True)}
    several = len(found) > 1
    told = (
        replace(one, evidence=f"{at_seeds(one.seeds, len(found))}: {one.evidence}")
        if several else one for one in summed(by_seed)
    )  # fmt: skip
    return replace(min(found, key=_badness), findings=tuple(told), each=tuple(found))


def summed(found: Mapping[int, Iterable[Finding]]) -> tuple[Finding, ...]:
    """Return every finding once, worst first: as severe as where it is worst, with its seeds.

    Args:
        found: what was found, by seed.
    """
    at: dict[str, dict[int, list[Finding]]] = {}
    for seed, findings in found.items():
        for one in findings:
            at.setdefault(one.name, {}).setdefault(seed, []).append(one)
    return by_severity(_summed(some) for some in at.values())


def at_seeds(seeds: Sequence[int], total: int, noun: str = "seeds") -> str:
    """Return "At all 10 seeds", "At 2 of 10 seeds (3 and 7)" or "At 1 of 10 seeds (seed 3)"."""
    if len(seeds) == total:
        return f"At {'both' if total == 2 else f'all {total}'} {noun}"
    shown = [str(seed) for seed in seeds]
    if len(shown) > LISTED:
        shown = [f"{', '.join(shown[: LISTED - 1])}, ..., {shown[-1]}"]
    if len(shown) == 1 == len(seeds):
        shown = [f"seed {shown[0]}"]
    return f"At {len(seeds)} of {total} {noun} ({listed(shown)})"


def _badness(one: Diagnosis) -> tuple[int, ...]:
    return tuple(-sum(f.severity == severity for f in one.findings) for severity in SEVERITIES)


def _summed(found: Mapping[int, Sequence[Finding]]) -> Finding:
    every = [(seed, one) for seed, some in found.items() for one in some]
    seed, worst = min(every, key=lambda pair: SEVERITIES.index(pair[1].severity))
    alike = [one for _, one in every if one.severity != NOTE or worst.severity == NOTE]
    where = dict.fromkeys(name for one in alike for name in one.where)
    layers = dict.fromkeys(name for one in alike for name in one.layers)
    evidence = worst.evidence
    if any(some[0].evidence != evidence for some in found.values()):  # the worst stands first
        evidence = f"{evidence} (These figures are from seed {seed}.)"
    return replace(worst, where=tuple(where), layers=tuple(layers), evidence=evidence,
                   seeds=tuple(found))  # fmt: skip
