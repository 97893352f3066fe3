"""What every engine returns: how a training went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Outcome = Literal["finished", "diverged", "cancelled"]


@dataclass(frozen=True)
class Trajectory:
    """How one network was trained.

    Attributes:
        outcome: "finished", "diverged" or "cancelled".
        steps: recorded steps.
        losses: training loss before each recorded step; may be infinite, and NaN at the last.
        network: the parameters by name when training ended; for a PyTorch model, the module.
        diverged_step: step at which a number was first not finite; None if all were finite.
        first_nonfinite: where that number was: "loss", "W2.grad", "fc2.weight", "output of fc1".
        snapshots: parameters before each recorded step, stacked along the first axis; None if the
            training does not keep them.
        together: number of networks trained in one program; 1 for a network by itself.
        apart: why the network was trained by itself although a program for several was tried.
    """

    outcome: Outcome
    steps: list[int]
    losses: list[float]
    network: Any
    diverged_step: int | None = None
    first_nonfinite: str | None = None
    snapshots: Mapping[str, Array] | None = None
    together: int = 1
    apart: str = ""

    @property
    def parameters(self) -> dict[str, Array]:
        """The parameters of a dense network."""
        return dict(self.network)
