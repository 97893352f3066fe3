"""What a replicate is and how its training is driven, whichever engine does the steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from initlab.engines.driving import Steps
from initlab.networks.dense import DenseNetwork, Parameters

Array = NDArray[np.floating]


@dataclass(frozen=True)
class TrainingData:
    """Points that all replicates train on: x (n, features) and y (n,) or (n, outputs)."""

    x: Array
    y: Array


@dataclass(frozen=True)
class Trajectory:
    """How one replicate was trained.

    Attributes:
        outcome: "finished", "diverged" or "cancelled".
        steps: recorded steps.
        losses: training loss before each of them; may be infinite, or NaN at the last.
        parameters: parameters at the end, or where training stopped.
        diverged_step: step at which something was first not finite.
        first_nonfinite: its name: "loss", "W2.grad", "W2", ...
        snapshots: parameters before each recorded step, stacked along the first axis, where the
            plan keeps them.
    """

    outcome: str
    steps: list[int]
    losses: list[float]
    parameters: dict[str, Array]
    diverged_step: int | None = None
    first_nonfinite: str | None = None
    snapshots: dict[str, Array] | None = None


class ReplicateTrainer(Steps, Protocol):
    """One replicate in training; engines differ in how they take steps."""

    curve: NDArray[np.float64]
    """Losses before the updates 0, record_every, ..."""

    def parameters(self) -> dict[str, Array]:
        """Return the parameters as they are now."""

    def snapshots(self, count: int) -> dict[str, Array]:
        """Return the parameters before the first ``count`` recorded steps, stacked."""


def first_nonfinite_name(network: DenseNetwork, values: Parameters, *, gradient: bool) -> str:
    """Name the first parameter (in the order of computation) that holds a value not finite.

    Gradients arise from the last layer to the first, weights are updated from first to last.
    """
    layers = range(network.depth, 0, -1) if gradient else range(1, network.depth + 1)
    for k in layers:
        for name in (f"W{k}", f"b{k}"):
            if not np.isfinite(values[name]).all():
                return name + ".grad" if gradient else name
    return "gradient" if gradient else "parameters"
