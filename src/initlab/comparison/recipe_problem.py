"""A recipe, its settings and data -> the dense network and points of a named study."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

from initlab.comparison.recipes import ARRAYS, BEFORE_TASKS, OF_TASK, Recipe, of_task
from initlab.datasets import Dataset
from initlab.datasets.task import CLASSIFICATION, REGRESSION, checked_task
from initlab.errors import refusal
from initlab.initializers.network import STREAMS
from initlab.networks import DenseNetwork
from initlab.records import Problem, Training
from initlab.records.training import DENSE_DTYPES, DENSE_OPTIMIZERS, check_dense
from initlab.study.dense_problem import DenseProblem, is_watched
from initlab.validation import one_of, whole_number

TRAINING = (
    "optimizer", "learning_rate", "momentum", "batch_size", "dropout", "record_every", "dtype",
    "threshold",
)  # fmt: skip
LOSS_TASKS = {
    "cross_entropy": CLASSIFICATION, "binary_cross_entropy": CLASSIFICATION,
    "half_mean_squared_error": REGRESSION,
}  # fmt: skip


def load_recipe(base: Recipe, values: Mapping[str, Any]) -> tuple[DenseProblem, dict[str, Any]]:
    """Load a recipe's data; return its problem, and the settings that the data decides.

    Raises:
        ArgumentError: a setting is not allowed.
        DataError, StorageError: the data cannot be used, or is not there.
    """
    for name, allowed in (("optimizer", DENSE_OPTIMIZERS), ("dtype", DENSE_DTYPES)):
        one_of(name, values[name], allowed)
    said = {name: values[name] for name in TRAINING if values[name] is not None}
    check_dense(Training(steps=0, **said))
    arguments = {name: values[name] for name in base.data_arguments}
    if isinstance(arguments.get("data"), os.PathLike):
        arguments["data"] = os.fspath(arguments["data"])
    own = base is ARRAYS
    if own and isinstance(values["loss"], str):
        arguments["task"] = checked_task(values["task"], LOSS_TASKS.get(values["loss"]))
    data = _load(base, arguments, values)
    base = of_task(base, data)
    values = {**values, **{n: base.settings[n] for n in OF_TASK if values[n] is None}}
    training = Training(steps=0, **{name: values[name] for name in TRAINING})
    if own:
        arguments |= {"task": data.task, "n_rows": data.n_rows}
    if own and not isinstance(arguments["data"], str):
        arguments["data"] = None  # arrays of the user's own are not part of the settings
    if data.checksums:
        arguments["checksums"] = [
            f"{name} sha256 {digest}" for name, digest in data.checksums.items()
        ]
    usual_widths = _usual_widths(base, data, values["loss"])
    widths = usual_widths if values["layer_dims"] is None else values["layer_dims"]
    network = DenseNetwork(
        _widths(widths), values["nonlinearity"], values["loss"], values["loss_form"]
    )
    _check_widths(network, data)
    training, usual_steps = _with_steps(training, network, values, base, len(data.x_train))
    scores = ("test_loss", "test_accuracy" if data.classes else "test_r2")
    final = scores if data.x_final is not None else ()
    problem = Problem(
        recipe=base.name,
        data=arguments,
        digest=_digest(data, arguments),
        network=network,
        metrics=(*base.metrics, *final),
        curve=base.curve,
    )
    own_steps = base.settings["steps"]
    return DenseProblem(problem, data, data.notes), {
        "training": training,
        "metric": one_of("metric", values["metric"], base.metrics),
        "stream": one_of("stream", values["stream"], STREAMS),
        "defaults": {
            **{name: base.settings[name] for name in OF_TASK},
            "layer_dims": base.settings["layer_dims"] or usual_widths,
            "steps": usual_steps if own_steps is None else own_steps,
        },
    }


def _load(base: Recipe, arguments: Mapping[str, Any], given: Mapping[str, Any]) -> Dataset:
    values = dict(arguments)
    if base.files:
        values["data_dir"] = given["data_dir"]
        values["allow_unknown_data"] = bool(given["allow_unknown_data"])
    else:
        for name in ("data_dir", "allow_unknown_data"):
            if given[name] is not None:
                where = f"compare {base.name}"
                raise refusal(name, "left out", str(given[name]), where=where)
    if base is ARRAYS and values["data"] is None:
        raise refusal("data", "a file (.npz, .csv) or a pair (x, y)", None, where="arrays")
    return base.load(**values)


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


def _usual_widths(base: Recipe, data: Dataset, loss: Any) -> tuple[int, ...]:
    return (data.x_train.shape[1], *base.hidden, _outputs(data, loss))


def _outputs(data: Dataset, loss: Any) -> int:
    if data.task == REGRESSION:
        return int(data.y_train[0].size)
    return 1 if loss == "binary_cross_entropy" and len(data.classes) == 2 else len(data.classes)


def _with_steps(
    training: Training, network: DenseNetwork, values: Mapping[str, Any], base: Recipe, n: int
) -> tuple[Training, int | None]:
    """Return the training with its number of steps, and what that is where nothing is said."""
    per_epoch = training.steps_per_epoch(n)
    usual = None if base.epochs is None else base.epochs * per_epoch
    steps = values["steps"]
    if values["epochs"] is not None:
        epochs = whole_number("epochs", values["epochs"], minimum=0, maximum=10**6)
        steps = epochs * per_epoch
    elif steps is None:
        steps = usual
    changes = {"steps": steps, "keep_parameters": is_watched(network)}
    return Training(**{**dict(training), **changes}), usual


def _widths(value: Any) -> tuple[Any, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise refusal("layer_dims", "a list of widths such as [2, 10, 5, 1]", value)
    return tuple(value)


def _check_widths(network: DenseNetwork, data: Dataset) -> None:
    features = data.x_train.shape[1]
    where = f"{data.name} data"
    if network.layer_dims[0] != features:
        raise refusal(
            "layer_dims", f"a list that begins with {features}, the number of input features",
            list(network.layer_dims), where=where,
        )  # fmt: skip
    outputs = _outputs(data, network.loss)
    if network.layer_dims[-1] != outputs:
        what = "classes" if network.loss == "cross_entropy" else "outputs that the targets take"
        raise refusal(
            "layer_dims", f"a list that ends in {outputs}, the number of {what}",
            list(network.layer_dims), where=where,
        )  # fmt: skip
