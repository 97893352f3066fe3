"""Every setting that decides a comparison's numbers, in one frozen record."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from initlab.errors import refusal
from initlab.records.jsonvalues import (
    Reader,
    an_object,
    entries,
    finite,
    list_of,
    maybe,
    plain,
    table_of,
    text,
    whole,
    without_nonfinite,
)


@dataclass(frozen=True)
class Study:
    """All settings of a comparison; two equal studies give equal results on one platform.

    Attributes:
        recipe: name of the study the settings started from, for example "circles".
        layer_dims: width of the input, of each hidden layer and of the output.
        nonlinearity: function after each hidden layer.
        loss: "binary_cross_entropy", "cross_entropy" or "half_mean_squared_error".
        loss_form: "probability" (from the rounded output, may be infinite) or "logits" (stable).
        optimizer: "gd" (full batch), "sgd" or "adam".
        learning_rate: step length of the optimizer; the first of ``learning_rates`` if there are.
        learning_rates: several to choose from, each start its own best by ``metric``.
        momentum: of sgd; 0 elsewhere.
        batch_size: points per update; None means all of them.
        dropout: share of hidden activations dropped in training.
        steps: number of updates.
        record_every: the loss is kept before the updates 0, record_every, 2 record_every, ...
        dtype: "float64" or "float32".
        stream: where random numbers come from: "course" or "default".
        inits: the starts compared, in canonical spelling, in the order of the table.
        bias_init: start of every bias, or None for each start's own.
        seeds: one replicate of every start per seed.
        metric: the score that ranks starts, for example "test_accuracy".
        threshold: training loss whose first crossing is reported, in the loss's units.
        data: arguments of the data, for example n_train, n_test, noise, data_seed.
        module: of a study of a PyTorch module: how to import it, its number of parameters, and
            what only such studies have; empty for the others. ``layer_dims`` is empty, and
            ``nonlinearity`` and ``loss_form`` are "", where the module is no dense stack.
    """

    recipe: str
    layer_dims: tuple[int, ...]
    nonlinearity: str
    loss: str
    loss_form: str
    optimizer: str
    learning_rate: float
    momentum: float
    batch_size: int | None
    dropout: float
    steps: int
    record_every: int
    dtype: str
    stream: str
    inits: tuple[str, ...]
    bias_init: str | None
    seeds: tuple[int, ...]
    metric: str
    threshold: float
    data: Mapping[str, Any] = field(default_factory=dict)
    learning_rates: tuple[float, ...] = ()
    module: Mapping[str, Any] = field(default_factory=dict)

    @property
    def classes(self) -> int | None:
        """Number of classes a blind guess chooses from; None for a regression."""
        if self.loss == "binary_cross_entropy":
            return 2
        if self.loss == "cross_entropy":
            return self.layer_dims[-1] if self.layer_dims else self.module.get("outputs")
        return None

    @property
    def weight_count(self) -> int:
        """Number of weights, about: how much a step costs."""
        known = self.module.get("parameters")
        return known or sum(i * o for i, o in itertools.pairwise(self.layer_dims))

    def to_record(self) -> dict[str, Any]:
        """Return the settings as JSON types, in the order of the fields."""
        record, nonfinite = without_nonfinite({f.name: getattr(self, f.name) for f in fields(self)})
        for path in nonfinite:
            raise refusal(path, "finite", float(nonfinite[path]), where="Study.to_record")
        return dict(record)

    @classmethod
    def from_record(cls, record: Any, path: str = "study") -> Study:
        """Build the settings back from :meth:`to_record`.

        Args:
            record: JSON types, as read.
            path: key path of the record, for refusals.

        Raises:
            StudyError: a key is missing, unknown or of the wrong type; the message names it.
        """
        filled = {"module": {}, **an_object(record, path)}  # what older studies do not have
        return cls(**entries(filled, path, _READERS))


def _plain_or_table(value: Any, path: str) -> Any:
    return (table_of(plain) if isinstance(value, Mapping) else plain)(value, path)


_READERS: dict[str, Reader[Any]] = {
    "recipe": text,
    "layer_dims": list_of(whole),
    "nonlinearity": text,
    "loss": text,
    "loss_form": text,
    "optimizer": text,
    "learning_rate": finite,
    "momentum": finite,
    "batch_size": maybe(whole),
    "dropout": finite,
    "steps": whole,
    "record_every": whole,
    "dtype": text,
    "stream": text,
    "inits": list_of(text),
    "bias_init": maybe(text),
    "seeds": list_of(whole),
    "metric": text,
    "threshold": finite,
    "data": table_of(plain),
    "learning_rates": list_of(finite),
    "module": table_of(_plain_or_table),
}
