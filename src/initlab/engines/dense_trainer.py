"""A dense network in training: what the compiled kernels and BLAS have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from initlab.engines.batches import BatchOrder
from initlab.engines.layout import Layout
from initlab.engines.stepping import Trainer
from initlab.engines.trajectory import Outcome, Trajectory
from initlab.networks.dense import DenseNetwork, Parameters
from initlab.records.training import Training

Array = NDArray[np.floating]


class DenseTrainer(Trainer):
    """One network with its parameters in one vector.

    Attributes:
        curve: losses before the recorded steps.
    """

    def __init__(
        self,
        network: DenseNetwork,
        training: Training,
        layout: Layout,
        samples: int,
        initial: Parameters,
        seed: int,
    ) -> None:
        self.network, self.training, self.layout = network, training, layout
        self.curve = np.zeros(len(training.recorded_steps))
        kept = len(self.curve) if training.keep_parameters else 0
        self._snapshots = np.zeros((kept, layout.parameters), training.dtype)
        self._theta = np.zeros(layout.parameters, training.dtype)
        self._gradient = np.zeros_like(self._theta)
        self._values, self._gradients = layout.views(self._theta), layout.views(self._gradient)
        for name, view in self._values.items():
            view[...] = initial[name]
        self._order = None
        if training.batch_size is not None:
            self._order = BatchOrder(seed, samples, training.batch_size)

    def parameters(self) -> dict[str, Array]:
        """Return the parameters as they are now."""
        return {name: value.copy() for name, value in self._values.items()}

    def trajectory(self) -> Trajectory:
        """Return how the training went, so far."""
        training, diverged = self.training, self.first_nonfinite is not None
        recorded = [s for s in training.recorded_steps if s < self.step + diverged]
        finished: Outcome = "finished" if self.step >= training.steps else "cancelled"
        snapshots = self.layout.views(self._snapshots[: len(recorded)])
        return Trajectory(
            outcome="diverged" if diverged else finished,
            steps=recorded,
            losses=[float(loss) for loss in self.curve[: len(recorded)]],
            network=self.parameters(),
            diverged_step=self.step if diverged else None,
            first_nonfinite=self.first_nonfinite,
            snapshots={name: value.copy() for name, value in snapshots.items()}
            if training.keep_parameters
            else None,
        )

    def _culprit(self, *, gradient: bool) -> str:
        """Name the first parameter (in the order of computation) that holds a value not finite.

        Gradients arise from the last layer to the first, weights are updated from first to last.
        """
        values, suffix = (self._gradients, ".grad") if gradient else (self._values, "")
        for k in range(1, self.network.depth + 1)[:: -1 if gradient else 1]:
            for name in (f"W{k}", f"b{k}"):
                if not np.isfinite(values[name]).all():
                    return name + suffix
        return "gradient" if gradient else "parameters"
