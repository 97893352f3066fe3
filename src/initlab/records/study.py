"""Every setting that decides a comparison's numbers, in one frozen record."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from initlab.errors import InitlabError, StudyError, refusal
from initlab.networks import DenseNetwork
from initlab.records.problem import ModuleNetwork, Problem
from initlab.records.record import (
    Listed,
    Record,
    Text,
    Whole,
    below,
    first_error,
    without_nonfinite,
    wrong,
)
from initlab.records.training import Training

SETTINGS = (  # keys of a study in JSON, flat, in this order
    "recipe", "layer_dims", "nonlinearity", "loss", "loss_form", "optimizer", "learning_rate",
    "momentum", "batch_size", "dropout", "steps", "record_every", "dtype", "stream", "inits",
    "bias_init", "seeds", "metric", "threshold", "data", "learning_rates", "module",
)  # fmt: skip
MODULE = ("model", "parameters", "outputs")  # keys of "module" that are fields of the network
KEPT = ("digest", "metrics", "curve", "unnamed")  # of the problem, under their own names
OF_TRAINING = (
    "optimizer", "momentum", "batch_size", "dropout", "steps", "record_every", "dtype",
    "threshold", "keep_parameters",
)  # fmt: skip


class Study(Record):
    """One problem, learned from several initializations and seeds, at one learning rate or more.

    Two equal studies give equal results on one platform. In JSON its settings stand flat.

    Attributes:
        problem: what is learned.
        training: how, at the first learning rate.
        learning_rates: several to choose from, each initialization its own best; else empty.
        stream: where random numbers come from: "course" or "default".
        inits: the initializations compared, in canonical spelling, in the order of the table.
        bias_init: initialization of every bias, or None for each initialization's own.
        seeds: one network of every initialization per seed.
        metric: the score that ranks initializations, for example "test_accuracy".
        defaults: what every setting is where no option names it; not part of the results. None
            where that is not known.
    """

    problem: Problem
    training: Training
    learning_rates: tuple[float, ...] = ()
    stream: Text
    inits: tuple[Text, ...]
    bias_init: Text | None = None
    seeds: tuple[Whole, ...]
    metric: Text
    defaults: Mapping[str, Listed] | None = None

    @property
    def rates(self) -> tuple[float, ...]:
        """Every learning rate, the only one too."""
        return self.learning_rates or (self.training.learning_rate,)

    @property
    def cell_count(self) -> int:
        """Number of cells: initializations, times seeds, times learning rates."""
        return len(self.inits) * len(self.seeds) * len(self.rates)

    def settings(self) -> dict[str, Any]:
        """Return every setting under its own name, flat, in the order of the JSON keys."""
        problem, training, dense = self.problem, self.training, self.problem.dense
        module = problem.module
        shown = {} if module is None else _module_settings(module, training)
        found = {
            "recipe": problem.recipe,
            "layer_dims": dense.layer_dims if dense else (),
            "nonlinearity": dense.nonlinearity if dense else "",
            "loss": problem.loss,
            "loss_form": dense.loss_form if dense else "",
            **{name: getattr(training, name) for name in OF_TRAINING},
            "learning_rate": training.learning_rate,
            "learning_rates": self.learning_rates,
            "stream": self.stream,
            "inits": self.inits,
            "bias_init": self.bias_init,
            "seeds": self.seeds,
            "metric": self.metric,
            "data": problem.data,
            "module": shown,
        }
        return {name: found[name] for name in SETTINGS}

    def replace(self, **changes: Any) -> Study:
        """Return the study with some settings changed, named as in JSON or as fields."""
        own = {name: changes.pop(name) for name in list(changes) if name in type(self).model_fields}
        study = super().replace(**own)
        return Study.from_record({**study.to_record(), **changes}) if changes else study

    def to_record(self) -> dict[str, Any]:
        """Return the settings as JSON types, flat, and what else makes the study whole."""
        module = self.problem.module
        rest = {name: getattr(self.problem, name) for name in KEPT}
        rest |= {"keep_parameters": self.training.keep_parameters, "defaults": self.defaults}
        rest |= {} if module is None else {"sources": module.sources}
        record, nonfinite = without_nonfinite({**self.settings(), **rest})
        for path, number in nonfinite.items():
            raise refusal(path, "a finite number", float(number), where="Study.to_record")
        return dict(record)

    @classmethod
    def from_record(cls, record: Any, path: str = "study") -> Study:
        """Build the study back from :meth:`to_record`.

        Args:
            record: JSON types, as read.
            path: key path of the record, for error messages.

        Raises:
            StudyError: a key is missing, unknown or of the wrong type; the message names it.
        """
        flat = _checked_keys(record, path)
        try:
            return cls.model_validate(_nested(flat))
        except ValidationError as error:
            raise first_error(_flat_error(error), path, flat) from None
        except InitlabError as error:
            if error.argument is None or error.expected is None:
                raise StudyError(f"{path}: {error}") from None
            raise wrong(below(path, error.argument), error.expected, error.value) from None

    def __getattr__(self, name: str) -> Any:
        if name not in SETTINGS:
            return super().__getattr__(name)  # type: ignore[misc]
        warnings.warn(
            f"study.{name} moved: take study.settings()[{name!r}], study.problem or "
            "study.training; the old name goes with initlab 1.0.",
            DeprecationWarning, stacklevel=2,
        )  # fmt: skip
        return self.settings()[name]


def _module_settings(module: ModuleNetwork, training: Training) -> dict[str, Any]:
    return {
        **{name: getattr(module, name) for name in MODULE},
        "optimizer_arguments": training.optimizer_arguments or None,
        "clip_norm": training.clip_norm,
        **module.asked,
    }


def _checked_keys(record: Any, path: str) -> dict[str, Any]:
    if not isinstance(record, Mapping):
        raise wrong(path, "an object", record)
    for name in SETTINGS:
        if name not in record and name not in ("module", "learning_rates"):
            raise StudyError(f"{below(path, name)} is missing.", argument=below(path, name))
    known = {*SETTINGS, *KEPT, "keep_parameters", "defaults", "sources"}
    for name in record:
        if name not in known:
            place = below(path, name)
            raise StudyError(f"{place} is not a key of a study.", argument=place)
    for name in ("data", "module"):
        if not isinstance(record.get(name, {}), Mapping):
            raise wrong(below(path, name), "an object", record[name])
    if not isinstance(record["layer_dims"], list | tuple):
        raise wrong(below(path, "layer_dims"), "a list", record["layer_dims"])
    for k, width in enumerate(record["layer_dims"]):
        if isinstance(width, bool) or not isinstance(width, int) or width < 1:
            raise wrong(below(below(path, "layer_dims"), k), "an integer >= 1", width)
    return {"module": {}, **record}


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a study from its flat settings."""
    module, dense = dict(flat["module"]), None
    if flat["layer_dims"]:
        dense = DenseNetwork(
            flat["layer_dims"], flat["nonlinearity"], flat["loss"], flat["loss_form"]
        )
    training = {name: flat[name] for name in OF_TRAINING if name in flat}
    training |= {"learning_rate": flat["learning_rate"]}
    network: Any = dense
    if module:
        training["optimizer_arguments"] = module.pop("optimizer_arguments", None) or {}
        training["clip_norm"] = module.pop("clip_norm", None)
        own = {name: module.pop(name, None) for name in MODULE}
        network = ModuleNetwork(
            **own, loss=flat["loss"], asked=module, sources=flat.get("sources", {}), dense=dense
        )
    problem = {name: flat[name] for name in ("recipe", "data", *KEPT) if name in flat}
    names = ("learning_rates", "stream", "inits", "bias_init", "seeds", "metric", "defaults")
    return {
        "problem": {**problem, "network": network},
        "training": Training(**training),
        **{name: flat[name] for name in names if name in flat},
    }


def _flat_error(error: ValidationError) -> ValidationError:
    """Return the error with the places of the flat settings: no "problem" before them."""
    lines: list[Any] = []
    for one in error.errors(include_url=False):
        place = tuple(key for key in one["loc"] if key not in ("problem", "training"))
        lines.append({"type": one["type"], "loc": place, "input": one["input"],
                      "ctx": one.get("ctx", {})})  # fmt: skip
    return ValidationError.from_exception_data(error.title, lines)
