"""Name or model, data and options -> a checked study and its loaded problem, before any training.

One way for every study: options become checked settings, the problem is loaded, and what the
settings left open is filled in from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from initlab.comparison.recipe_problem import load_recipe
from initlab.comparison.recipes import ARRAYS, BEFORE_TASKS, RECIPES, recipe
from initlab.comparison.settings import (
    LARGEST_STUDY,
    checked_inits,
    checked_rates,
    checked_seeds,
)
from initlab.errors import StudyError, refusal
from initlab.initializers import parse
from initlab.records import Study, Training
from initlab.study import LoadedProblem
from initlab.validation import nearest_hint

OF_THIS_MACHINE = ("data_dir", "allow_unknown_data")  # options that are not settings
BUILDS = ("default", "as_built")  # inits of a PyTorch model that are no initializer of ours


@dataclass(frozen=True)
class Prepared:
    """A checked study and its problem, loaded."""

    study: Study
    loaded: LoadedProblem


def prepare(name: str | None, options: Mapping[str, Any], *, model: Any = None) -> Prepared:
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
    given = {key: value for key, value in options.items() if value is not None}
    if model is None:
        base = recipe(("arrays" if "data" in given else "circles") if name is None else name)
        usual = {**base.settings, **base.data_arguments}
        load: Any = partial(load_recipe, base)
        own: tuple[str, ...] = ()
    else:
        from initlab.comparison.module_problem import USUAL, load_module

        if name is not None:
            raise refusal("name", "left out with a model", name)
        usual, own, load = dict(USUAL), BUILDS, partial(load_module, model)
    _refuse_unknown(given, usual, None if model is not None else base.name)
    if given.get("epochs") is not None and "steps" in given:
        raise refusal("epochs", "left out when steps are given", given["epochs"])
    values = {**usual, **dict.fromkeys(("epochs", *OF_THIS_MACHINE)), **given}
    rates = checked_rates(values["learning_rate"])
    values |= {
        "inits": checked_inits(values["inits"], others=own),
        "seeds": checked_seeds(values["seeds"]),
        "learning_rate": rates[0],
    }
    if values["bias_init"] is not None:
        values["bias_init"] = str(parse(values["bias_init"]))
        for init in BUILDS:
            if init in values["inits"]:
                hint = f"{init!r} brings its own biases."
                raise refusal(
                    "bias_init", f"left out with {init!r}", values["bias_init"], hint=hint
                )
    loaded, decided = load(values)
    study = Study(
        **{**decided, "defaults": {**usual, **decided["defaults"]}},
        problem=loaded.problem,
        learning_rates=rates if len(rates) > 1 else (),
        inits=values["inits"],
        bias_init=values["bias_init"],
        seeds=values["seeds"],
    )
    for rate in rates:
        Training(**{**dict(study.training), "learning_rate": rate})  # checks it
    loaded.check(study)
    if study.cell_count > LARGEST_STUDY:
        raise refusal("seeds", f"a study of at most {LARGEST_STUDY:,} cells", study.cell_count)
    if isinstance(model, str) and isinstance(options.get("data"), str):
        # what another process can import; threads share the rest
        loaded.reload = partial(_reload, name, dict(options), model)
    return Prepared(study, loaded)


def prepare_again(study: Study, **of_this_machine: Any) -> Prepared:
    """Load the problem of a stored study, and check that it is what it was.

    Args:
        study: as it was stored.
        of_this_machine: ``data_dir`` and ``allow_unknown_data``.

    Raises:
        StudyError: model or data lived in memory only, or is not what it was.
    """
    flat = study.settings()
    data, module = flat.pop("data"), flat.pop("module")
    model = None
    if study.problem.module is not None:
        from initlab.comparison.module_problem import USUAL, check_importable

        check_importable(study)
        model, names = module.pop("model"), [*USUAL]
    else:
        base = RECIPES.get(study.problem.recipe)
        if base is None:
            raise StudyError(f"There is no study {study.problem.recipe!r} in this initlab.")
        names = [*base.settings, *base.data_arguments]
        if "data" in base.data_arguments and not isinstance(data.get("data"), str):
            raise StudyError("The study's arrays came from memory and are not in its file.")
        if base is ARRAYS:
            data = {**BEFORE_TASKS, **data}
        unknown = sorted((data.keys() - {"checksums", "n_rows"}) ^ base.data_arguments.keys())
        if unknown:
            raise StudyError(f"study.data.{unknown[0]} is not what a {base.name} study has.")
    found = {**flat, **data, **module, "learning_rate": list(study.rates)}
    options = {name: found[name] for name in names if name in found} | of_this_machine
    if model is not None:
        if "momentum" in study.training.optimizer_arguments:
            options["momentum"] = None  # said once
        if study.training.optimizer == "gd" or data.get("streamed"):
            options["batch_size"] = None
        if data.get("streamed"):
            options["task"] = None  # the loss says it
    if isinstance(options.get("bias_init"), str) and set(BUILDS) & set(study.inits):
        options["bias_init"] = None
    again = prepare(None if model else study.problem.recipe, options, model=model)
    _same(study, again.study)
    return again


def _same(stored: Study, again: Study) -> None:
    old, new = stored.problem, again.problem
    before, after = old.data.get("checksums", []), new.data.get("checksums", [])
    if list(before) != list(after):
        if old.module is not None:  # one digest of all samples: a hash tells a reader nothing
            raise StudyError("The data is not that of the study: its samples differ.")
        changed = "; ".join(line for line in after if line not in before)
        raise StudyError(
            f"The {old.recipe} data is not that of the study, whose checksums differ: {changed}."
        )
    if None not in (old.digest, new.digest) and old.digest != new.digest:
        raise StudyError("The data is not that of the study: its samples differ.")
    one, other = (Study.from_record(study.to_record()).settings() for study in (stored, again))
    other["data"] = {name: other["data"].get(name) for name in one["data"]}  # younger ones are new
    differing = [name for name in one if one[name] != other[name]]
    if differing:
        name = differing[0]
        raise StudyError(
            f"The study cannot be run again as it was: its {name} was {_shown(one[name])} and "
            f"would be {_shown(other[name])}. What lives in memory only is not in its file."
        )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else text[:197] + "..."


def _refuse_unknown(
    given: Mapping[str, Any], usual: Mapping[str, Any], recipe_name: str | None
) -> None:
    known = [*usual, "epochs"]
    for key, value in given.items():
        if key in known or key in OF_THIS_MACHINE:
            continue
        hint, listed = nearest_hint(key, known), ", ".join(sorted(known))
        if key == "data":
            hint = "Leave out the name of the study to train on your own data."
        if recipe_name is None:
            raise refusal(key, f"left out with a model; it takes {listed}", value, hint=hint)
        where = f"compare {recipe_name}"
        raise refusal("option", f"one of {listed}", key, where=where, hint=hint)


def _reload(name: str | None, options: Mapping[str, Any], model: Any) -> LoadedProblem:
    """Load a problem in another process."""
    return prepare(name, options, model=model).loaded
