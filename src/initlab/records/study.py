"""Every setting that decides a comparison's numbers, in one frozen record."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Literal

from pydantic import Field, ValidationError

from initlab.errors import InitlabError, StudyError, invalid_argument
from initlab.networks import DenseNetwork
from initlab.networks.metrics import higher_is_better
from initlab.records.problem import ModuleNetwork, Problem
from initlab.records.record import (
    Listed,
    Real,
    Record,
    Text,
    Whole,
    below,
    first_error,
    placed_error,
    without_nonfinite,
    wrong,
)
from initlab.records.training import Training
from initlab.settings import SETTINGS as DECLARED
from initlab.validation import whole_number

SETTINGS = (  # keys of a study in JSON, flat, in this order
    "recipe", *(row.name for row in DECLARED.values() if row.flat), "data", "learning_rates",
    "module",
)  # fmt: skip
KEYS = (
    *SETTINGS, "digest", "metrics", "curve", "unnamed", "keep_parameters", "defaults", "sources",
    "biases", "base_rates", "samples", "directions",
)  # fmt: skip
NEEDED = {  # keys of every file; a setting that came later is its default where a file lacks it
    "recipe", "layer_dims", "nonlinearity", "loss", "loss_form", "optimizer", "learning_rate",
    "momentum", "batch_size", "dropout", "steps", "record_every", "dtype", "stream", "inits",
    "bias_init", "seeds", "metric", "threshold", "data",
}  # fmt: skip
OF_MODULE = [  # keys of "module" that are fields of the training
    name for name in Training.model_fields if name in DECLARED and not DECLARED[name].flat
]
MODULE = ("model", "parameters", "outputs")  # keys of "module" that are fields of the network


class Study(Record):
    """One problem, learned from several initializations and seeds, at one learning rate or more.

    Two equal studies give equal results on one platform. In JSON its settings stand flat.

    Attributes:
        problem: what is learned.
        training: how, at the first learning rate.
        learning_rates: several to choose from, each initialization its own best (see ``rates``); or
            the one that each is trained at, by initialization (see ``own_rates``); else empty.
        stream: where random numbers come from: "course" or "default".
        inits: the initializations compared, in canonical spelling, in the order of the table.
        bias_init: initialization of every bias, or None for each initialization's own.
        seeds: one network of every initialization per seed.
        metric: the score that ranks initializations, for example "test_accuracy".
        defaults: what every setting is where no option names it; not part of the results. None
            where that is not known.
        base_rates: by metric, the score of the best constant prediction on the same samples: that
            of the most frequent class, of the class frequencies for a loss, of the mean for R². Not
            of metrics where no constant prediction has a score.
        directions: of the user's own metrics, which way is better: "higher" or "lower".
        samples: by metric, how many samples it is taken over, where that is known.
    """

    problem: Problem
    training: Training
    learning_rates: tuple[float, ...] | Mapping[Text, Real] = ()
    stream: Text
    inits: tuple[Text, ...]
    bias_init: Text | None = None
    seeds: tuple[Whole, ...]
    metric: Text
    defaults: Mapping[str, Listed] | None = None
    base_rates: Mapping[str, Real] = Field(default_factory=dict)
    directions: Mapping[str, Literal["higher", "lower"]] = Field(default_factory=dict)
    samples: Mapping[str, Whole] = Field(default_factory=dict)

    @property
    def rates(self) -> tuple[float, ...]:
        """The learning rates to choose from: a single one where there is no choice."""
        several = self.learning_rates
        chosen = () if isinstance(several, Mapping) else several
        return chosen or (self.training.learning_rate,)

    @property
    def own_rates(self) -> Mapping[str, float]:
        """The learning rate of every initialization, where each has one of its own; else empty."""
        return self.learning_rates if isinstance(self.learning_rates, Mapping) else {}

    @property
    def every_rate(self) -> tuple[float, ...]:
        """Every learning rate that a cell is trained at: those to choose from, or each init's."""
        return tuple(self.own_rates.values()) or self.rates

    @property
    def rates_words(self) -> str:
        """The learning rates as a sentence shows them."""
        own = [f"{rate:g} ({init})" for init, rate in self.own_rates.items()]
        return ", ".join(own) or " or ".join(f"{rate:g}" for rate in self.rates)

    @property
    def cell_count(self) -> int:
        """Number of cells: initializations, times seeds, times learning rates."""
        return len(self.inits) * len(self.seeds) * len(self.rates)

    def places(self) -> Callable[[str, int, float | None], tuple[int, int, int]]:
        """Return what tells the place of a cell by its initialization, seed and learning rate.

        Where there is no choice of rates, the rate does not count.
        """
        inits, seeds, rates = (
            {one: place for place, one in enumerate(listed)}
            for listed in (self.inits, self.seeds, self.rates)
        )
        choice = len(rates) > 1
        return lambda init, seed, rate: (rates[rate] if choice else 0, inits[init], seeds[seed])

    def higher_is_better(self, metric: str) -> bool:
        """Whether more of a score is better."""
        known = self.directions.get(metric)
        return higher_is_better(metric) if known is None else known == "higher"

    def settings(self) -> dict[str, Any]:
        """Return every setting under its own name, flat, in the order of the JSON keys."""
        found = self._fields()
        return {name: found[name] for name in SETTINGS}

    def _fields(self) -> dict[str, Any]:
        """Return every field of the study and of its parts under its own name."""
        problem, training, module = self.problem, self.training, self.problem.module
        dense: dict[str, Any] = {"layer_dims": (), "nonlinearity": "", "loss_form": ""}
        dense |= {} if problem.dense is None else asdict(problem.dense)
        found = {**dense, **dict(problem), **dict(training), **dict(self), "loss": problem.loss}
        if module is None:
            return {**found, "module": {}}
        asked = {
            **{name: getattr(module, name) for name in MODULE},
            **{name: getattr(training, name) or None for name in OF_MODULE},
            **module.asked,
        }
        known = {} if module.biases is None else {"biases": module.biases}
        return {**found, **known, "module": asked, "sources": module.sources}

    def replace(self, **changes: Any) -> Study:
        """Return the study with some settings changed, named as in JSON or as fields."""
        own = {name: changes.pop(name) for name in list(changes) if name in type(self).model_fields}
        study = super().replace(**own)
        return Study.from_record({**study.to_record(), **changes}) if changes else study

    def to_record(self) -> dict[str, Any]:
        """Return the settings as JSON types, flat, and what else makes the study whole."""
        found = self._fields()
        record, nonfinite = without_nonfinite({name: found[name] for name in KEYS if name in found})
        for path, number in nonfinite.items():
            raise invalid_argument(path, "a finite number", float(number), where="Study.to_record")
        return dict(record)

    @classmethod
    def from_record(cls, record: Any, path: str = "study") -> Study:
        """Build the study back from :meth:`to_record`; see :meth:`Record.from_record`."""
        if not isinstance(record, Mapping):
            raise wrong(path, "an object", record)
        for name in sorted(NEEDED - record.keys(), key=KEYS.index):
            raise StudyError(f"{below(path, name)} is missing.", argument=below(path, name))
        for name in [name for name in record if name not in KEYS]:
            place = below(path, name)
            raise StudyError(f"{place} is not a key of a study.", argument=place)
        try:
            return _nested(record)
        except ValidationError as error:
            raise first_error(error, path, record) from None
        except InitlabError as error:
            raise placed_error(error, path) from None

    def __getattr__(self, name: str) -> Any:
        if name not in SETTINGS:
            return super().__getattr__(name)  # type: ignore[misc]
        warnings.warn(
            f"study.{name} is now study.settings()[{name!r}]; initlab 1.0 removes the old name.",
            DeprecationWarning, stacklevel=2,
        )  # fmt: skip
        return self.settings()[name]


def _nested(flat: Mapping[str, Any]) -> Study:
    """Build a study from its flat settings.

    Raises:
        ArgumentError, ValidationError: a setting is wrong.
    """

    def fields(kind: type[Record], **others: Any) -> dict[str, Any]:
        return {name: flat[name] for name in kind.model_fields if name in flat} | others

    module, widths = flat.get("module", {}), flat["layer_dims"]
    network: Any = None
    if not isinstance(module, Mapping):
        raise invalid_argument("module", "an object", module)
    if not isinstance(widths, list | tuple):
        raise invalid_argument("layer_dims", "a list", widths)
    if widths:
        dims = tuple(whole_number(f"layer_dims[{k}]", n, minimum=1) for k, n in enumerate(widths))
        network = DenseNetwork(dims, flat["nonlinearity"], flat["loss"], flat["loss_form"])
    training = fields(Training)
    if module:
        asked = dict(module)
        said = {name: asked.pop(name, None) for name in OF_MODULE}
        training |= {name: value for name, value in said.items() if value is not None}
        network = ModuleNetwork(
            **{name: asked.pop(name, None) for name in MODULE},
            loss=flat["loss"], asked=asked, sources=flat.get("sources", {}),
            biases=flat.get("biases"), dense=network,
        )  # fmt: skip
    problem = Problem(**fields(Problem, network=network))
    study = Study(**fields(Study, problem=problem, training=Training(**training)))
    if study.own_rates and study.own_rates.keys() != {*study.inits}:
        expected = f"one rate for each init of the study ({', '.join(study.inits)})"
        raise invalid_argument("learning_rates", expected, dict(study.own_rates))
    return study
