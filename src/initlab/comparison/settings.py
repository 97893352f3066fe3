"""Recipe and options -> a checked study; every wrong option is one sentence, before any work."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from initlab.comparison.recipes import Recipe, recipe
from initlab.datasets import Dataset
from initlab.dense import DenseNetwork, TrainingPlan
from initlab.errors import refusal
from initlab.initializers import Initializer, network_laws, parse
from initlab.initializers.case import Case, parse_start
from initlab.initializers.network import STREAMS
from initlab.randomness import course_generator
from initlab.results import Study
from initlab.validation import finite_number, nearest_hint, one_of, seed_number, whole_number

LARGEST_WATCHED = 2_000  # parameters: up to here they are kept at every recorded step
LARGEST_STUDY = 100_000  # cells: above, days of training and a gigabyte of curves


def make_study(name: str, options: Mapping[str, Any]) -> Study:
    """Fill in a recipe's defaults and check every setting.

    Args:
        name: the recipe.
        options: settings by name; None means the recipe's default.

    Raises:
        ArgumentError: a setting is unknown or not allowed.
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
    settings = {key: given.get(key, default) for key, default in base.settings.items()}
    data = {key: given.get(key, default) for key, default in base.data_arguments.items()}
    settings["inits"] = _inits(settings["inits"])
    settings["seeds"] = _seeds(settings["seeds"])
    settings["layer_dims"] = _widths(settings["layer_dims"])
    if settings["bias_init"] is not None:
        settings["bias_init"] = str(parse(settings["bias_init"]))
    for key in ("learning_rate", "momentum", "dropout", "threshold"):
        settings[key] = finite_number(key, settings[key])
    study = Study(recipe=base.name, data=data, **settings)
    if epochs is not None:
        study = _with_epochs(study, epochs, steps_too="steps" in given)
    check_study(study)
    return study


def check_study(study: Study) -> None:
    """Refuse settings that no run could use, wherever the study came from."""
    base = recipe(study.recipe)
    network_of(study)
    plan_of(study)
    one_of("stream", study.stream, STREAMS)
    one_of("metric", study.metric, base.metrics)
    finite_number("threshold", study.threshold, above=0)
    for init in study.inits:
        network_laws(init, study.layer_dims, bias_init=study.bias_init)
    for seed in study.seeds:
        seed_number(seed)
        if study.stream == "course":
            course_generator(seed)
    cells = len(study.inits) * len(study.seeds)
    if cells > LARGEST_STUDY:
        raise refusal("seeds", f"a study of at most {LARGEST_STUDY:,} cells", cells)
    _check_widths(study, load_data(study), base)


def load_data(study: Study) -> Dataset:
    """Return the data a study trains and tests on."""
    return recipe(study.recipe).load(**study.data)


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


def _with_epochs(study: Study, epochs: Any, *, steps_too: bool) -> Study:
    """Turn passes over the training points into a number of updates."""
    if steps_too:
        raise refusal("epochs", "left out when steps are given", epochs)
    number = whole_number("epochs", epochs, minimum=0, maximum=10**6)
    per_epoch = plan_of(study).steps_per_epoch(len(load_data(study).x_train))
    return replace(study, steps=number * per_epoch)


def _inits(value: Any) -> tuple[str, ...]:
    if isinstance(value, str | Initializer | Case):
        value = [value]
    if not isinstance(value, Iterable):
        raise refusal("inits", "a start or a list of starts", value)
    inits = tuple(str(parse_start(item)) for item in value)
    if not inits:
        raise refusal("inits", "one start or more", list(inits))
    _refuse_repeated("inits", inits, "every start once")
    return inits


def _seeds(value: Any) -> tuple[int, ...]:
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


def _refuse_repeated(argument: str, values: Sequence[Any], expected: str) -> None:
    for k, value in enumerate(values):
        if value in values[:k]:
            raise refusal(argument, f"a list that names {expected}", value)


def _widths(value: Any) -> tuple[Any, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise refusal("layer_dims", "a list of widths such as [2, 10, 5, 1]", value)
    return tuple(value)


def _check_widths(study: Study, data: Dataset, base: Recipe) -> None:
    features = data.x_train.shape[1]
    if study.layer_dims[0] != features:
        raise refusal(
            "layer_dims",
            f"a list that begins with {features}, the number of input features",
            list(study.layer_dims),
            where=f"{base.name} data",
        )
