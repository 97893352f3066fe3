"""Name or model, data and options -> a checked study and its loaded problem, before any training.

One way for every study: options become checked settings, the problem is loaded, and what the
settings left open is filled in from it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from initlab.comparison.recipe_problem import load_recipe
from initlab.comparison.recipes import ARRAYS, BEFORE_TASKS, MODULE, NAMED, RECIPES, Recipe, recipe
from initlab.comparison.settings import (
    NOT_IN_FILE,
    checked_bias_init,
    checked_inits,
    in_memory,
    user_values,
)
from initlab.datasets.image_sets import IMAGE_SETS
from initlab.datasets.image_study import IMAGE_STUDIES
from initlab.errors import InitlabError, StudyError, invalid_argument
from initlab.records import Study
from initlab.records.training import check_batches
from initlab.settings import SETTINGS, is_given, settings_of
from initlab.settings.kinds import LARGEST_STUDY
from initlab.study import LoadedProblem
from initlab.validation import nearest_hint

DECIDED_BY_DATA = ("batch_size", "layer_dims")  # where they are not given
BUILDS = ("default", "as_built")  # inits of a PyTorch model that are no initializer of ours


def prepare(
    name: str | None, options: Mapping[str, Any], *, model: Any = None
) -> tuple[Study, LoadedProblem]:
    """Check every setting and load the problem.

    Args:
        name: of a recipe; None with a model, or with data of the user's own.
        options: settings by name; None means the study's own value. ``data_dir`` and
            ``allow_unknown_data`` say where the data is on this machine; they are not settings.
        model: a PyTorch module, class or factory, or text that imports one.

    Raises:
        ArgumentError: a setting is unknown or not allowed.
        DataError, StorageError: the data or the model cannot be used, or is not there.
    """
    given = {key: value for key, value in options.items() if is_given(key, value)}
    base: Recipe = MODULE
    load: Any = load_recipe
    if model is None:
        default = "arrays" if "data" in given else "circles"
        base = recipe(default if name is None else name, argument="name")
    elif name is not None:
        raise invalid_argument("name", "left out when a model is given", name)
    else:
        from initlab.comparison.module_problem import load_module

        load = partial(load_module, model)
    _refuse_unknown(given, base)
    _refuse_study(given.get("data"), base)
    if base is MODULE:
        _refuse_idle(given)
    values = {**base.defaults, **dict.fromkeys((*DECIDED_BY_DATA, "epochs", *base.finds))}
    values |= {key: SETTINGS[key].check(value) for key, value in given.items()}
    if "epochs" in given:
        if "steps" in given:
            raise invalid_argument("epochs", "left out when steps are given", given["epochs"])
        values["steps"] = None
    rates = SETTINGS["learning_rate"].check(values["learning_rate"])
    parsed = checked_inits(
        values["inits"], () if model is None else BUILDS,
        given.get("layer_dims", base.defaults.get("layer_dims")),
    )  # fmt: skip
    values["inits"], values["parsed"] = tuple(parsed), parsed
    for name in user_values(parsed) if model is None else ():
        expected = "names, numbers or rules, because functions and arrays need a PyTorch model"
        raise invalid_argument("inits", expected, name)
    rates = _of_each_init(rates, values["inits"], () if model is None else BUILDS)
    values["learning_rate"] = next(iter(rates.values() if isinstance(rates, dict) else rates))
    values["bias_init"] = checked_bias_init(
        values["bias_init"], [init for init in BUILDS if init in values["inits"]]
    )
    loaded, decided, defaults = load(base, values)
    study = Study(
        problem=loaded.problem,
        learning_rates=rates if len(rates) > 1 else (),
        defaults={**base.defaults, **defaults},
        base_rates=loaded.base_rates(),
        samples=loaded.samples(),
        **{name: values[name] for name in ("inits", "bias_init", "seeds")},
        **decided,
    )
    loaded.check(study)
    if study.cell_count > LARGEST_STUDY:
        runs = f"at most {LARGEST_STUDY:,} runs (inits times seeds times learning rates)"
        expected = f"so few that the study has {runs}"
        raise invalid_argument("seeds", expected, f"{study.cell_count:,} runs")
    images = model is None and bool(base.finds)
    found = isinstance(model, str) and isinstance(options.get("data"), str)
    if images or (found and not in_memory(study.inits)):
        # what another process can find or import; it is given the rest
        loaded.reload = partial(_reload, base.name if images else None, dict(options), model)
    return study, loaded


def _of_each_init(
    rates: tuple[float, ...] | dict[str, float], inits: Sequence[str], others: Sequence[str]
) -> tuple[float, ...] | dict[str, float]:
    """Return learning rates, those that belong to inits in the order of the inits."""
    if not isinstance(rates, dict):
        return rates
    named: dict[str, float] = {}
    with contextlib.suppress(InitlabError):  # no init: not one of the study
        named = {next(iter(checked_inits(init, others))): rate for init, rate in rates.items()}
    if named.keys() != {*inits} or len(named) < len(rates):
        expected = f"one rate for each init of the study ({', '.join(inits)})"
        raise invalid_argument("learning_rate", expected, rates)
    if len({*named.values()}) == 1:
        return tuple(named.values())[:1]
    return {init: named[init] for init in inits}


def prepare_again(study: Study, **of_this_machine: Any) -> tuple[Study, LoadedProblem]:
    """Load the problem of a stored study, and check that it is what it was.

    Args:
        study: as it was stored.
        of_this_machine: ``data_dir`` and ``allow_unknown_data``.

    Raises:
        StudyError: model or data lived in memory only, or is not what it was.
    """
    flat = study.settings()
    data, module = flat.pop("data"), flat.pop("module")
    found = {**flat, **data, **module, "learning_rate": study.own_rates or list(study.rates)}
    model = None
    if study.problem.module is not None:
        from initlab.comparison.module_problem import check_importable

        check_importable(study)
        base, model = MODULE, module["model"]
        if "momentum" in study.training.optimizer_arguments:
            found["momentum"] = None  # said once
        if study.training.optimizer == "gd" or data.get("streamed"):
            found["batch_size"] = None
        if data.get("streamed"):
            found["task"] = None  # the loss says it
        found.setdefault("stratify", False)  # as it was before there was a choice
        if set(BUILDS) & set(study.inits):
            found["bias_init"] = None
    elif study.problem.recipe not in RECIPES:
        raise StudyError(f"This version of initlab has no study {study.problem.recipe!r}.")
    else:
        base = RECIPES[study.problem.recipe]
        if "data" in base.data_arguments and not isinstance(data.get("data"), str):
            raise StudyError(NOT_IN_FILE.format("data"))
        if base is ARRAYS:
            data = {**BEFORE_TASKS, **data}
            found |= data
        settings = {*base.data_arguments}
        for name in sorted(data.keys() - {"checksums", "n_rows"} - settings):
            raise StudyError(f"study.data.{name} is not a setting of the data of {base.name}.")
        for name in sorted(settings - data.keys()):
            raise StudyError(
                f"study.data.{name}, a setting of the data of {base.name}, is missing."
            )
    if (study.defaults or {}).get("task") is not None:
        found["task"] = None  # the labels decide it again
    options = {name: found[name] for name in base.defaults if name in found} | of_this_machine
    again = prepare(base.name or None, options, model=model)
    _refuse_other(study, again[0])
    return again


def _refuse_other(stored: Study, again: Study) -> None:
    old, new = stored.problem, again.problem
    before, after = old.data.get("checksums", []), new.data.get("checksums", [])
    if list(before) != list(after) and old.module is None:
        changed = "; ".join(line for line in after if line not in before)
        raise StudyError(
            f"The {old.recipe} data differs from the data of the stored study. These checksums are "
            f"different now: {changed}."
        )
    other_digest = None not in (old.digest, new.digest) and old.digest != new.digest
    if list(before) != list(after) or other_digest:
        # of a module one digest of all samples: a hash tells a reader nothing
        raise StudyError("The samples of the data differ from the samples of the stored study.")
    was, would_be = (Study.from_record(one.to_record()).settings() for one in (stored, again))
    would_be["data"] = {name: would_be["data"].get(name) for name in was["data"]}  # others are new
    for name, value in was.items():
        if value != would_be[name]:
            raise StudyError(
                f"The study cannot be run again exactly. Its setting {name} was {value!r:.200}, "
                f"but a new run would use {would_be[name]!r:.200}. A possible reason is an object "
                "that existed in memory only: the file of a study does not store such objects."
            )


def _refuse_unknown(given: Mapping[str, Any], base: Recipe) -> None:
    known = [*base.defaults, "epochs"]
    where = "with a model" if base is MODULE else f"compare {base.name}"
    for key in [key for key in given if key not in settings_of(base.kind)]:
        if key in SETTINGS and SETTINGS[key].data and not SETTINGS[key].stored:
            raise invalid_argument(key, "left out", given[key], where=where)
        if key not in SETTINGS:
            listed, hint = ", ".join(sorted(known)), nearest_hint(key, known)
            raise invalid_argument("option", f"one of {listed}", key, where=where, hint=hint)
        home = SETTINGS[key].home
        hint = f"{key} is a setting for {home}." if home else ""
        if key == "data":
            hint = "Leave out the name of the study to train on your own data."
        when = "when your own data is given" if base is ARRAYS else f"for the study {base.name}"
        when = "when a model is given" if base is MODULE else when
        raise invalid_argument(key, f"left out {when}", given[key], hint=hint)


def _refuse_study(data: Any, base: Recipe) -> None:
    """Refuse the name of a study as data; a file of this name is data, an image set for a model."""
    if not isinstance(data, str) or data not in NAMED or Path(data).exists():
        return
    expected, run = "a file (.npz or a table) or a pair (x, y)", f"initlab compare {data}"
    hint = f"{data} is a study. Run the study with: {run} (in Python: compare({data!r}))."
    if base is MODULE:
        if data in IMAGE_STUDIES:
            return
        expected = "your own data or one of " + ", ".join(IMAGE_STUDIES)
        hint = f"The study {data} trains its own network. Run the study without a model: {run}."
    raise invalid_argument("data", expected, data, hint=hint)


def _refuse_idle(given: Mapping[str, Any]) -> None:
    """Refuse what would change nothing with a model."""
    data = given.get("data")
    if "data_dir" in given and not (isinstance(data, str) and data in IMAGE_SETS):
        *sets, last = IMAGE_SETS
        expected = f"left out unless data is {', '.join(sets)} or {last}"
        raise invalid_argument("data_dir", expected, given["data_dir"])
    check_batches(given.get("optimizer"), given.get("batch_size"))


def _reload(name: str | None, options: Mapping[str, Any], model: Any) -> LoadedProblem:
    """Load a problem in another process."""
    return prepare(name, options, model=model)[1]
