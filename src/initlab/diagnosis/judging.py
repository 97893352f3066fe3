"""Findings, and what a trial showed -> findings as severe as they turned out to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from initlab.diagnosis.finding import NOTE, SLOWS, STOPS, Finding, by_severity
from initlab.diagnosis.trial import SLOWER_THAN, STUCK, TRAINS, UNCLEAR, Trial

ALWAYS = ("not_finite", "never_initialized")  # whatever a trial shows


def judged(found: Sequence[Finding], trial: Trial | None) -> tuple[Finding, ...]:
    """Return the findings, their severity by what the trial showed.

    A network that comes as far as its reference is hindered by nothing; one that comes less far is
    hindered by what was found, and by "does_not_train" where nothing else was.
    """
    if trial is None:
        return tuple(found)
    return by_severity(_judged(found, trial))


def _judged(found: Sequence[Finding], trial: Trial) -> Iterator[Finding]:
    outcome = trial.outcome
    for one in found:
        if one.name in ALWAYS or not one.hinders or outcome == UNCLEAR:
            yield one
        elif outcome == TRAINS:
            yield replace(one, severity=NOTE, effect=f"Training is not hindered: {trial.words}")
        else:
            severity = STOPS if outcome == STUCK else SLOWS
            yield replace(one, severity=severity, effect=f"{one.effect} {trial.words}")
    if outcome in (STUCK, SLOWER_THAN) and not any(one.hinders for one in found):
        yield Finding(
            "does_not_train" if outcome == STUCK else "trains_slowly",
            STOPS if outcome == STUCK else SLOWS, (), trial.words,
            "The same network with other weights gets further.",
            "Draw the weights by auto.", layers=("",),
        )  # fmt: skip
