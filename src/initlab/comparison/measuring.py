"""Start and trained parameters of a replicate -> its cell: scores, curve, and what its units do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.comparison.recipes import Recipe
from initlab.datasets import Dataset
from initlab.dense import DenseNetwork, TrainingPlan, Trajectory, gradients, layers
from initlab.dense.distinct import distinct_counts
from initlab.dense.forward import Layers
from initlab.dense.losses import predicted
from initlab.dense.network import Parameters
from initlab.dense.nonlinearities import nonlinearity
from initlab.dense.scores import scores_on
from initlab.results import CANCELLED, DIVERGED, FINISHED, Cell, UnitHealth

PROBE = 2_000  # training points, the first ones, on which starts and units are looked at
LAST_BATCHES = "train_loss_last_100"
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
    probe = slice(PROBE)
    x, y = data.x_train[probe], data.y_train[probe]
    values = layers(network, start, x)
    initial_loss, gradient = gradients(network, start, x, y, values=values)
    outcome, diverged_step = trajectory.outcome, trajectory.diverged_step
    first_nonfinite = trajectory.first_nonfinite
    metrics: dict[str, float | None] = dict.fromkeys(metric_names(recipe, data))
    if outcome == FINISHED:
        finals = final_scores(network, data, recipe, trajectory)
        if any(math.isnan(value) for value in finals.values()):
            # the last update was finite, what it computes is not
            outcome, first_nonfinite, diverged_step = DIVERGED, "loss", plan.steps
        else:
            metrics = dict(finals)
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
        start=unit_health(network, start, x, values=values),
        end=(unit_health(network, trajectory.parameters, x) if outcome == FINISHED else None),
        diverged_step=diverged_step,
        first_nonfinite=first_nonfinite,
        parameters=trajectory.parameters if outcome != CANCELLED else None,
    )


def metric_names(recipe: Recipe, data: Dataset) -> list[str]:
    """Return the recipe's metrics, and the final test's where its data was asked for."""
    final = ["test_loss", "test_accuracy"] if data.x_final is not None else []
    return [*recipe.metrics, *final]


def final_scores(
    network: DenseNetwork, data: Dataset, recipe: Recipe, trajectory: Trajectory
) -> dict[str, float]:
    """Return the metrics of the trained network.

    Where the mean of the last 100 batches is a metric, the training loss is the last batch's.
    """
    names = metric_names(recipe, data)
    batches: dict[str, float] = {}
    if LAST_BATCHES in names and trajectory.losses:
        batches = {
            "train_loss": trajectory.losses[-1],
            LAST_BATCHES: float(np.mean(trajectory.losses[-100:])),
        }
    asked = [name for name in names if name not in batches and name != LAST_BATCHES]
    found = scores(asked, network, data, trajectory.parameters)
    values = {name: float(value) for name, value in found.items()} | batches
    return {name: values.get(name, values["train_loss"]) for name in names}


def scores(
    names: Sequence[str], network: DenseNetwork, data: Dataset, parameters: Parameters
) -> dict[str, NDArray[np.float64]]:
    """Return scores named by part and kind, such as "train_loss", in this order.

    Parameters may be stacked; every score then has one number per member.
    """
    parts = {"train": (data.x_train, data.y_train), data.held_out: (data.x_test, data.y_test)}
    if data.x_final is not None and data.y_final is not None:
        parts["test"] = (data.x_final, data.y_final)
    split = {name: name.partition("_")[::2] for name in names}  # "train_loss": ("train", "loss")
    found = {}
    for part in dict.fromkeys(part for part, _ in split.values()):
        kinds = [kind for other, kind in split.values() if other == part]
        found[part] = scores_on(kinds, network, parameters, *parts[part])
    return {name: found[part][kind] for name, (part, kind) in split.items()}


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
    network: DenseNetwork,
    parameters: Parameters,
    x: NDArray[np.floating],
    *,
    values: Layers | None = None,
) -> UnitHealth:
    """Dead, saturated and distinct units on these points; ``values`` are x's, if known already."""
    values = values or layers(network, parameters, x)
    f = nonlinearity(network.nonlinearity)
    dead, saturated = [], {}
    with np.errstate(all="ignore"):
        for k in range(network.depth - 1):
            slope = f.derivative(values.z[k], values.a[k])
            dead.append(_share(np.all(slope == 0, axis=0)))
            if f.largest_slope is not None:
                saturated[f"layer {k + 1}"] = _share_below(slope, f.largest_slope)
        if network.loss != "half_mean_squared_error":
            p = predicted(network, values.z[-1])
            saturated["output"] = _share_below(p * (1 - p), 0.25)  # 0.25: the slope at p = ½
    one = {name: value[np.newaxis] for name, value in parameters.items()}  # a stack of one network
    (distinct,) = distinct_counts(network, one)
    return UnitHealth(
        dead_share=tuple(dead),
        saturated_share=saturated,
        distinct_units=tuple(distinct),
        hidden_units=network.layer_dims[1:-1],
    )


def _share_below(slope: NDArray[np.floating], largest: float) -> float:
    return _share(np.abs(slope) < SATURATED_SLOPE * largest)


def _share(which: NDArray[np.bool_]) -> float:
    return float(np.count_nonzero(which) / which.size)


def _first_at_most(curve: dict[str, list[Any]], threshold: float) -> int | None:
    for step, loss in zip(curve["step"], curve["train_loss"], strict=True):
        if loss <= threshold:
            return int(step)
    return None
