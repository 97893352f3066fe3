"""What a model of the set is: its initialization, its reference, its causes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

import inits as init
from networks import Make
from problems import Problem, problem

# names of initlab.diagnosis, and constant_weights and wrong_scale, which peers' messages mean
FINDINGS = frozenset(
    [
        "not_finite",
        "unscaled_inputs",
        "unscaled_targets",
        "identical_inputs",
        "never_initialized",
        "no_gradient",
        "identical_units",
        "constant_weights",
        "dead_units",
        "dead_output",
        "saturated_units",
        "saturated_output",
        "vanishing_signal",
        "exploding_signal",
        "vanishing_gradient",
        "exploding_gradient",
        "inputs_indistinguishable",
        "chaotic",
        "large_initial_loss",
        "sharp_attention",
        "cloned_layers",
        "unscaled_residuals",
        "unreached_parameters",
        "bounded_outputs",
        "heavy_dropout",
        "wrong_scale",
        "unscaled_inputs",
        "unscaled_targets",
    ]
)


@dataclass(frozen=True)
class Reference:
    """A well-initialized network.

    Attributes:
        name: what the truth calls it.
        problem: what it learns.
        network: makes the network with PyTorch's default initialization.
        inits: what is done to it then, in this order.
    """

    name: str
    problem: str
    network: Make
    inits: tuple[init.Init, ...] = ()

    def build(self, seed: int) -> nn.Module:
        """Return the network as the seed initializes it; global generators stay as they are."""
        return built(self.network, self.inits, seed)


@dataclass(frozen=True)
class Model:
    """One model of the set.

    Attributes:
        name: its name.
        family: what kind of fault, or of network, it stands for.
        sick: what its author expected of it; the truth table decides.
        base: the same architecture, well initialized.
        network: makes the network; None for the network of ``base``.
        inits: what is done to PyTorch's default initialization; the fault or the health.
        causes: findings of which a correct diagnosis names at least one.
        layers: where the fault sits, as module or parameter names; none for the whole network.
        zeros: whether it has zeros that are there on purpose.
    """

    name: str
    family: str
    sick: bool
    base: Reference
    network: Make | None = None
    inits: tuple[init.Init, ...] = ()
    causes: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    zeros: bool = False

    def build(self, seed: int) -> nn.Module:
        """Return the model as the seed initializes it; global generators stay as they are."""
        return built(self.network or self.base.network, self.inits, seed)

    def reference(self, seed: int) -> nn.Module:
        """Return its well-initialized counterpart."""
        return self.base.build(seed)

    @property
    def problem(self) -> Problem:
        """What it learns."""
        return problem(self.base.problem)


class ModelSet(list[Model]):
    """Models of one set, each listed by what its author expects of it.

    Args:
        family: name of the set.
    """

    def __init__(self, family: str) -> None:
        super().__init__()
        self._family = family

    def base(self, name: str, task: str, network: Make, *inits: init.Init) -> Reference:
        """Return a well-initialized network of this set."""
        return Reference(f"{name}, {self._family}", task, network, inits)

    def sick(
        self, name: str, base: Reference, *inits: init.Init, causes: str = "", layers: str = "",
        network: Make | None = None,
    ) -> None:  # fmt: skip
        """Add a model that is expected to be sick; without causes, no finding's name fits it."""
        words = tuple(causes.split())
        assert set(words) <= FINDINGS, f"{name}: {words}"
        places = tuple(layers.split())
        self.append(Model(name, self._family, True, base, network, inits, words, places))

    def healthy(
        self, name: str, base: Reference, *inits: init.Init, network: Make | None = None,
        zeros: bool = False,
    ) -> None:  # fmt: skip
        """Add a model that is expected to be healthy."""
        self.append(Model(name, self._family, False, base, network, inits, zeros=zeros))


def built(network: Make, inits: tuple[init.Init, ...], seed: int) -> nn.Module:
    """Return a network after its inits, all drawn from one seed."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        module = network()
        for one in inits:
            one(module)
    return module
