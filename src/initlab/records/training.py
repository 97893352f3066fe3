"""Optimizer, steps and batches -> one checked description of how every replicate is trained."""

from __future__ import annotations

import math
from dataclasses import dataclass

from initlab.errors import refusal
from initlab.validation import finite_number, one_of, whole_number

OPTIMIZERS = ("gd", "sgd", "adam")
DTYPES = ("float64", "float32")
LARGEST_STEPS = 10**8
LARGEST_LEARNING_RATE = 1e6  # a larger step only ever overflows; it is a slip of the pen


@dataclass(frozen=True)
class TrainingPlan:
    """How a replicate is trained.

    Attributes:
        optimizer: "gd" (full batch), "sgd" (batches, momentum) or "adam".
        learning_rate: > 0.
        momentum: of sgd, in [0, 1).
        batch_size: samples per step, None for all of them.
        dropout: share of hidden activations dropped in training, in [0, 1).
        steps: number of updates, 0 or more.
        record_every: the loss is kept before the updates 0, record_every, ...
        dtype: "float64" or "float32".
        keep_parameters: keep the parameters too at every recorded step.
    """

    optimizer: str = "gd"
    learning_rate: float = 0.01
    momentum: float = 0.0
    batch_size: int | None = None
    dropout: float = 0.0
    steps: int = 15_000
    record_every: int = 100
    dtype: str = "float64"
    keep_parameters: bool = False

    def __post_init__(self) -> None:
        one_of("optimizer", self.optimizer, OPTIMIZERS)
        finite_number("learning_rate", self.learning_rate, above=0, maximum=LARGEST_LEARNING_RATE)
        finite_number("momentum", self.momentum, minimum=0, below=1)
        finite_number("dropout", self.dropout, minimum=0, below=1)
        whole_number("steps", self.steps, minimum=0, maximum=LARGEST_STEPS)
        whole_number("record_every", self.record_every, minimum=1)
        one_of("dtype", self.dtype, DTYPES)
        if self.batch_size is not None:
            whole_number("batch_size", self.batch_size, minimum=1)
            if self.optimizer == "gd":
                raise refusal(
                    "batch_size", "left out with gd", self.batch_size,
                    hint="gd uses all points in every step; choose --optimizer sgd or adam.",
                )  # fmt: skip
        if self.momentum and self.optimizer != "sgd":
            raise refusal(
                "momentum", "0 unless the optimizer is sgd", self.momentum,
                where=f"optimizer {self.optimizer}",
            )  # fmt: skip

    @property
    def recorded_steps(self) -> list[int]:
        """Steps before whose update the loss is kept."""
        return list(range(0, self.steps, self.record_every))

    def steps_per_epoch(self, samples: int) -> int:
        """Updates in one pass over this many samples; the last batch may be short."""
        return math.ceil(samples / (self.batch_size or samples))
