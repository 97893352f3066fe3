"""One thing that is wrong with a network before training, or worth knowing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from initlab.networks.layer_name import called
from initlab.validation import listed as listed_words

STOPS, SLOWS, NOTE = "stops", "slows", "note"
GENERAL_INIT = "the init auto"  # in a fix: what suits most weights
SUSPECT = "suspect"  # reported only where a trial shows that something is wrong
SEVERITIES = (STOPS, SLOWS, SUSPECT, NOTE)  # worst first
SHOWN = 3  # names that a sentence lists


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or worth knowing.

    Attributes:
        name: what it is, such as "dead_units".
        severity: "stops" (training gets nowhere), "slows" (it is slower, or needs another
            learning rate) or "note" (it is not hindered).
        where: names of layers or parameters; none for the whole network.
        evidence: the figures, and how much of them may be noise.
        effect: what it does to training.
        fix: the smallest change that mends it.
        layers: names of the layers whose weights the fix draws again; none where no init helps.
        explains: names of other findings that follow from this one.
        seeds: of several seeds, those that have it.
        stays: whether it hinders although the steps of a trial train; a large first loss only
            where these are not on fresh batches.
        rules: inits, by parameter, that a trial found to mend it.
    """

    name: str
    severity: str
    where: tuple[str, ...]
    evidence: str
    effect: str
    fix: str
    layers: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    stays: bool = False
    rules: tuple[tuple[str, str], ...] = ()

    @property
    def hinders(self) -> bool:
        """Whether it stops or slows training."""
        return self.severity in (STOPS, SLOWS)

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return listed(self.where) or "the whole network"

    def to_record(self) -> dict[str, Any]:
        """Return the finding as JSON types."""
        return {
            "name": self.name,
            "severity": self.severity,
            "where": list(self.where),
            "evidence": self.evidence,
            "effect": self.effect,
            "fix": self.fix,
        }

    def __str__(self) -> str:
        how = f"{self.severity} training" if self.hinders else self.severity
        return f"{self.name} in {self.place} ({how}). {self.evidence} {self.effect}"


def flagged(found: Iterable[Finding], names: Iterable[str]) -> set[str]:
    """Return those of these layers that tables and figures mark: something hinders them.

    Where a finding names none of them, as where it is of a parameter, those that its fix draws.
    """
    known, marked = {*names}, set[str]()
    for one in found:
        if one.hinders:
            marked |= known & {*one.where} or known & {*one.layers}
    return marked


def graded(value: float, suspect: float, slows: float, stops: float) -> str:
    """Return the severity of a number that is the worse the larger it is; "" for none."""
    limits = {STOPS: stops, SLOWS: slows, SUSPECT: suspect}
    return next((severity for severity, limit in limits.items() if value > limit), "")


def by_severity(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with the worst first, in the order given among equals."""
    return tuple(sorted(found, key=lambda one: SEVERITIES.index(one.severity)))


def percent(share: float) -> str:
    """Return a share as "71 %"."""
    return f"{100 * share:.0f} %"


def listed(names: Sequence[str]) -> str:
    """Return "fc1", "fc1, fc2 and fc3", or of more the first two, the last and their number."""
    shown = [called(name) for name in dict.fromkeys(names)]
    if len(shown) > SHOWN:
        return f"{shown[0]}, {shown[1]}, ... {shown[-1]} ({len(shown)} in all)"
    return listed_words(shown)
