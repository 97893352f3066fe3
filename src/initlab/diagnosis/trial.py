"""A few steps on copies of a network, at several rates, beside the same network drawn well.

What measurements at initialization lead to expect, a trial confirms or not: a network that gets as
far as its reference, as soon and at as many rates, is not called sick.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from initlab.diagnosis.runs import (
    ENOUGH,
    GOOD,
    NOTHING,
    OPTIMIZERS,
    TORCH_DEFAULT,
    WINDOW,
    Run,
    Runs,
    Train,
    Training,
)
from initlab.numbers import shown

STEPS = (30, 60, 120, 200)  # after which a trial may end
MOVES = 0.05  # progress towards random values, twice what constant outputs make for 40 samples
SOONEST = 20  # the first look, which ends the trial of a network that learns as soon as may be
SHORT, MANY = 60, 120  # after which the reference is chosen, and little progress means something
LEARNED = 0.01  # of the floor: a loss below ends a run
STOPS, SLOWS = 0.5, 0.9  # shares of the reference's progress
FAR_BEHIND = 0.6
STILL = 0.2  # below: also random values, which are hard to learn, say that something is wrong
BEHIND, SOMEWHAT = 0.75, 1.5  # of both: what is a hint, beside a figure that looks bad
SLOWER, LATER = 2.0, 10  # times its steps to half of its progress, and steps after it
MUCH_SLOWER, FEW_RATES = 3.0, 0.34
RATES, SOME_RATES = 0.5, 0.75  # share of the rates that serve it, below: slower; a hint of it
SOME = 0.3  # progress of a reference that a hint can rest on
DONE = 0.95  # progress of a reference that has come to its end: only then the share counts
CLEARLY_LESS, AS_GOOD = 0.25, 0.95  # shares of the reference's progress that end a trial
FAR_OFF = 30.0  # times the floor: a first loss that is far too high
MENDS = 0.5  # share of the reference's lead that a layer or change makes up, to be the place
NEARLY, CHANCE = 0.8, 0.02  # share of the best reference, and of the floor: others go on
CONSTANT = "the loss of the best constant prediction"
FIRSTS = "the lowest first loss of all references that were tried"
LARGEST_WORK = 1e12  # multiplications of the fewest steps: above, a trial is left out
LONGEST_WORK = 1e11  # of all steps: above, fewer are made
TRAINS, SLOWER_THAN, STUCK, UNCLEAR = "trains", "slower", "stuck", "unclear"


@dataclass(frozen=True)
class Trial:
    """How far a network and its reference came in a few steps.

    Attributes:
        steps: number of steps.
        own: trainings of the network as it is.
        reference: trainings of the same network, drawn well.
        usual: trainings of it drawn by PyTorch's default, where that was tried; else None.
        random: whether they were trained towards random values, which is harder to learn: a small
            lead of the reference then says nothing.
        fresh: whether the steps saw one batch after the other, and not the same one.
        seconds: that all trainings took.
        floor_words: what the floor is, from which progress is counted.
    """

    steps: int
    own: Runs
    reference: Runs
    random: bool = False
    fresh: bool = False
    usual: Runs | None = None
    seconds: float = field(default=0.0, compare=False)
    floor_words: str = CONSTANT

    @property
    def outcome(self) -> str:
        """Trains, slower, stuck, or unclear where the reference learned too little to judge by."""
        own, other = self.own.progress, self.reference.progress
        if self.learns_nothing:
            return STUCK
        if max(own, other) < self.enough or (self._too_short and own >= NOTHING * other):
            return UNCLEAR
        if own < STOPS * other:
            return STUCK
        if other < self.enough:
            return TRAINS
        if self.fresh and other < SLOWS * own and not self.own.serves(self.fresh):
            return UNCLEAR  # no reference is better, and it is none to hold others against
        if self._says_nothing_of_first_losses:
            return UNCLEAR
        short = (self.fresh or other >= DONE) and self.is_behind
        return SLOWER_THAN if short or self._late() or self._few(RATES) else TRAINS

    @property
    def learns_nothing(self) -> bool:
        """Whether neither learns anything in many steps, so that no init helps.

        Of a loss whose least value is not 0, a small share of the floor may be all there is.
        """
        most = max(self.own.progress, self.reference.progress)
        little = most < STILL and not (self.own.learns or self.reference.learns)
        return self.fresh and self.steps >= MANY and little

    @property
    def _too_short(self) -> bool:
        """Whether the reference itself is half-way so late that the luck of a draw decides."""
        return self.fresh and min(self._halfway[1], default=self.steps) > self.steps / 2

    @property
    def _says_nothing_of_first_losses(self) -> bool:
        """Whether the reference begins far above the floor too, and neither learns most.

        It is then no network drawn well, and that another one does as it does is no excuse.
        """
        first, its = self.reference.runs[0].losses[0], self.reference
        most = max(self.own.progress, its.progress)
        return first - its.floor > (FAR_OFF - 1) * its.unit and most < ENOUGH

    @property
    def enough(self) -> float:
        """The progress of a reference that others can be held against."""
        return SOME if self.fresh and self.steps >= MANY else ENOUGH

    @property
    def is_clear(self) -> bool:
        """Whether more steps would hardly change the answer."""
        own, other = self.own.progress, self.reference.progress
        if other < (ENOUGH if self.fresh else GOOD) or self.outcome == UNCLEAR:
            return False
        if own < CLEARLY_LESS * other:
            return self.steps >= SHORT
        return own >= AS_GOOD * other and not self._late(SOMEWHAT) and not self._few(SOME_RATES)

    @property
    def learns_as_much(self) -> bool:
        """Whether the reference learns something, however little, and the network about as much."""
        return self.own.progress >= AS_GOOD * self.reference.progress > AS_GOOD * MOVES

    @property
    def is_too_short(self) -> bool:
        """Whether the network is as good as its reference, and more steps alone would say so."""
        own, other = self.own.progress, self.reference.progress
        return self._too_short and own >= AS_GOOD * other >= AS_GOOD * ENOUGH

    @property
    def keeps_up(self) -> bool:
        """Whether it trains, or learned, however little, as much as the reference did."""
        as_much = self.own.learns and self.own.progress >= AS_GOOD * self.reference.progress
        return self.outcome == TRAINS or (self.outcome == UNCLEAR and as_much)

    @property
    def is_behind(self) -> bool:
        """Whether it learned clearly less than its reference."""
        return self.own.progress < SLOWS * self.reference.progress

    @property
    def hints(self) -> bool:
        """Whether it is behind, though not by so much that the steps alone would say so."""
        own, other = self.own.progress, self.reference.progress
        if self.outcome == UNCLEAR:
            return not self._too_short and other >= SOME and own < STOPS * other
        if self.outcome != TRAINS or other < ENOUGH:
            return False
        return own < BEHIND * other or self._late(SOMEWHAT) or self._few(SOME_RATES)

    @property
    def hints_twice(self) -> bool:
        """Whether it is later than its reference and fewer rates serve it, each by a little."""
        known = self.reference.progress >= ENOUGH
        return known and self._late(SOMEWHAT) and self._few(SOME_RATES)

    @property
    def is_as_usual(self) -> bool:
        """Whether it trains as it does by PyTorch's default, where that is no excuse for both."""
        if self.usual is None or self.usual.progress < STOPS * self.reference.progress:
            return False
        if self.fresh and self._both_are_slower(self.usual):
            return False
        return replace(self, reference=self.usual, usual=None).outcome == TRAINS

    def _both_are_slower(self, other: Runs) -> bool:
        """Whether it and one that trains like it, two draws of a kind, are slower in the mean.

        That one of them is late may be the luck of its draw.
        """
        if self.is_behind:
            return True
        mine, its = self._halfway
        others = other.reached(self.reference.half)
        if not mine or not others:
            return True
        steps = math.sqrt(min(mine) * min(others))
        return _is_late(steps, its) or len(mine) + len(others) < 2 * RATES * len(its)

    @property
    def clearly_slower(self) -> bool:
        """Whether it is slower by so much that no figure is needed to call it so."""
        behind = self.own.progress < BEHIND * self.reference.progress
        few = self._few(FEW_RATES) and self._late(SOMEWHAT)
        return behind or self._late(MUCH_SLOWER) or few

    @property
    def stands_still(self) -> bool:
        """Whether it learned next to nothing of what the reference did."""
        return self.own.progress < STILL * self.reference.progress

    @property
    def far_behind(self) -> bool:
        """Whether it is so far behind that a figure counts which is merely suspect."""
        if self.outcome == UNCLEAR:
            return self.hints
        return self.own.progress < FAR_BEHIND * self.reference.progress

    @property
    def _halfway(self) -> tuple[list[int], list[int]]:
        """Steps to half of the reference's progress, of both, at the rates that come so far."""
        return self.own.reached(self.reference.half), self.reference.reached(self.reference.half)

    def _late(self, times: float = SLOWER) -> bool:
        mine, its = self._halfway
        return not mine or _is_late(min(mine), its, times)

    def _few(self, share: float) -> bool:
        mine, its = self._halfway
        return len(mine) < share * len(its)

    def is_made_up_by(self, changed: Runs) -> bool:
        """Whether what a change learns in as many steps makes up half of the reference's lead.

        Where the network has no such lag, or the change took more steps, any change does.
        """
        same = all(len(run.losses) <= self.steps for run in changed.runs)
        if not same or self.outcome not in (SLOWER_THAN, STUCK):
            return True
        own, its, best = (one.learned(self.steps) for one in (self.own, changed, self.reference))
        return its - own >= MENDS * (best - own)

    def lowest_losses(self, other: str = "the reference") -> str:
        """Return a sentence: the lowest loss of both, beside what they are held against."""
        return (
            f"In the trial, the lowest loss of the network is {shown(self.own.best.loss, '.3g')}, "
            f"the lowest loss of {other} is {shown(self.reference.best.loss, '.3g')}, and "
            f"{self.floor_words} is {shown(self.own.floor, '.3g')}."
        )

    @property
    def where(self) -> str:
        """What the steps were made on."""
        batch = "each on a fresh batch" if self.fresh else "all on the same batch"
        return batch + " with random numbers as targets" * self.random

    @property
    def words(self) -> str:
        """One sentence: what was tried, and how far both came."""
        mine, its = self._halfway
        best, other = self.own.best, self.reference.best
        halfway = (
            f"The loss half-way between this loss and the lowest loss of the reference is "
            f"{shown(self.reference.half, '.3g')}. The network reached it {_soon(mine)}, and the "
            f"reference {_soon(its)}."
        )
        if other.loss >= self.own.floor:
            halfway = "The reference did not get below this loss."
        return (
            f"Trial: {self.steps} training steps, {self.where}, at each of {len(self.own.runs)} "
            f"learning rates of SGD and Adam. The lowest loss of the network is "
            f"{shown(best.loss, '.3g')} "
            f"({best.optimizer}, learning rate {best.learning_rate:g}). The reference is the same "
            f"network with {self.reference.words}; its lowest loss is {shown(other.loss, '.3g')}. "
            f"The {self.floor_words.removeprefix('the ')} is {shown(self.own.floor, '.3g')}. "
            f"{halfway}"
        )

    def to_record(self) -> dict[str, Any]:
        """Return the trial as JSON types."""
        return {
            "steps": self.steps,
            "fresh_batches": self.fresh,
            "outcome": self.outcome,
            "constant_loss": self.own.floor,
            "constant_loss_is": self.floor_words,
            "runs": [_record(run) for run in self.own.runs],
            "reference_init": self.reference.init,
            "reference": [_record(run) for run in self.reference.runs],
            "usual": None if self.usual is None else [_record(run) for run in self.usual.runs],
        }


def tried(
    train: Train, references: Trial | Iterable[tuple[str, Train]], floor: float | None, *,
    most: int = STEPS[-1], random: bool = False, fresh: bool = False,
    quick: bool = False, again: Callable[[str], Train | None] | None = None,
    last: Callable[[], tuple[str, Train] | None] = lambda: None, floor_words: str = CONSTANT,
) -> Trial | None:  # fmt: skip
    """Train a network and its references at every rate; None where there is no reference.

    All are trained until the answer is clear, or for as many steps as may be made.

    Args:
        train: (optimizer, rate) -> the loss before each step, of the network as it is.
        references: inits, and the same of the network drawn by them; the next one is taken where
            those before did not learn nearly all, and soon, and goes on where it is not behind
            them; or a trial whose reference is taken.
            That by PyTorch's default is trained too where the network is slower than the best.
        floor: loss of the best prediction that knows no inputs; None for the lowest first loss of
            the references, of which some have small outputs.
        most: steps of each training.
        random: whether the targets are random values.
        fresh: whether the steps see one batch after the other, and not the same one.
        quick: whether the trial ends where both are seen to learn as much, as it may where the
            targets are random values and no figure looks bad.
        again: init -> the same of the network drawn by it another time. A network that is slower
            is judged beside this second draw, since the first one was chosen for its luck too.
        last: an init, and the same of the network drawn by it, where no other reference learns.
        floor_words: what the floor is, if it is given.
    """
    if isinstance(references, Trial):
        other = references.reference
        own = Training("", train, other.floor)
        return replace(references, own=own.to(references.steps), usual=None)
    left, tested = iter(references), list[Training]()
    early, short = min(STEPS[0], most), min(SHORT, most)
    if floor is None:
        every = [*left]
        firsts = (next(iter(one(*OPTIMIZERS[0]))) for _, one in every)
        floor, left = min(filter(math.isfinite, firsts), default=None), iter(every)
        floor_words = FIRSTS
    if not floor or not math.isfinite(floor):  # no share of it can be counted
        return None
    own = Training("", train, floor)
    for init, one in left:
        tested.append(Training(init, one, floor))
        if len(tested) == 1:
            looks = (*((WINDOW,) if quick else ()), SOONEST, *STEPS)
            for steps in sorted({min(one, most) for one in looks}):
                trial = Trial(steps, own.to(steps), tested[0].to(steps), random, fresh,
                              floor_words=floor_words)  # fmt: skip
                if trial.is_clear or (quick and trial.learns_as_much):
                    return trial
                if steps >= early and not trial.is_too_short:
                    break
        if tested[-1] in _ahead(tested, early) and tested[-1].to(short).serves(fresh):
            break
    if not tested:
        return None
    most_learned = max(one.to(short).progress for one in (own, *_ahead(tested, early)))
    if most_learned < SOME and (on_data := last()) is not None:
        tested.append(Training(*on_data, floor))
    best = max(_ahead(tested, early), key=lambda one: one.to(short).merit(short))
    for steps in (*(one for one in STEPS if SHORT <= one < most), most):
        trial = Trial(steps, own.to(steps), best.to(steps), random, fresh,
                      floor_words=floor_words)  # fmt: skip
        if trial.is_clear:
            break
    if fresh and trial.outcome == TRAINS and not trial.is_clear:
        # the best so far may not be the best in the end: others go on at one rate
        ahead = _ahead(_ahead(tested, early), short)
        ends = {one: one.at_best(short, trial.steps).progress for one in ahead if one is not best}
        farthest = max(ends, key=lambda one: ends[one], default=best)
        if farthest is not best and trial.own.progress < SLOWS * ends[farthest]:
            best, trial = farthest, replace(trial, reference=farthest.to(trial.steps))
    second = again(best.init) if again and trial.outcome == SLOWER_THAN else None
    if second is not None:
        beside = replace(trial, reference=Training(best.init, second, floor).to(trial.steps))
        if not (beside.outcome == UNCLEAR and beside.is_behind):
            trial = beside
    if trial.outcome == SLOWER_THAN:
        for init, one in left:
            if init == TORCH_DEFAULT:
                tested.append(Training(init, one, floor))
                break
        usual = next((one.to(trial.steps) for one in tested if one.init == TORCH_DEFAULT), None)
        trial = replace(trial, usual=usual)
    return trial


def timed(try_: Callable[..., Trial | None], *given: Any, **settings: Any) -> Trial | None:
    """Return a trial with the seconds that it took."""
    begin = time.perf_counter()
    found = try_(*given, **settings)
    return None if found is None else replace(found, seconds=time.perf_counter() - begin)


def _ahead(tested: Sequence[Training], steps: int) -> list[Training]:
    """Return those that learned nearly as much as the best in so many steps."""
    learned = [one.to(steps).learned(steps) for one in tested]
    return [one for one, share in zip(tested, learned, strict=True)
            if share >= NEARLY * max(learned) - CHANCE]  # fmt: skip


def _is_late(steps: float, its: Sequence[int], times: float = SLOWER) -> bool:
    """Whether so many steps to half of the reference's progress are clearly more than its own."""
    return steps > max(times * min(its), min(its) + LATER * times / SLOWER)


def _soon(reached: Sequence[int]) -> str:
    if not reached:
        return "at no learning rate"
    steps = "1 step" if min(reached) == 1 else f"{min(reached)} steps"
    if len(reached) == 1:
        return f"at 1 learning rate, after {steps}"
    return f"at {len(reached)} learning rates, at the earliest after {steps}"


def _record(run: Run) -> dict[str, Any]:
    loss = run.loss if math.isfinite(run.loss) else None
    return {"optimizer": run.optimizer, "learning_rate": run.learning_rate, "loss": loss}
