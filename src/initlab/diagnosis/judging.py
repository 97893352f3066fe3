"""Findings, and what a trial showed -> findings as severe as they turned out to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from initlab.diagnosis.against import Difference
from initlab.diagnosis.finding import (
    GENERAL_INIT,
    NOTE,
    SLOWS,
    STOPS,
    SUSPECT,
    Finding,
    by_severity,
    listed,
)
from initlab.diagnosis.runs import ON_DATA
from initlab.diagnosis.trial import SLOWER_THAN, STUCK, TRAINS, Trial

ALWAYS = ("not_finite", "unpaired_targets")  # whatever a trial shows
PROMOTED = ("unreached_parameters",)  # a note that may be the cause where no init helps
TOO_LARGE = (  # what begins too large is learned around, and stays; what begins small grows
    "large_initial_loss", "exploding_signal", "exploding_gradient", "saturated_units",
    "saturated_output", "dead_units", "dead_output", "unscaled_residuals", "sharp_attention",
)  # fmt: skip
CHAOTIC = "chaotic"
HARMLESS = "In the trial the network trains in spite of this finding."
OTHER_WEIGHTS = "With other weights the same network trains"  # better, or faster
ALONE = "With this one change, and all other weights as they are, the network trains"
DRAW = f"Draw the weights with {GENERAL_INIT}."
DRAW_ON_DATA = (
    "Draw the weights with the init lsuv, which scales them on the data, or look for the operation "
    "in the model that makes outputs very small or very large."
)
ELSEWHERE = "This needs no change: a change of {} alone makes the network train {}"
LARGE_LOSS = "large_initial_loss"
SHRINKING = ("vanishing_signal", "vanishing_gradient")
SMALL = ("vanishing_signal", "inputs_indistinguishable")


Unlike = Callable[[], Difference | None]  # how the network differs from its references


def judged(
    found: Sequence[Finding], trial: Trial | None, unlike: Unlike | None = None,
    alone: Difference | None = None,
) -> tuple[Finding, ...]:  # fmt: skip
    """Return the findings, their severity by what the trial showed.

    A network that comes as far as its reference, as soon, is hindered by nothing. One that does not
    is hindered by what was found; where nothing was, by what is suspect, or by what is most unlike
    the reference, or by what is not known. Where a change of one place alone mends it, that is the
    place.

    Args:
        found: what measurements lead to expect.
        trial: what was tried; None where nothing was.
        unlike: finds how the network differs from its references.
        alone: a change that alone mends it, by a trial.
    """
    kept = found if trial is None else _judged(found, trial, unlike or (lambda: None), alone)
    return by_severity(one for one in kept if one.severity != SUSPECT)


def _judged(
    found: Sequence[Finding], trial: Trial, unlike: Unlike, alone: Difference | None
) -> Iterator[Finding]:
    outcome = trial.outcome
    figures = [one for one in found if one.hinders]
    if outcome == SLOWER_THAN and (
        _lags_towards_random_values(figures, trial) or (not figures and trial.is_as_usual)
    ):
        outcome = TRAINS
    shared = trial.reference.progress >= trial.enough  # the reference has it too, and trains
    suspects = [one for one in found
                if one.severity == SUSPECT or (one.name in PROMOTED and not shared)]  # fmt: skip
    wrong = outcome == STUCK or (outcome == SLOWER_THAN and (bool(figures) or not trial.random))
    severity = STOPS if outcome == STUCK else SLOWS
    guilty = figures or (suspects if wrong or trial.far_behind else [])
    blamed = None
    if wrong and (guilty or _says_enough(trial)) and not trial.learns_nothing:
        blamed = alone
        if blamed is None and not any(one.stays for one in guilty):  # those are certain
            blamed = unlike()
            if blamed is not None and guilty and not blamed.plain:
                blamed = None
    how = "better." if trial.is_behind else "faster."
    draw = DRAW_ON_DATA if trial.reference.init == ON_DATA else DRAW
    if blamed is not None and blamed.alone:
        draw = blamed.fix or (f"Draw only {listed(blamed.layers)} anew, as in the reference. The "
                              f"reference has {trial.reference.words}.")  # fmt: skip
    for one in found:
        if one.name in ALWAYS:
            yield one
        elif one in guilty and outcome == TRAINS:
            train = replace(one, severity=NOTE, effect=HARMLESS)
            yield replace(one, severity=SLOWS) if _stays(one, figures, trial) else train
        elif one in guilty and (wrong or one in suspects):
            kept = replace(one, severity=one.severity if one.stays else severity)
            yield kept if blamed is None else _at(kept, blamed, draw, how)
        else:
            yield one
    if not wrong or not (guilty or _says_enough(trial)):
        return
    general = "does_not_train" if outcome == STUCK else "trains_slowly"
    if blamed is not None and not _named(blamed, guilty):
        yield Finding(
            blamed.name or general, severity, blamed.where,
            blamed.evidence if blamed.alone else
            f"{blamed.evidence} {trial.lowest_losses()}",
            f"{ALONE if blamed.alone else OTHER_WEIGHTS} {how}", draw,
            layers=blamed.layers, rules=blamed.rules,
        )  # fmt: skip
    elif not guilty:
        yield Finding(
            general, severity, (), trial.words,
            "No init that was tried helps. Check the architecture, the data and the loss."
            if trial.learns_nothing else f"{OTHER_WEIGHTS} {how}",
            "" if trial.learns_nothing else draw,
            layers=() if trial.learns_nothing else ("",),
        )  # fmt: skip


def _at(one: Finding, blamed: Difference, fix: str, how: str) -> Finding:
    """Return a finding at the places that a change alone mends; elsewhere it is a note.

    What is certain, and what is found where the change has no name, stays as it is.

    Args:
        one: the finding.
        blamed: the change.
        fix: what to do where fewer places than it names are left.
        how: how the network trains with the change.
    """
    if not blamed.alone or (one.stays and one.name != LARGE_LOSS):
        return one
    places = [place for place in (*blamed.where, *blamed.layers) if place]
    inside, layers = (
        tuple(own for own in every if any(_within(own, place) for place in places))
        for every in (one.where, one.layers)
    )
    if inside:
        fix = one.fix if inside == one.where else fix
        return replace(one, where=inside, layers=layers or one.layers, fix=fix)
    if not blamed.name or not one.where:
        return one
    elsewhere = ELSEWHERE.format(listed(blamed.where), how)
    return replace(one, severity=NOTE, effect=elsewhere, fix="")


def _named(blamed: Difference, guilty: Sequence[Finding]) -> bool:
    """Whether findings name one of its places, or the layer or parameter that holds it.

    What a change alone mends is named beside other findings at this place.
    """
    known = [place for one in guilty for place in one.where if place
             and (not blamed.fix or one.name == blamed.name)]  # fmt: skip
    return any(_within(own, one) for own in blamed.where for one in known)


def _within(own: str, other: str) -> bool:
    """Whether one of two places is the other, or a part of it."""
    return own == other or own.startswith(f"{other}.") or other.startswith(f"{own}.")


def _stays(one: Finding, figures: Sequence[Finding], trial: Trial) -> bool:
    """Whether a finding hinders although the steps train.

    On fresh batches signals that shrink and a huge first loss stay where it is a little late and
    a few rates do not serve it: either alone may be luck. A chaotic network learns one batch by
    heart, since it tells all inputs apart; that shows nothing of others. Where outputs are small,
    gradients grow over them without chaos.
    """
    if one.stays and not (trial.fresh and one.name == LARGE_LOSS):
        return True
    if trial.fresh:
        return trial.hints_twice and (one.stays or one.name in SHRINKING)
    if one.name == CHAOTIC:
        return not any(other.name in SMALL for other in figures)
    return trial.far_behind or (trial.hints and one.name in TOO_LARGE)


def _lags_towards_random_values(figures: Sequence[Finding], trial: Trial) -> bool:
    """Whether the evidence is at most a figure that may slow and a lag towards random values.

    Zeros chosen on purpose lag there, too. Without data only what is certain counts: a figure that
    stops training, or a network that gets less than 60 % as far.
    """
    stops = any(one.severity == STOPS for one in figures)
    return trial.random and not trial.far_behind and not stops


def _says_enough(trial: Trial) -> bool:
    """Whether the steps alone, beside no figure, show that something is wrong."""
    if trial.random:
        return trial.stands_still
    return trial.fresh or trial.outcome == STUCK or trial.clearly_slower
