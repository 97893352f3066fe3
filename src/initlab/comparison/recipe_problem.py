"""A recipe, its settings and data -> the dense network and points of a named study."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from initlab.comparison.fair_data import equal_notes, refuse_equal_targets, scale_notes
from initlab.comparison.recipes import ARRAYS, BEFORE_TASKS, OF_TASK, Recipe, of_task
from initlab.datasets import Dataset
from initlab.datasets.task import CLASSIFICATION, REGRESSION, checked_task
from initlab.datasets.user_data import read_as
from initlab.errors import invalid_argument
from initlab.initialization.dense import STREAMS
from initlab.networks import DenseNetwork
from initlab.networks.dense import LOSSES
from initlab.networks.losses import BINARY, CLASSES, TABLE, VALUES
from initlab.networks.metrics import METRICS
from initlab.records import Problem, Training
from initlab.records.training import DENSE_DTYPES, DENSE_OPTIMIZERS, check_dense
from initlab.study.dense_problem import DenseProblem, is_watched
from initlab.validation import items_of, one_of

LOSS_TASKS = {
    name: REGRESSION if row.targets == VALUES else CLASSIFICATION for name, row in TABLE.items()
    if row.samples
}  # fmt: skip
Loaded = tuple[DenseProblem, dict[str, Any], dict[str, Any]]


def load_recipe(base: Recipe, values: Mapping[str, Any]) -> Loaded:
    """Load a recipe's data.

    Returns:
        Its problem; the settings of the study that it decides; the defaults that it decides.

    Raises:
        ArgumentError: a setting is not allowed.
        DataError, StorageError: the data cannot be used, or is not there.
    """
    one_of("optimizer", values["optimizer"], DENSE_OPTIMIZERS)
    one_of("dtype", values["dtype"], DENSE_DTYPES)
    if values["loss"] is not None:
        one_of("loss", values["loss"], LOSSES)
    _training(values)  # before the data is loaded
    arguments = {name: values[name] for name in base.data_arguments}
    if isinstance(arguments.get("data"), os.PathLike):
        arguments["data"] = os.fspath(arguments["data"])
    if base is ARRAYS and arguments["data"] is None:
        raise invalid_argument(
            "data", "a file (.npz or a table) or a pair (x, y)", None, where="arrays"
        )
    own = base is ARRAYS
    if own:
        arguments["task"] = checked_task(values["task"], LOSS_TASKS.get(values["loss"]))
    with read_as("data"):
        data: Dataset = base.load(**arguments, **{name: values[name] for name in base.finds})
    notes = data.notes
    if own:
        if data.task == REGRESSION:
            refuse_equal_targets(data.y_train)
        notes += equal_notes(data.x_train)
        if not data.image_shape:
            notes += scale_notes(np.abs(data.x_train).max(axis=0), data.features)
    base = of_task(base, data)
    values = {**values, **{n: base.defaults[n] for n in OF_TASK if values[n] is None}}
    _check_loss(values["loss"], data)
    training = _training(values)
    if own:
        arguments |= {"task": data.task, "n_rows": data.n_rows}
    if own and not isinstance(arguments["data"], str):
        arguments["data"] = None  # arrays of the user's own are not part of the settings
    if data.checksums:
        arguments["checksums"] = data.checksum_lines
    n, features = data.x_train.shape
    batch = base.defaults["batch_size"]
    if batch is not None:
        batch = None if training.optimizer == "gd" else min(batch, n)
    widths = base.widths(features, _outputs(data, values["loss"]))
    network = _network(widths, values, data)
    training = training.replace(batch_size=training.batch_size or batch)
    epoch = training.steps_per_epoch(n)
    changes = {"steps": base.steps(values, epoch), "keep_parameters": is_watched(network)}
    scores = ("test_loss", "test_accuracy" if data.classes else "test_r2")
    final = scores if data.final is not None else ()
    others = [
        name
        for part in ("train", data.held_out)
        for kind, row in METRICS.items()
        if TABLE[network.loss].targets in row.targets
        and (name := f"{part}_{kind}") not in base.metrics
    ]
    metric = one_of("metric", values["metric"], (*base.metrics, *others))
    problem = Problem(
        recipe=base.name,
        data=arguments,
        digest=_digest(data, arguments),
        network=network,
        metrics=(*base.metrics, *[name for name in others if name == metric], *final),
        curve=base.curve,
    )
    decided = {
        "training": Training(**{**dict(training), **changes}),
        "metric": metric,
        "stream": one_of("stream", values["stream"], STREAMS),
    }
    defaults = {
        **{name: base.defaults[name] for name in OF_TASK},
        "layer_dims": widths,
        "batch_size": batch,
        "steps": base.steps({**base.defaults, "epochs": None}, epoch),
    }
    if own and values["task"] is None:
        defaults["task"] = data.task  # what the labels decide, no option needs to say
    return DenseProblem(problem, data, notes), decided, defaults


def _training(values: Mapping[str, Any]) -> Training:
    """Return how the network is trained, but for the number of steps; what is open is left out."""
    said = {name: values[name] for name in Training.model_fields if values.get(name) is not None}
    training = Training(**{**said, "steps": 0})
    check_dense(training)
    return training


def _check_loss(loss: Any, data: Dataset) -> None:
    """Refuse a loss of other targets than the data has."""
    fitting = [
        name
        for name, task in LOSS_TASKS.items()
        if task == data.task and (TABLE[name].targets != BINARY or len(data.classes) <= 2)
    ]
    if loss in LOSS_TASKS and loss not in fitting:
        raise invalid_argument(
            "loss", "one of " + ", ".join(fitting), loss, where=f"{data.name} data"
        )


def _outputs(data: Dataset, loss: Any) -> int:
    if data.task == REGRESSION:
        return int(data.y_train[0].size)
    return (
        1
        if loss in TABLE and TABLE[loss].targets == BINARY and len(data.classes) == 2
        else len(data.classes)
    )


def _digest(data: Dataset, arguments: Mapping[str, Any]) -> str:
    """Return the digest of what the networks see: of the files and settings, or of the points."""
    decisive = {
        name: value for name, value in arguments.items()
        if name != "n_rows" and BEFORE_TASKS.get(name, ...) != value
    }  # fmt: skip
    digest = hashlib.sha256(json.dumps(decisive, sort_keys=True, default=str).encode())
    if not data.checksums:
        for part in (data.x_train, data.y_train, data.x_test, data.y_test):
            digest.update(f"{part.dtype.str} {part.shape}".encode())
            digest.update(part.tobytes())
    return digest.hexdigest()


def _network(default: tuple[int, ...], values: Mapping[str, Any], data: Dataset) -> DenseNetwork:
    """Return the network; its first and last width must fit the data."""
    widths = default if values["layer_dims"] is None else values["layer_dims"]
    widths = items_of("layer_dims", widths, "a list of widths such as [2, 10, 5, 1]")
    network = DenseNetwork(
        tuple(widths), values["nonlinearity"], values["loss"], values["loss_form"]
    )
    dims, features = network.layer_dims, data.x_train.shape[1]
    outputs = _outputs(data, network.loss)
    expected = ""
    if dims[0] != features:
        expected = f"a list that begins with {features}, the number of input features"
    elif dims[-1] != outputs:
        what = (
            "classes" if TABLE[network.loss].targets == CLASSES else "outputs that the targets need"
        )
        expected = f"a list that ends in {outputs}, the number of {what}"
    if expected:
        raise invalid_argument("layer_dims", expected, list(dims), where=f"data: {data.name}")
    return network
