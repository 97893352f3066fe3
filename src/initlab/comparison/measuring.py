"""Start and trained parameters of a replicate -> its cell: scores, curve, and what its units do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from initlab.datasets import Dataset
from initlab.dense import DenseNetwork, Trajectory, gradients, layers
from initlab.dense.losses import accuracy, loss_value, predicted
from initlab.dense.network import Parameters
from initlab.dense.nonlinearities import nonlinearity
from initlab.dense.symmetry import distinct_units
from initlab.results import CANCELLED, DIVERGED, FINISHED, METRICS, Cell, UnitHealth

SATURATED_SLOPE = 0.01  # of the largest: below, a unit lets 1 % of the error signal through


def measure(
    network: DenseNetwork,
    data: Dataset,
    *,
    init: str,
    seed: int,
    start: Parameters,
    trajectory: Trajectory,
    steps: int,
    threshold: float,
) -> Cell:
    """Build the cell of one replicate.

    Args:
        network: the network.
        data: training and test points.
        init: the start, in canonical spelling.
        seed: its seed.
        start: its first parameters.
        trajectory: how it was trained.
        steps: number of updates asked for.
        threshold: training loss whose first crossing is reported.
    """
    initial_loss, gradient = gradients(network, start, data.x_train, data.y_train)
    outcome, diverged_step = trajectory.outcome, trajectory.diverged_step
    first_nonfinite = trajectory.first_nonfinite
    metrics: dict[str, float | None] = dict.fromkeys(METRICS)
    if outcome == FINISHED:
        metrics = final_metrics(network, data, trajectory.parameters)
        if any(value is not None and np.isnan(value) for value in metrics.values()):
            # the last update was finite, what it computes is not
            outcome, first_nonfinite = DIVERGED, "loss"
            diverged_step = steps
            metrics = dict.fromkeys(METRICS)
    return Cell(
        init=init,
        seed=seed,
        outcome=outcome,
        metrics=metrics,
        curve={"step": [float(s) for s in trajectory.steps], "train_loss": trajectory.losses},
        steps_to_threshold=_first_at_most(trajectory, threshold),
        initial_loss=initial_loss,
        gradient_norms={name: float(np.linalg.norm(g)) for name, g in gradient.items()},
        start=unit_health(network, start, data.x_train),
        end=(
            unit_health(network, trajectory.parameters, data.x_train)
            if outcome == FINISHED
            else None
        ),
        diverged_step=diverged_step,
        first_nonfinite=first_nonfinite,
        parameters=trajectory.parameters if outcome != CANCELLED else None,
    )


def final_metrics(
    network: DenseNetwork, data: Dataset, parameters: Parameters
) -> dict[str, float | None]:
    """Losses and accuracies on training and test points; accuracies are fractions."""
    result: dict[str, float | None] = {}
    for part, x, y in (
        ("train", data.x_train, data.y_train),
        ("test", data.x_test, data.y_test),
    ):
        z = layers(network, parameters, x).z[-1]
        result[f"{part}_loss"] = loss_value(network, z, y)
        result[f"{part}_accuracy"] = accuracy(network, z, y)
    return {name: result[name] for name in METRICS}


def unit_health(
    network: DenseNetwork, parameters: Parameters, x: NDArray[np.floating]
) -> UnitHealth:
    """Dead, saturated and distinct units on these points."""
    values = layers(network, parameters, x)
    f = nonlinearity(network.nonlinearity)
    dead, saturated = [], {}
    with np.errstate(all="ignore"):
        for k in range(network.depth - 1):
            slope = f.derivative(values.z[k], values.a[k])
            dead.append(float(np.mean(np.all(slope == 0, axis=0))))
            if f.largest_slope is not None:
                saturated[f"layer {k + 1}"] = _share_below(slope, f.largest_slope)
        if network.loss != "half_mean_squared_error":
            p = predicted(network, values.z[-1])
            saturated["output"] = _share_below(p * (1 - p), 0.25)  # 0.25: the slope at p = ½
    return UnitHealth(
        dead_share=tuple(dead),
        saturated_share=saturated,
        distinct_units=distinct_units(network, parameters),
        hidden_units=network.layer_dims[1:-1],
    )


def _share_below(slope: NDArray[np.floating], largest: float) -> float:
    return float(np.mean(np.abs(slope) < SATURATED_SLOPE * largest))


def _first_at_most(trajectory: Trajectory, threshold: float) -> int | None:
    for step, loss in zip(trajectory.steps, trajectory.losses, strict=True):
        if loss <= threshold:
            return step
    return None
