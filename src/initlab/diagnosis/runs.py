"""Losses of a network that is trained at several rates -> how much it learns, and how soon."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

OPTIMIZERS = (
    ("sgd", 0.01), ("sgd", 0.1), ("sgd", 0.3), ("adam", 3e-4), ("adam", 3e-3), ("adam", 1e-2),
)  # fmt: skip
WINDOW = 10  # steps whose mean loss counts
BELOW_ZERO = 1.0  # unit of a loss that falls below 0: of minus the logarithm of a likelihood
NOTHING = 0.1  # below: nothing, whatever the loss is, and however late the reference is half-way
SURELY = 5.0  # standard errors of a mean loss: below the floor by more is no chance
ENOUGH = 0.6  # progress of a reference that can be judged by
GOOD, SOON = 0.9, 20  # progress, and steps to half of it, beside which no other one is tried
AUTO, HEADED, CRITICAL = "auto", "auto with orthogonal heads", "orthogonal at the edge of chaos"
MIRROR_IMAGES, UNFROZEN = "mirrored weights", "orthogonal, frozen weights too"
ON_DATA = "lsuv"
TORCH_DEFAULT = "PyTorch's default"
DRAWN_BY = {  # references, in words
    AUTO: "weights drawn by initlab's init auto",
    HEADED: "weights drawn by initlab's init auto, but orthogonal weights in the output layers",
    CRITICAL: "orthogonal weights that keep the size of the outputs from layer to layer",
    MIRROR_IMAGES: "mirrored weights, which make the network begin as a linear function",
    UNFROZEN: "orthogonal weights, which also replace the frozen weights",
    ON_DATA: "orthogonal weights in the hidden linear and convolutional layers, scaled on the data "
    "until the outputs of these layers have variance 1",
    "he_normal": "weights drawn by he_normal",
    TORCH_DEFAULT: f"weights drawn by {TORCH_DEFAULT} init",
}

Train = Callable[[str, float], Iterator[float]]


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

    @cached_property
    def smooth(self) -> tuple[float, ...]:
        """Mean loss over the steps up to each one, as many as WINDOW."""
        parts = [self.losses[max(0, k - WINDOW + 1) : k + 1] for k in range(len(self.losses))]
        return tuple(sum(part) / len(part) if all(map(math.isfinite, part)) else math.inf
                     for part in parts)  # fmt: skip

    @property
    def loss(self) -> float:
        """The lowest of them."""
        return min(self.smooth, default=math.inf)

    @property
    def error(self) -> float:
        """Standard error of the lowest of them, by how much the losses there differ."""
        end = min(range(len(self.smooth)), key=self.smooth.__getitem__, default=0) + 1
        part = self.losses[max(0, end - WINDOW) : end]
        finite = len(part) > 1 and all(map(math.isfinite, part))
        return statistics.stdev(part) / math.sqrt(len(part)) if finite else math.inf

    def steps_to(self, loss: float) -> int | None:
        """Return after how many steps it is at a loss, its mean over WINDOW steps; None if never.

        The mean of fewer steps, at the beginning, would flatter a network whose first loss is low.
        """
        whole = enumerate(self.smooth[WINDOW - 1 :], start=WINDOW - 1)
        return next((k for k, value in whole if value <= loss), None)


@dataclass(frozen=True)
class Runs:
    """A network trained at every rate.

    Attributes:
        init: how it was drawn; "" as it is.
        runs: one per rate.
        floor: loss of the best prediction that knows no inputs.
    """

    init: str
    runs: tuple[Run, ...]
    floor: float

    @property
    def words(self) -> str:
        """How it was drawn, in words."""
        return DRAWN_BY.get(self.init, self.init)

    @property
    def best(self) -> Run:
        """The run that came furthest."""
        return min(self.runs, key=lambda run: run.loss)

    @property
    def unit(self) -> float:
        """What progress is counted in: the floor; of a loss that falls below 0, a loss of 1."""
        return self.floor if self.floor > 0 else BELOW_ZERO

    @property
    def half(self) -> float:
        """The loss at which it has made half of its progress."""
        return self.floor - self.unit * max(self.progress, 0.0) / 2

    def serves(self, fresh: bool) -> bool:
        """Whether no other reference is tried: it learned enough, of one batch nearly all, soon."""
        soon = min(self.reached(self.half), default=SOON + 1) <= SOON
        return soon and self.progress >= (ENOUGH if fresh else GOOD)

    def learned(self, steps: int) -> float:
        """Return what was learned, at most the unit and as its share: the mean over the steps."""
        return max(self._learned(run, steps) for run in self.runs)

    def merit(self, steps: int) -> tuple[float, float]:
        """Return what the best of several networks has most of: what it learned; then its loss."""
        return self.learned(steps), -self.best.loss

    def _learned(self, run: Run, steps: int) -> float:
        shares = [min(1.0, max(0.0, self._share(loss))) for loss in run.smooth]
        rest = shares[-1] * (steps - len(shares)) if shares else 0.0  # it learned all, or diverged
        return (sum(shares) + rest) / steps

    @property
    def progress(self) -> float:
        """Share of the unit that the best run learned; below 0 where all are above the floor."""
        return self._share(self.best.loss)

    def _share(self, loss: float) -> float:
        return (self.floor - loss) / self.unit

    @property
    def learns(self) -> bool:
        """Whether a loss is below the floor by more than chance, and more than next to nothing.

        What most rates reach is no more than a better constant prediction.
        """
        most = min(self.floor, sorted(run.loss for run in self.runs)[len(self.runs) // 2])
        least = self.floor - NOTHING * self.unit
        return any(run.loss < min(least, most - SURELY * run.error) for run in self.runs)

    def reached(self, loss: float) -> list[int]:
        """Return the steps to a loss, of the runs that reach it."""
        return [steps for run in self.runs if (steps := run.steps_to(loss)) is not None]


class Training:
    """A network at every rate, trained as far as it is asked for.

    Args:
        init: how it was drawn; "" as it is.
        train: (optimizer, rate) -> the loss before each step.
        floor: loss of the best prediction that knows no inputs; None for its own first loss.
    """

    def __init__(self, init: str, train: Train, floor: float | None) -> None:
        self.init, self.floor = init, floor
        self._left = [(pair, train(*pair), list[float]()) for pair in OPTIMIZERS]

    def to(self, steps: int) -> Runs:
        """Train up to a step, and return all runs."""
        runs = tuple(self._run(k, steps) for k in range(len(self._left)))
        return Runs(self.init, runs, runs[0].losses[0] if self.floor is None else self.floor)

    def at_best(self, so_far: int, steps: int) -> Runs:
        """Train on at one rate alone, the one that is best so far, and return its run."""
        known = self.to(so_far)
        best = self._run(known.runs.index(known.best), steps)
        return Runs(self.init, (best,), known.floor)

    def _run(self, rate: int, steps: int) -> Run:
        pair, left, losses = self._left[rate]
        losses.extend(itertools.islice(left, max(0, steps - len(losses))))
        return Run(*pair, tuple(losses[:steps]))
