"""A few steps on copies of a model, at several rates, beside the same network drawn by auto.

What measurements at initialization lead to expect, a trial confirms or not: a network that gets as
far as its reference is not called sick.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass

STEPS = 60
SAMPLES = 64  # of the batch
OPTIMIZERS = (("sgd", 0.03), ("sgd", 0.1), ("sgd", 0.3), ("adam", 1e-3), ("adam", 1e-2))
LAST = 5  # steps whose mean loss counts
NOTHING = 0.05  # progress below which nothing was learned
BEHIND = 0.5  # share of the reference's progress below which training is slower
LARGEST_WORK = 1e12  # multiplications of all steps: above, a trial is left out
TRAINS, SLOWER, STUCK, UNCLEAR = "trains", "slower", "stuck", "unclear"

Train = Callable[[str, float, int], Sequence[float]]


@dataclass(frozen=True)
class Run:
    """One training of a copy.

    Attributes:
        optimizer: "sgd" or "adam".
        learning_rate: its rate.
        losses: loss before each step.
    """

    optimizer: str
    learning_rate: float
    losses: tuple[float, ...]

    @property
    def loss(self) -> float:
        """Mean loss of the last steps; inf where one is not finite."""
        last = self.losses[-LAST:]
        return sum(last) / len(last) if all(map(math.isfinite, last)) else math.inf


@dataclass(frozen=True)
class Trial:
    """How far a model and its reference came in a few steps on one batch.

    Attributes:
        steps: number of steps.
        floor: loss of the best answer that knows no inputs; training begins to learn below it.
        runs: trainings of the model as it is.
        reference: trainings of the same network, its weights drawn by auto.
    """

    steps: int
    floor: float
    runs: tuple[Run, ...]
    reference: tuple[Run, ...]

    @property
    def best(self) -> Run:
        """The run that came furthest."""
        return min(self.runs, key=lambda run: run.loss)

    @property
    def progress(self) -> float:
        """Share of the floor that the best run learned."""
        return _progress(self.runs, self.floor)

    @property
    def reference_progress(self) -> float:
        """The same of the reference."""
        return _progress(self.reference, self.floor)

    @property
    def outcome(self) -> str:
        """Trains, slower, stuck, or unclear where the reference learned nothing either."""
        own, other = self.progress, self.reference_progress
        if own >= BEHIND * max(other, 2 * NOTHING):
            return TRAINS
        if other < 2 * NOTHING:
            return UNCLEAR
        return STUCK if own < NOTHING else SLOWER

    @property
    def words(self) -> str:
        """One sentence: what was tried, and how far both came."""
        best, other = self.best, min(self.reference, key=lambda run: run.loss)
        return (
            f"In {self.steps} steps on this batch the loss came to {best.loss:.3g} at the best of "
            f"{len(self.runs)} rates ({best.optimizer} {best.learning_rate:g}), and to "
            f"{other.loss:.3g} with weights drawn by auto; a constant answer has {self.floor:.3g}."
        )

    def to_record(self) -> dict[str, Any]:
        """Return the trial as JSON types."""
        return {
            "steps": self.steps,
            "outcome": self.outcome,
            "constant_loss": self.floor,
            "runs": [_record(run) for run in self.runs],
            "reference": [_record(run) for run in self.reference],
        }


def tried(train: Train, reference: Train, floor: float, *, steps: int = STEPS) -> Trial:
    """Train a network and its reference at every rate.

    Args:
        train: (optimizer, rate, steps) -> the loss before each step, of the network as it is.
        reference: the same of the network as auto draws it.
        floor: loss of the best answer that knows no inputs.
        steps: of each training.
    """
    runs = [
        tuple(Run(name, rate, tuple(one(name, rate, steps))) for name, rate in OPTIMIZERS)
        for one in (train, reference)
    ]
    return Trial(steps, floor, *runs)


def _progress(runs: Sequence[Run], floor: float) -> float:
    best = min(run.loss for run in runs)
    return max(0.0, (floor - best) / floor) if math.isfinite(best) and floor > 0 else 0.0


def _record(run: Run) -> dict[str, Any]:
    loss = run.loss if math.isfinite(run.loss) else None
    return {"optimizer": run.optimizer, "learning_rate": run.learning_rate, "loss": loss}
