"""A module that was measured at a batch -> trials of copies: beside references, or other data."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from initlab.diagnosis.against import LEAST, Difference, difference, largest_ratio
from initlab.diagnosis.changes import Change, changes, single_layers
from initlab.diagnosis.finding import listed
from initlab.diagnosis.fix import references, to_targets
from initlab.diagnosis.fresh import Batches
from initlab.diagnosis.inputs import Inputs
from initlab.diagnosis.measurements import TARGETS, DataMeasurement, Measurements
from initlab.diagnosis.measuring import measure_at
from initlab.diagnosis.no_trace import no_trace
from initlab.diagnosis.runs import HEADED, ON_DATA, Runs, Train, Training
from initlab.diagnosis.scaling import standardized
from initlab.diagnosis.training import module_training, remembered
from initlab.diagnosis.trial import (
    CHANCE,
    CONSTANT,
    MANY,
    MENDS,
    MOVES,
    NEARLY,
    SHORT,
    SLOWER_THAN,
    SOME,
    STUCK,
    Trial,
    timed,
    tried,
)
from initlab.diagnosis.work import most_steps
from initlab.engines.torch.engine import repeatable
from initlab.errors import DataError
from initlab.networks.losses import TABLE
from initlab.numbers import shown as shown_number

if TYPE_CHECKING:
    from torch.nn import Module

TRAININGS = 5  # of a module and its references: as many as are trained, but for few models
RANDOM_FLOOR = 1.0  # mean square of random values
LEAD = 0.1  # of what the reference learned: a smaller lead may be luck
SIZES = EXPLODING, VANISHING = "exploding_signal", "vanishing_signal"
BESIDE_DATA = "the same weights on standardized data"


def runs_on_standardized(
    module: Module, inputs: Inputs, data: Collection[DataMeasurement], loss: Any, seed: int
) -> bool:
    """Whether a module takes the data when all of them are standardized: codes cannot be."""
    changed = standardized(inputs, data, [one.where for one in data])
    with no_trace(module, seed=seed):
        try:
            measure_at(module, changed.copied(), loss, seed=seed)
        except DataError:
            return False
    return True


@dataclass
class ModuleTrials:
    """Trials of a module; its own training is made once, whatever it is held against.

    Attributes:
        module: the module.
        measured: its figures.
        inputs: the batch.
        loss: as for :func:`initlab.diagnose`.
        seed: of what is drawn.
    """

    module: Module
    measured: Measurements
    inputs: Inputs
    loss: Any
    seed: int

    def beside_references(self, against: Trial | None, *, suspect: bool = True) -> Trial | None:
        """Try it beside the same module drawn well; or beside what another trial had.

        Args:
            against: the other trial; None for references.
            suspect: whether a figure looks bad.
        """
        with self._undisturbed():
            others = (
                (words, self._training(one, self._batches))
                for words, one in self.references(self.seed)
                if not (self._random and words == HEADED)  # they are sooner learned from 0
            )

            def again(init: str) -> Train | None:
                second = self.references(self.seed + 1, init)
                return next((self._training(one, self._batches) for _, one in second), None)

            def last() -> tuple[str, Train] | None:
                drawn = self.references(self.seed, ON_DATA)
                return next(((words, self._training(one, self._batches)) for words, one in drawn),
                            None)  # fmt: skip

            return timed(tried, self._own, against or others, self._floor, again=again, last=last,
                         quick=not suspect and self._can_be_quick,
                         **self._settings(TRAININGS))  # fmt: skip

    def beside_changes(self, shown: Trial) -> tuple[Trial, Difference] | None:
        """Try it beside itself with one group of parameters changed; None where none is better.

        Those are the parameters that the references leave as they are. A network that learns enough
        soon needs no such trial, and steps towards random values say too little. Where references
        are better too, the change must make up half of their lead.

        Args:
            shown: what the trial beside the references showed.
        """
        most = self._settings(TRAININGS)["most"]
        if self._random or shown.own.serves(shown.fresh) or most < SHORT:
            return None
        frozen = max(shown.own.progress, shown.reference.progress) < SOME
        by_place: dict[tuple[str, ...], dict[str, Change]] = {}
        for one in changes(self.module, self.measured.anatomy, frozen=frozen):
            by_place.setdefault(one.where, {})[one.words] = one
        found: list[tuple[Trial, Change]] = []
        with self._undisturbed():
            for each in [*by_place.values()][: None if most >= MANY else 1]:
                trial = self._beside_changes(each, shown)
                if trial and trial.outcome in (SLOWER_THAN, STUCK) and not trial.learns_nothing:
                    found.append((trial, each[trial.reference.init]))
            best = max(found, key=lambda one: one[0].reference.learned(one[0].steps), default=None)
            if best is None or not shown.is_made_up_by(best[0].reference):
                return None
            trial, change = best
            with contextlib.suppress(DataError):  # a loss may be infinite with the change
                change = replace(change, name=self._named(change))
        return trial, change.difference(trial)

    def _named(self, change: Change) -> str:
        """Return what a parameter is called whose size is wrong: by what it does to signals.

        One that is large may make them small, as a gate of -12 does. Where half of it is better,
        and signals hardly differ, neither word is true.
        """
        if change.name not in SIZES:
            return change.name
        changed = measure_at(change.make(self.seed), self.inputs.copied(), self.loss,
                             seed=self.seed)  # fmt: skip
        ratio = largest_ratio(self.measured, changed)
        if LEAST > ratio > 1 / LEAST:
            return "" if change.small else change.name
        return EXPLODING if ratio > 1 else VANISHING

    def _beside_changes(self, each: Mapping[str, Change], shown: Trial) -> Trial | None:
        """Try it beside copies of which each has one change of the same parameters."""

        def made(words: str, seed: int) -> Train:
            return self._training(each[words].make(seed), self._batches)

        def again(words: str) -> Train | None:
            return made(words, self.seed + 1) if each[words].drawn else None

        others = ((words, made(words, self.seed)) for words in each)
        settings = {**self._settings(TRAININGS), "floor_words": shown.floor_words}
        return timed(tried, self._own, others, shown.own.floor, again=again, **settings)

    def one_layer(self, shown: Trial) -> Difference | None:
        """Return the layer that alone makes it train as a reference does; None where none does.

        One layer after the other is given the reference's parameters. It trains at the reference's
        best rate, twice as long as the reference takes to half of its progress there. The best one
        must do it with a second draw too: it was chosen for its luck.

        Args:
            shown: what the trial beside the references showed.
        """
        best, floor = shown.reference.best, shown.own.floor
        half = best.steps_to(shown.reference.half)
        if self._random or not shown.fresh or half is None:
            return None
        steps = min(shown.steps, 2 * half)

        def trained(train: Train) -> Runs:
            losses = tuple(itertools.islice(train(best.optimizer, best.learning_rate), steps))
            return Runs("", (replace(best, losses=losses),), floor)

        def learned(one: Module) -> Runs:
            return trained(self._training(one, self._batches))

        def references(seed: int) -> Iterator[Module]:
            return (one for _, one in self.references(seed, shown.reference.init))

        with self._undisturbed():
            if (reference := next(references(self.seed), None)) is None:
                return None
            own, its = trained(self._own), learned(reference)
            least, most = own.learned(steps), its.learned(steps)
            lead = most - least
            if lead < LEAD * most:
                return None

            def mends(one: Runs) -> bool:
                gain = one.learned(steps) - least
                return gain >= MENDS * lead and one.best.loss < own.best.loss

            anatomy = self.measured.anatomy
            each = {layers: learned(one)
                    for layers, one in single_layers(self.module, reference, anatomy)}  # fmt: skip
            layers = max(each, key=lambda one: each[one].learned(steps), default=())
            if not layers or not mends(each[layers]):
                return None
            second = next(references(self.seed + 1), reference)
            again = dict(single_layers(self.module, second, anatomy, only=layers))
            if not all(mends(learned(one)) for one in again.values()):
                return None
            found = None
            with contextlib.suppress(DataError):  # a loss may be infinite with the reference
                figures = measure_at(reference, self.inputs.copied(), self.loss, seed=self.seed)
                found = difference(self.measured, [figures], layers)
        evidence = "" if found is None else f"{found.evidence} "
        evidence += (
            f"In a further trial of {steps} steps at one learning rate, the lowest loss of the "
            f"network is {_loss(own)}. With {listed(layers)} alone drawn as in the reference, it "
            f"is {_loss(each[layers])}, and with all weights drawn as in the reference, it is "
            f"{_loss(its)}."
        )  # fmt: skip
        return Difference(
            "" if found is None else found.name, layers if found is None else found.where,
            evidence, layers, plain=True, alone=True,
        )  # fmt: skip

    def beside_standardized(self, places: Collection[str]) -> dict[str, Trial]:
        """Try it, for each place of the data, beside itself with that place standardized too.

        All other places are standardized in both, but for those with which it learns less: a
        network that scales its inputs itself wants them as they are. Losses are in the units of
        the data as they are.
        """
        found = {}
        settings = self._settings(1 + len(places))
        with self._undisturbed():
            made: dict[frozenset[str], Train] = {}

            def on(chosen: Iterable[str]) -> Train:
                key = frozenset(chosen)
                if key not in made:
                    made[key] = self._on_standardized([one for one in places if one in key])
                return made[key]

            every = frozenset(places)
            best, steps = every, min(SHORT, settings["most"])
            begin = time.perf_counter()
            if len(every) > 1 and self._floor:
                fewer = {every, *(every - {one} for one in places), frozenset[str]()}
                learned = {one: Training("", on(one), self._floor).to(steps).learned(steps)
                           for one in sorted(fewer, key=sorted)}  # fmt: skip
                if learned[every] < NEARLY * max(learned.values()) - CHANCE:
                    best = max(learned, key=lambda one: learned[one])
            before = time.perf_counter() - begin  # what is remembered takes no time again
            for place in places:
                trial = timed(tried, on(best - {place}), ((BESIDE_DATA, on(best | {place})),),
                              self._floor, **settings)  # fmt: skip
                if trial is not None:
                    found[place] = replace(trial, seconds=trial.seconds + before)
        return found

    def references(self, seed: int, init: str | None = None) -> Iterator[tuple[str, Module]]:
        """Yield inits, and copies that they drew; of a regression, outputs that fit the targets.

        Args:
            seed: of what is drawn.
            init: the one that is drawn; None for all.
        """
        given = self.inputs.copied().given
        for words, one in references(self.module, self.measured.anatomy, seed, given, only=init):
            if self.measured.loss_name and self.measured.guess_loss is None:
                to_targets(one, self.measured.anatomy, self.inputs.target)
            yield words, one

    @property
    def _random(self) -> bool:
        """Whether it is trained towards random values."""
        return not self.measured.loss_name

    @property
    def _can_be_quick(self) -> bool:
        """Whether a few steps towards random values are enough, where no figure looks bad."""
        enough = self.measured.samples * MOVES >= 2  # a constant makes a progress of 1 / samples
        return self._random and enough and not self.measured.unknown

    @property
    def _floor(self) -> float | None:
        return RANDOM_FLOOR if self._random else self.measured.constant_loss

    @cached_property
    def _floor_of_standardized(self) -> float | None:
        """Loss of the best constant prediction to standardized targets, whatever the inputs are."""
        changed = standardized(self.inputs, self.measured.data, [TARGETS])
        return measure_at(self.module, changed.copied(), self.loss, seed=self.seed).constant_loss

    @cached_property
    def _batches(self) -> Batches:
        batches = self.inputs.batches
        assert batches is not None
        # random values are the same for every batch
        return Batches(iter((batches.at(0),))) if self._random else batches

    @cached_property
    def _own(self) -> Train:
        return remembered(self._training(self.module, self._batches))

    def _training(self, one: Module, batches: Batches) -> Train:
        return module_training(one, batches, self.loss, self.seed, self._from_zero(self._floor))

    def _from_zero(self, floor: float | None) -> float | None:
        """Return the floor of a loss of which nothing is left at 0; None of one of the user's own.

        That may fall below 0, as a negative log-likelihood does: a training ends at no value of it.
        """
        return floor if self._random or self.measured.loss_name in TABLE else None

    def _on_standardized(self, places: Collection[str]) -> Train:
        if not places:
            return self._own
        inputs = replace(self.inputs, batches=self._batches)
        changed = standardized(inputs, self.measured.data, places)
        assert changed.batches is not None
        floor = self._floor
        if TARGETS not in places or self._random or not floor:
            return remembered(self._training(self.module, changed.batches))
        own = self._floor_of_standardized
        train = module_training(self.module, changed.batches, self.loss, self.seed,
                                self._from_zero(own))  # fmt: skip
        unit, shift = floor / own if own else 1.0, 0.0
        if own is not None and min(floor, own) < 0:  # minus the logarithm of a density: units add
            unit, shift = 1.0, floor - own

        def scaled(name: str, rate: float) -> Iterator[float]:
            return (unit * loss + shift for loss in train(name, rate))

        return remembered(scaled)

    def _settings(self, trainings: int) -> dict[str, Any]:
        fresh = self._batches.fresh
        most = most_steps(self.measured, trainings) if fresh else SHORT
        known = CONSTANT if self._random else f"the loss of {self.measured.constant_words}"
        return {"most": most, "random": self._random, "fresh": fresh, "floor_words": known}

    @contextlib.contextmanager
    def _undisturbed(self) -> Iterator[None]:
        device = next(self.module.parameters()).device
        with no_trace(self.module, seed=self.seed), repeatable(device):
            yield


def _loss(runs: Runs) -> str:
    return shown_number(runs.best.loss, ".3g")
