"""Findings, and what a trial showed -> findings as severe as they turned out to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from initlab.diagnosis.finding import NOTE, SLOWS, STOPS, SUSPECT, Finding, by_severity
from initlab.diagnosis.trial import SLOWER_THAN, STUCK, TRAINS, Trial

ALWAYS = ("not_finite",)  # whatever a trial shows
PROMOTED = ("unreached_parameters",)  # a note that may be the cause
LARGE = (  # what begins too large is learned around, and stays; a network that begins small grows
    "large_initial_loss", "exploding_signal", "exploding_gradient", "saturated_units",
    "saturated_output", "dead_units", "dead_output", "unscaled_residuals", "sharp_attention",
)  # fmt: skip
CHAOTIC = "chaotic"
SMALL = ("vanishing_signal", "inputs_indistinguishable")


def judged(found: Sequence[Finding], trial: Trial | None) -> tuple[Finding, ...]:
    """Return the findings, their severity by what the trial showed.

    A network that comes as far as its reference, as soon, is hindered by nothing. One that does not
    is hindered by what was found; where nothing was, by what is suspect, or by what is not known.
    """
    kept = found if trial is None else _judged(found, trial)
    return by_severity(one for one in kept if one.severity != SUSPECT)


def _judged(found: Sequence[Finding], trial: Trial) -> Iterator[Finding]:
    outcome = trial.outcome
    figures = [one for one in found if one.hinders]
    if outcome == SLOWER_THAN and not figures and trial.is_as_usual:
        outcome = TRAINS
    suspects = [one for one in found if one.severity == SUSPECT or one.name in PROMOTED]
    wrong = outcome == STUCK or (outcome == SLOWER_THAN and (bool(figures) or not trial.random))
    severity = STOPS if outcome == STUCK else SLOWS
    guilty = figures or (suspects if wrong or trial.far_behind else [])
    for one in found:
        if one.name in ALWAYS:
            yield one
        elif one in guilty and outcome == TRAINS:
            train = replace(one, severity=NOTE, effect="A few steps train all the same.")
            yield replace(one, severity=SLOWS) if _stays(one, figures, trial) else train
        elif one in guilty and (wrong or one in suspects):
            yield replace(one, severity=severity)
        else:
            yield one
    if wrong and not guilty and _says_enough(trial):
        yield Finding(
            "does_not_train" if outcome == STUCK else "trains_slowly", severity, (), trial.words,
            "The same network with other weights gets further.", "Draw the weights by auto.",
            layers=("",),
        )  # fmt: skip


def _stays(one: Finding, figures: Sequence[Finding], trial: Trial) -> bool:
    """Whether a finding hinders although the steps train.

    A chaotic network learns one batch by heart, since it tells all inputs apart; that shows nothing
    of others. Where outputs are small, gradients grow over them without chaos.
    """
    if one.name == CHAOTIC:
        return not any(other.name in SMALL for other in figures)
    return one.stays or trial.far_behind or (trial.hints and one.name in LARGE)


def _says_enough(trial: Trial) -> bool:
    """Whether the steps alone, beside no figure, show that something is wrong."""
    if trial.random:
        return trial.stands_still
    return trial.outcome == STUCK or trial.clearly_slower
