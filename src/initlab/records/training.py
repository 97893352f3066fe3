"""Optimizer, steps and batches -> one checked description of how every network is trained."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError

from initlab.errors import ArgumentError, invalid_argument
from initlab.records.record import Flag, Record, checked
from initlab.settings import SETTINGS
from initlab.settings.kinds import RATE
from initlab.validation import one_of, text

DENSE_OPTIMIZERS = ("gd", "sgd", "adam")
DENSE_DTYPES = ("float64", "float32")


def _declared(name: str, value: Any) -> Any:
    kind = SETTINGS[name].kind
    return (kind.item or kind).check(name, value)


WholeSetting = Annotated[int, checked(_declared)]
NumberSetting = Annotated[float, checked(_declared)]


class Training(Record):
    """How a network is trained, and what is recorded.

    Attributes:
        optimizer: "gd" (full batch), "sgd" (batches, momentum), "adam"; of a PyTorch model any
            optimizer of torch.optim, by name or "package.module:name".
        optimizer_arguments: of a PyTorch optimizer, but for its learning rate and momentum.
        learning_rate: > 0.
        momentum: of sgd, in [0, 1).
        batch_size: samples per step, None for all of them.
        dropout: share of hidden activations dropped in training, in [0, 1).
        clip_norm: largest L2 norm of the gradient; None for no limit.
        steps: number of updates, 0 or more.
        record_every: the loss is kept before the updates 0, record_every, ...
        dtype: of the parameters.
        threshold: training loss whose first crossing is reported.
        keep_parameters: keep the parameters too at every recorded step.

    Raises:
        ArgumentError: a value is not allowed.
    """

    optimizer: Annotated[str, checked(text)] = SETTINGS["optimizer"].default
    optimizer_arguments: Mapping[str, Any] = Field(default_factory=dict)
    learning_rate: Annotated[float, checked(RATE.check)] = SETTINGS["learning_rate"].default
    momentum: NumberSetting = SETTINGS["momentum"].default
    batch_size: WholeSetting | None = SETTINGS["batch_size"].default
    dropout: NumberSetting = SETTINGS["dropout"].default
    clip_norm: NumberSetting | None = SETTINGS["clip_norm"].default
    steps: WholeSetting = SETTINGS["steps"].default
    record_every: WholeSetting = SETTINGS["record_every"].default
    dtype: Annotated[str, checked(text)] = SETTINGS["dtype"].default
    threshold: NumberSetting = SETTINGS["threshold"].default
    keep_parameters: Flag = False

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            cause = error.errors()[0].get("ctx", {}).get("error")
            raise cause if isinstance(cause, ArgumentError) else error from None

    @property
    def recorded_steps(self) -> range:
        """Steps before whose update the loss is kept."""
        return range(0, self.steps, self.record_every)

    def steps_per_epoch(self, samples: int) -> int:
        """Updates in one pass over this many samples; the last batch may be short."""
        return math.ceil(samples / (self.batch_size or samples))


def check_dense(training: Training) -> None:
    """Refuse what the engines of dense networks do not do.

    Raises:
        ArgumentError: the optimizer, the dtype, or a setting that the optimizer does not have.
    """
    one_of("optimizer", training.optimizer, DENSE_OPTIMIZERS)
    one_of("dtype", training.dtype, DENSE_DTYPES)
    check_batches(training.optimizer, training.batch_size)
    if training.momentum and training.optimizer != "sgd":
        raise invalid_argument(
            "momentum", "0 unless the optimizer is sgd", training.momentum,
            where=f"optimizer {training.optimizer}",
        )  # fmt: skip


def check_batches(optimizer: Any, batch_size: int | None) -> None:
    """Refuse a batch size that gd would not use.

    Raises:
        ArgumentError: one is given with gd.
    """
    if batch_size is not None and isinstance(optimizer, str) and optimizer == "gd":
        raise invalid_argument(
            "batch_size", "left out with the optimizer gd", batch_size,
            hint="gd uses all points in every step; to train on batches, choose sgd or adam.",
        )  # fmt: skip
