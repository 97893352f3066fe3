"""Initial and trained parameters of a dense network -> its scores, curve, and what its units do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.datasets import Dataset
from initlab.engines import Trajectory
from initlab.networks import DenseNetwork, gradients, layers
from initlab.networks.constant import Margin, base_rates, margins
from initlab.networks.dense import Parameters
from initlab.networks.distinct import distinct_counts, distinct_units
from initlab.networks.forward import Layers, outputs
from initlab.networks.losses import TABLE, VALUES, predicted
from initlab.networks.scores import MeanLosses, score, scores_on
from initlab.nonlinearities.slopes import SATURATED_SLOPE
from initlab.nonlinearities.table import nonlinearity
from initlab.records import Training, UnitHealth

PROBE = (
    2_000  # training points, the first ones, on which the initial network and units are measured
)
LAST_BATCHES = "train_loss_last_100"


def initial_measurements(
    network: DenseNetwork, parameters: Parameters, data: Dataset, distinct: tuple[int, ...]
) -> dict[str, Any]:
    """Return the fields of a cell that tell of its initial parameters.

    Args:
        network: its description.
        parameters: the initial ones.
        data: the points; it is measured on the first of them.
        distinct: number of distinct units in each hidden layer, as the diagnosis counts them.
    """
    x, y = data.x_train[:PROBE], data.y_train[:PROBE]
    values = layers(network, parameters, x)
    loss, gradient = gradients(network, parameters, x, y, values=values)
    with np.errstate(all="ignore"):  # a norm beyond float32 is infinite
        norms = {name: float(np.linalg.norm(g)) for name, g in gradient.items()}
    return {
        "initial_loss": loss,
        "gradient_norms": norms,
        "start": unit_health(network, parameters, x, values=values, distinct=distinct),
    }


def final_scores(
    names: Sequence[str], network: DenseNetwork, data: Dataset, trajectory: Trajectory
) -> tuple[dict[str, float], dict[str, Margin]]:
    """Return the trained network's scores, and their margins over the best constant prediction.

    Where the mean of the last 100 batches is a score, the training loss is the last batch's.
    """
    batches: dict[str, float] = {}
    if LAST_BATCHES in names and trajectory.losses:
        batches = {
            "train_loss": trajectory.losses[-1],
            LAST_BATCHES: float(np.mean(trajectory.losses[-100:])),
        }
    values: dict[str, float] = {}
    above: dict[str, Margin] = {}
    asked = [name for name in names if name not in batches]
    for part, kinds in _by_part(asked).items():
        x, y = data.part(part)
        z = outputs(network, trajectory.parameters, x)
        found = {kind: score(kind, network, z, y) for kind in kinds}
        values |= {f"{part}_{kind}": float(value) for kind, value in found.items()}
        above |= {f"{part}_{kind}": one for kind, one in margins(kinds, network, z, y).items()}
    values |= batches
    return {name: values.get(name, values["train_loss"]) for name in names}, above


def constant_scores(names: Sequence[str], network: DenseNetwork, data: Dataset) -> dict[str, float]:
    """Return the scores of the best constant prediction, where they are numbers."""
    found = {
        f"{part}_{kind}": value
        for part, kinds in _by_part(names).items()
        for kind, value in base_rates(kinds, network, data.part(part)[1]).items()
    }
    values = {name: found.get(name, found.get("train_loss", math.nan)) for name in names}
    return {name: value for name, value in values.items() if math.isfinite(value)}


def sample_counts(names: Sequence[str], data: Dataset) -> dict[str, int]:
    """Return how many samples each score is over, but for the losses of batches."""
    of_batches = ("train_loss", LAST_BATCHES) if LAST_BATCHES in names else ()
    asked = [name for name in names if name not in of_batches]
    return {name: len(data.part(name.partition("_")[0])[1]) for name in asked}


def scores(
    names: Sequence[str], network: DenseNetwork, data: Dataset, parameters: Parameters, *,
    mean_losses: MeanLosses | None = None,
) -> dict[str, NDArray[np.float64]]:  # fmt: skip
    """Return scores named by part and kind, such as "train_loss", in this order.

    Parameters may be stacked; every score then has one number per member. ``mean_losses`` is as
    in :func:`initlab.networks.scores.scores_on`.
    """
    found = {
        f"{part}_{kind}": value
        for part, kinds in _by_part(names).items()
        for kind, value in scores_on(
            kinds, network, parameters, *data.part(part), mean_losses=mean_losses
        ).items()
    }
    return {name: found[name] for name in names}


def _by_part(names: Sequence[str]) -> dict[str, list[str]]:
    """Return the kinds of score asked of each part: "train_loss" is the "loss" of "train"."""
    found: dict[str, list[str]] = {}
    for name in names:
        part, _, kind = name.replace(LAST_BATCHES, "train_loss").partition("_")
        if kind not in found.setdefault(part, []):
            found[part].append(kind)
    return found


def curve_of(
    columns: Sequence[str],
    network: DenseNetwork,
    data: Dataset,
    training: Training,
    trajectory: Trajectory,
    mean_losses: MeanLosses | None,
) -> dict[str, list[Any]]:
    """Losses and other scores at the recorded steps, and the distinct units where they are kept."""
    curve: dict[str, list[Any]] = {"step": list(trajectory.steps), "train_loss": trajectory.losses}
    if training.batch_size is not None:
        per_epoch = training.steps_per_epoch(len(data.x_train))
        curve["epoch"] = [step / per_epoch for step in trajectory.steps]  # passes done by then
    kept = trajectory.snapshots
    if kept is not None:
        if tuple(columns) != ("train_loss",):
            found = scores(columns, network, data, kept, mean_losses=mean_losses)
            curve |= {name: values.tolist() for name, values in found.items()}
        curve["distinct_units"] = distinct_counts(network, kept)
    return curve


def unit_health(
    network: DenseNetwork,
    parameters: Parameters,
    x: NDArray[np.floating],
    *,
    values: Layers | None = None,
    distinct: tuple[int, ...] | None = None,
) -> UnitHealth:
    """Dead, saturated and distinct units on these points.

    ``values``, of the points, and ``distinct`` are given where they are known already.
    """
    values = values or layers(network, parameters, x)
    f = nonlinearity(network.nonlinearity)
    dead, saturated = [], {}
    with np.errstate(all="ignore"):
        for k in range(network.depth - 1):
            slope = f.derivative(values.z[k], values.a[k])
            dead.append(_share(np.all(slope == 0, axis=0)))
            if f.largest_slope is not None:
                saturated[f"layer {k + 1}"] = _share_below(slope, f.largest_slope)
        if TABLE[network.loss].targets != VALUES:
            p = predicted(network, values.z[-1])
            saturated["output"] = _share_below(p * (1 - p), 0.25)  # 0.25: the slope at p = ½
    return UnitHealth(
        dead_share=tuple(dead),
        saturated_share=saturated,
        distinct_units=distinct_units(network, parameters) if distinct is None else distinct,
        hidden_units=network.layer_dims[1:-1],
    )


def _share_below(slope: NDArray[np.floating], largest: float) -> float:
    return _share(np.abs(slope) < SATURATED_SLOPE * largest)


def _share(which: NDArray[np.bool_]) -> float:
    return float(np.count_nonzero(which) / which.size)
