"""Recipe and options -> a checked study; every wrong option is one sentence, before any work."""

from __future__ import annotations

import numbers
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from initlab.comparison.recipes import ARRAYS, Recipe, recipe
from initlab.datasets import Dataset
from initlab.errors import StudyError, refusal
from initlab.initializers import Initializer, network_laws, parse
from initlab.initializers.case import Case, parse_start
from initlab.initializers.network import STREAMS
from initlab.networks import DenseNetwork
from initlab.randomness import course_generator
from initlab.records import Study, TrainingPlan
from initlab.validation import finite_number, nearest_hint, one_of, seed_number, whole_number

LARGEST_WATCHED = 2_000  # parameters: up to here they are kept at every recorded step
LARGEST_STUDY = 100_000  # cells: above, days of training and a gigabyte of curves


@dataclass(frozen=True)
class Source:
    """Where a study's data comes from on this machine; never part of its settings.

    Attributes:
        data_dir: folder to look for files in.
        allow_unknown_data: use files whose checksum is not the published one.
        arrays: a pair (x, y) in place of a file.
    """

    data_dir: str | os.PathLike[str] | None = None
    allow_unknown_data: bool = False
    arrays: tuple[Any, Any] | None = None


def make_study(name: str, options: Mapping[str, Any]) -> Study:
    """Fill in a recipe's defaults and check every setting; see :func:`prepare`."""
    return prepare(name, options)[0]


def prepare(
    name: str, options: Mapping[str, Any], source: Source | None = None
) -> tuple[Study, Dataset]:
    """Fill in a recipe's defaults, load its data, and check every setting.

    Args:
        name: the recipe.
        options: settings by name; None means the recipe's default.
        source: where its data is.

    Raises:
        ArgumentError: a setting is unknown or not allowed.
        DataError, StorageError: the data cannot be used, or is not there.
    """
    base = recipe(name)
    given = {key: value for key, value in options.items() if value is not None}
    known = [*base.settings, *base.data_arguments]
    epochs = given.pop("epochs", None)
    for key in given:
        if key not in known:
            raise refusal(
                "option", "one of " + ", ".join(sorted(known)), key,
                where=f"compare {name}", hint=nearest_hint(key, known),
            )  # fmt: skip
    if epochs is not None and "steps" in given:
        raise refusal("epochs", "left out when steps are given", epochs)
    settings = {key: given.get(key, default) for key, default in base.settings.items()}
    arguments = {key: given.get(key, default) for key, default in base.data_arguments.items()}
    settings["inits"] = checked_inits(settings["inits"])
    settings["seeds"] = checked_seeds(settings["seeds"])
    if settings["bias_init"] is not None:
        settings["bias_init"] = str(parse(settings["bias_init"]))
    rates = checked_rates(settings["learning_rate"])
    settings["learning_rate"] = rates[0]
    settings["learning_rates"] = rates if len(rates) > 1 else ()
    for key in ("momentum", "dropout", "threshold"):
        settings[key] = finite_number(key, settings[key])
    data = _load(base, arguments, source or Source())
    if settings["layer_dims"] is None:
        settings["layer_dims"] = _usual_widths(base, data)
    settings["layer_dims"] = _widths(settings["layer_dims"])
    by_epochs = settings["steps"] is None or epochs is not None
    if by_epochs:
        settings["steps"] = 0
    if data.checksums:
        arguments["checksums"] = _checksums(data)
    study = Study(recipe=base.name, data=arguments, **settings)
    if by_epochs:
        study = replace(study, steps=_steps(study, data, base.epochs if epochs is None else epochs))
    _check(study, data)
    return study, data


def usual_settings(study: Study, data: Dataset) -> dict[str, Any]:
    """Return what every setting and data argument of a study is when no option names it."""
    base = recipe(study.recipe)
    usual = {**base.settings, **base.data_arguments}
    if usual["layer_dims"] is None:
        usual["layer_dims"] = _usual_widths(base, data)
    if usual["steps"] is None:
        usual["steps"] = _steps(study, data, base.epochs)
    return usual


def _usual_widths(base: Recipe, data: Dataset) -> tuple[int, ...]:
    return (data.x_train.shape[1], *base.hidden, len(data.classes))


def _steps(study: Study, data: Dataset, epochs: Any) -> int:
    number = whole_number("epochs", epochs, minimum=0, maximum=10**6)
    return number * plan_of(study).steps_per_epoch(len(data.x_train))


def prepare_again(study: Study, source: Source | None = None) -> tuple[Study, Dataset]:
    """Load the data of a stored study and check that it can be run as it stands.

    Raises:
        StudyError: the data is not what it was.
    """
    base = recipe(study.recipe)
    if study.recipe == ARRAYS.name and not isinstance(study.data.get("data"), str):
        raise StudyError("The study's arrays came from memory and are not in its file.")
    arguments = {key: value for key, value in study.data.items() if key != "checksums"}
    unknown = sorted(arguments.keys() ^ base.data_arguments.keys())
    if unknown:
        raise StudyError(f"study.data.{unknown[0]} is not what a {base.name} study has.")
    data = _load(base, arguments, source or Source())
    stored, found = study.data.get("checksums", []), _checksums(data)
    if stored != found:
        changed = [line for line in found if line not in stored]
        raise StudyError(
            f"The {base.name} data is not that of the study, whose checksums differ: "
            f"{'; '.join(changed)}."
        )
    _check(study, data)
    return study, data


def _load(base: Recipe, arguments: Mapping[str, Any], source: Source) -> Dataset:
    values = dict(arguments)
    if base.files:
        values |= {
            "data_dir": source.data_dir, "allow_unknown_data": source.allow_unknown_data,
        }  # fmt: skip
    elif source.data_dir is not None:
        raise refusal("data_dir", "left out", str(source.data_dir), where=f"compare {base.name}")
    if base is ARRAYS:
        values["data"] = source.arrays if source.arrays is not None else values["data"]
        if values["data"] is None:
            raise refusal("data", "a file (.npz, .csv) or a pair (x, y)", None, where="arrays")
    return base.load(**values)


def _checksums(data: Dataset) -> list[str]:
    return [f"{name} sha256 {digest}" for name, digest in data.checksums.items()]


def _check(study: Study, data: Dataset) -> None:
    """Refuse settings that no run could use, wherever the study came from."""
    base = recipe(study.recipe)
    network_of(study)
    for rate in study.learning_rates or (study.learning_rate,):
        plan_of(replace(study, learning_rate=rate))
    one_of("stream", study.stream, STREAMS)
    one_of("metric", study.metric, base.metrics)
    finite_number("threshold", study.threshold, above=0)
    for init in study.inits:
        network_laws(init, study.layer_dims, bias_init=study.bias_init)
    for seed in study.seeds:
        seed_number(seed)
        if study.stream == "course":
            course_generator(seed)
    cells = len(study.inits) * len(study.seeds) * max(1, len(study.learning_rates))
    if cells > LARGEST_STUDY:
        raise refusal("seeds", f"a study of at most {LARGEST_STUDY:,} cells", cells)
    _check_widths(study, data)


def network_of(study: Study) -> DenseNetwork:
    """Return the network a study trains."""
    return DenseNetwork(study.layer_dims, study.nonlinearity, study.loss, study.loss_form)


def plan_of(study: Study) -> TrainingPlan:
    """Return how a study trains it."""
    return TrainingPlan(
        optimizer=study.optimizer,
        learning_rate=study.learning_rate,
        momentum=study.momentum,
        batch_size=study.batch_size,
        dropout=study.dropout,
        steps=study.steps,
        record_every=study.record_every,
        dtype=study.dtype,
        keep_parameters=network_of(study).parameter_count <= LARGEST_WATCHED,
    )


def checked_inits(value: Any, others: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the starts in canonical spelling; ``others`` are starts by these names too."""
    if isinstance(value, str | Initializer | Case):
        value = [value]
    if not isinstance(value, Iterable):
        raise refusal("inits", "a start or a list of starts", value)
    inits = tuple(
        item if isinstance(item, str) and item in others else str(parse_start(item))
        for item in value
    )
    if not inits:
        raise refusal("inits", "one start or more", list(inits))
    _refuse_repeated("inits", inits, "every start once")
    return inits


def checked_seeds(value: Any) -> tuple[int, ...]:
    """An int counts (50 means 0, ..., 49), a list lists."""
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        if not 1 <= int(value) <= LARGEST_STUDY:
            expected = f"a count from 1 to {LARGEST_STUDY:,}, or a list of seeds"
            raise refusal("seeds", expected, value)
        return tuple(range(int(value)))
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise refusal("seeds", "a count of seeds or a list of seeds", value)
    seeds = tuple(seed_number(seed) for seed in value)
    if not seeds:
        raise refusal("seeds", "one seed or more", [])
    _refuse_repeated("seeds", seeds, "every seed once")
    return seeds


def checked_rates(value: Any) -> tuple[float, ...]:
    """Learning rates: one number, or a list to choose from."""
    listed = value if isinstance(value, list | tuple) else [value]
    rates = tuple(finite_number("learning_rate", rate) for rate in listed)
    if not rates:
        raise refusal("learning_rate", "one number or more", [])
    _refuse_repeated("learning_rate", rates, "every rate once")
    return rates


def _refuse_repeated(argument: str, values: Sequence[Any], expected: str) -> None:
    for k, value in enumerate(values):
        if value in values[:k]:
            raise refusal(argument, f"a list that names {expected}", value)


def _widths(value: Any) -> tuple[Any, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise refusal("layer_dims", "a list of widths such as [2, 10, 5, 1]", value)
    return tuple(value)


def _check_widths(study: Study, data: Dataset) -> None:
    features, classes = data.x_train.shape[1], len(data.classes)
    if study.layer_dims[0] != features:
        raise refusal(
            "layer_dims", f"a list that begins with {features}, the number of input features",
            list(study.layer_dims), where=f"{data.name} data",
        )  # fmt: skip
    if study.loss == "cross_entropy" and study.layer_dims[-1] != classes:
        raise refusal(
            "layer_dims", f"a list that ends in {classes}, the number of classes",
            list(study.layer_dims), where=f"{data.name} data",
        )  # fmt: skip
