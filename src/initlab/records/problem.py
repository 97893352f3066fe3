"""Data, network, loss and scores -> what is learned: one record for dense networks and modules."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from initlab.networks import DenseNetwork
from initlab.networks.losses import BINARY, CLASSES, TABLE
from initlab.records.record import Plain, Record, Text, Whole


class ModuleNetwork(Record):
    """A PyTorch module.

    Attributes:
        kind: tells it from a dense network of our own.
        model: text that imports it; None for what lives in memory only.
        parameters: number of its parameters.
        outputs: number of classes or columns of its outputs.
        loss: name of the loss.
        asked: what the user said of loss, metrics, engine and device, as text.
        sources: digests of the source files that define model, loss, optimizer, metrics and data,
            and of the parameters' shapes.
        biases: names of the parameters that are biases; None where that is not known.
        dense: the dense network that it computes, where a dense engine trains it.
    """

    kind: Literal["module"] = "module"
    model: Text | None
    parameters: Whole
    outputs: Whole
    loss: Text
    asked: Mapping[str, Any] = Field(default_factory=dict)
    sources: Mapping[str, str] = Field(default_factory=dict)
    biases: tuple[Text, ...] | None = None
    dense: DenseNetwork | None = None


class Problem(Record):
    """What is learned.

    Attributes:
        recipe: name of the study the settings started from, for example "circles", or of the model.
        data: arguments of the data, for example n_train, n_test, noise, data_seed.
        digest: SHA-256 of the samples, or of the files and arguments that decide them; None where
            the data is drawn anew.
        network: a dense network, or a PyTorch module.
        metrics: scores of a trained network, in the order of the table.
        curve: scores kept at every recorded step.
        unnamed: what has no digest, so that its results cannot be used again: "model", "data", ...
    """

    recipe: Text
    data: Mapping[str, Plain]
    digest: Text | None = None
    network: DenseNetwork | ModuleNetwork
    metrics: tuple[Text, ...] = ()
    curve: tuple[Text, ...] = ("train_loss",)
    unnamed: tuple[Text, ...] = ()

    @property
    def module(self) -> ModuleNetwork | None:
        """The PyTorch module, if it is one."""
        return self.network if isinstance(self.network, ModuleNetwork) else None

    @property
    def dense(self) -> DenseNetwork | None:
        """The dense network that is trained, if one is: its own, or what the module computes."""
        return self.network.dense if isinstance(self.network, ModuleNetwork) else self.network

    @property
    def features(self) -> int | None:
        """Width of the dense network's input; None where no dense network is trained."""
        return None if self.dense is None else self.dense.layer_dims[0]

    @property
    def loss(self) -> str:
        """Name of the loss."""
        return self.network.loss

    @property
    def targets(self) -> str | None:
        """What a target is: "binary", "classes" or "values"; None of a loss of the user's own."""
        return TABLE[self.loss].targets if self.loss in TABLE else None

    @property
    def classes(self) -> int | None:
        """Number of classes that random guessing chooses from; None for a regression."""
        if self.targets != CLASSES:
            return 2 if self.targets == BINARY else None
        if isinstance(self.network, ModuleNetwork):
            return self.network.outputs
        return self.network.layer_dims[-1]

    @property
    def weight_count(self) -> int:
        """Number of weights, about: how much a step costs."""
        if isinstance(self.network, ModuleNetwork):
            return self.network.parameters
        return sum(i * o for i, o in itertools.pairwise(self.network.layer_dims))
