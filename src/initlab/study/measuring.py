"""Initial and trained parameters of a dense network -> its scores, curve, and what its units do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.datasets import Dataset
from initlab.engines import Trajectory
from initlab.networks import DenseNetwork, gradients, layers
from initlab.networks.dense import Parameters
from initlab.networks.distinct import distinct_counts, distinct_units
from initlab.networks.forward import Layers
from initlab.networks.losses import predicted
from initlab.networks.nonlinearities import nonlinearity
from initlab.networks.scores import scores_on
from initlab.records import Training, UnitHealth

PROBE = (
    2_000  # training points, the first ones, on which the initial network and units are measured
)
LAST_BATCHES = "train_loss_last_100"
SATURATED_SLOPE = 0.01  # of the largest: below, a unit lets 1 % of the error signal through


def initial_measurements(
    network: DenseNetwork, parameters: Parameters, data: Dataset
) -> dict[str, Any]:
    """Return the fields of a cell that tell of its initial parameters."""
    x, y = data.x_train[:PROBE], data.y_train[:PROBE]
    values = layers(network, parameters, x)
    loss, gradient = gradients(network, parameters, x, y, values=values)
    return {
        "initial_loss": loss,
        "gradient_norms": {name: float(np.linalg.norm(g)) for name, g in gradient.items()},
        "start": unit_health(network, parameters, x, values=values),
    }


def final_scores(
    names: Sequence[str], network: DenseNetwork, data: Dataset, trajectory: Trajectory
) -> dict[str, float]:
    """Return the scores of the trained network.

    Where the mean of the last 100 batches is a score, the training loss is the last batch's.
    """
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


def curve_of(
    columns: Sequence[str],
    network: DenseNetwork,
    data: Dataset,
    training: Training,
    trajectory: Trajectory,
) -> dict[str, list[Any]]:
    """Losses and other scores at the recorded steps, and the distinct units where they are kept."""
    curve: dict[str, list[Any]] = {"step": list(trajectory.steps), "train_loss": trajectory.losses}
    if training.batch_size is not None:
        per_epoch = training.steps_per_epoch(len(data.x_train))
        curve["epoch"] = [step / per_epoch for step in trajectory.steps]  # passes done by then
    if trajectory.snapshots is not None:
        if tuple(columns) != ("train_loss",):
            found = scores(columns, network, data, trajectory.snapshots)
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
    return UnitHealth(
        dead_share=tuple(dead),
        saturated_share=saturated,
        distinct_units=distinct_units(network, parameters),
        hidden_units=network.layer_dims[1:-1],
    )


def _share_below(slope: NDArray[np.floating], largest: float) -> float:
    return _share(np.abs(slope) < SATURATED_SLOPE * largest)


def _share(which: NDArray[np.bool_]) -> float:
    return float(np.count_nonzero(which) / which.size)
