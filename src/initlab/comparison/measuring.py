"""Start and trained parameters of a replicate -> its cell: scores, curve, and what its units do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.comparison.recipes import Recipe
from initlab.datasets import Dataset
from initlab.dense import DenseNetwork, TrainingPlan, Trajectory, gradients, layers
from initlab.dense.distinct import distinct_counts
from initlab.dense.losses import predicted
from initlab.dense.network import Parameters
from initlab.dense.nonlinearities import nonlinearity
from initlab.dense.scores import score
from initlab.dense.symmetry import distinct_units
from initlab.results import CANCELLED, DIVERGED, FINISHED, Cell, UnitHealth

SATURATED_SLOPE = 0.01  # of the largest: below, a unit lets 1 % of the error signal through


def measure(
    network: DenseNetwork,
    data: Dataset,
    recipe: Recipe,
    *,
    init: str,
    seed: int,
    start: Parameters,
    trajectory: Trajectory,
    plan: TrainingPlan,
    threshold: float,
) -> Cell:
    """Build the cell of one replicate.

    Args:
        network: the network.
        data: the points.
        recipe: says which scores are asked for.
        init: the start, in canonical spelling.
        seed: its seed.
        start: its first parameters.
        trajectory: how it was trained.
        plan: how it was to be trained.
        threshold: training loss whose first crossing is reported.
    """
    initial_loss, gradient = gradients(network, start, data.x_train, data.y_train)
    outcome, diverged_step = trajectory.outcome, trajectory.diverged_step
    first_nonfinite = trajectory.first_nonfinite
    metrics: dict[str, float | None] = dict.fromkeys(recipe.metrics)
    if outcome == FINISHED:
        finals = scores(recipe.metrics, network, data, trajectory.parameters)
        if any(np.isnan(value) for value in finals.values()):
            # the last update was finite, what it computes is not
            outcome, first_nonfinite, diverged_step = DIVERGED, "loss", plan.steps
        else:
            metrics = {name: float(value) for name, value in finals.items()}
    curve = _curve(network, data, recipe, plan, trajectory)
    return Cell(
        init=init,
        seed=seed,
        outcome=outcome,
        metrics=metrics,
        curve=curve,
        steps_to_threshold=_first_at_most(curve, threshold),
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


def scores(
    names: Sequence[str], network: DenseNetwork, data: Dataset, parameters: Parameters
) -> dict[str, NDArray[np.float64]]:
    """Return scores named by part and kind, such as "train_loss", in this order.

    Parameters may be stacked; every score then has one number per member.
    """
    parts = {"train": (data.x_train, data.y_train), data.held_out: (data.x_test, data.y_test)}
    outputs = {part: layers(network, parameters, x).z[-1] for part, (x, _) in parts.items()}
    result = {}
    for name in names:
        part, _, kind = name.partition("_")
        result[name] = score(kind, network, outputs[part], parts[part][1])
    return result


def _curve(
    network: DenseNetwork, data: Dataset, recipe: Recipe, plan: TrainingPlan,
    trajectory: Trajectory,
) -> dict[str, list[Any]]:  # fmt: skip
    """Losses and other scores at the recorded steps, and the distinct units where they are kept."""
    curve: dict[str, list[Any]] = {"step": list(trajectory.steps), "train_loss": trajectory.losses}
    if plan.batch_size is not None:
        per_epoch = plan.steps_per_epoch(len(data.x_train))
        curve["epoch"] = [step / per_epoch for step in trajectory.steps]  # passes done by then
    if trajectory.snapshots is not None:
        if recipe.curve != ("train_loss",):
            found = scores(recipe.curve, network, data, trajectory.snapshots)
            curve |= {name: values.tolist() for name, values in found.items()}
        curve["distinct_units"] = distinct_counts(network, trajectory.snapshots)
    return curve


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


def _first_at_most(curve: dict[str, list[Any]], threshold: float) -> int | None:
    for step, loss in zip(curve["step"], curve["train_loss"], strict=True):
        if loss <= threshold:
            return int(step)
    return None
