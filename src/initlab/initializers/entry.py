"""One row of the catalogue: a method's names, formula, source, arguments and function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from initlab.errors import invalid_argument
from initlab.initializers.distributions import Distribution
from initlab.initializers.fan import Fan

DistributionFunction = Callable[..., Distribution]
BiasFunction = Callable[..., Distribution]
NUMERICALLY = "numerically"  # its moments against the formula, its draws against its moments
REFERENCE = "against reference code"  # and draws or values against another program's too
UNCHECKED = "not checked"
CHECKS = (NUMERICALLY, REFERENCE, UNCHECKED)
BIASES, STATISTICS = "biases", "running statistics"  # what some methods set alone
TABLES = "embedding"  # the family of methods that take the fans of a table, also of a tied one

ARGUMENTS = {  # what an argument means, in whichever row it is
    "allow_dead": "whether a draw may set all weights of a unit to 0",
    "bias_std": "std with which the biases are drawn, >= 0",
    "blocks": "number of blocks into which the weight is divided; all blocks have the same "
    "number of rows",
    "batches": "number of batches into which the data is cut; the statistics of the batches are "
    "averaged",
    "branches": "number of residual branches in the network",
    "centre": "wanted mean of the outputs",
    "cut": "the normal distribution is truncated at mean ± cut · s, where s is its std before "
    "truncation",
    "depth": "number of layers with weights in each residual branch, 2 or more",
    "distribution": "normal, uniform or truncated_normal",
    "gain": "factor on the std, > 0",
    "high": "upper bound",
    "init": "the method that draws the weights before they are scaled",
    "inputs": "number of nonzero weights of each unit",
    "iterations": "largest number of times that the weights of a layer are scaled",
    "layer": "index of the layer that holds the weight; the formula says whether the first layer "
    "has index 0 or 1",
    "layers": "number of layers of the network; a block of a transformer counts as one layer",
    "longest": "largest number of steps over which the layer has to remember its inputs, > 2",
    "low": "lower bound",
    "mean": "mean of the weights; for a truncated normal distribution, the mean before truncation",
    "mode": "which fan stands in the formula: fan_in (keeps activations' std), fan_out (keeps "
    "gradients' std), fan_avg (mean of fan_in and fan_out) or fan_geo_avg (geometric mean)",
    "negative_slope": "slope of the leaky ReLU for inputs below 0; a slope of 0 gives ReLU",
    "nonlinearity": "name of the nonlinearity that follows the layer; 'linear' for none",
    "omega": "factor > 0 in the outputs of the layers, which are sin(omega (W x + b))",
    "scale": "product of the fan and the variance of the weights; with mode='fan_in', inputs of "
    "mean 0 and variance 1 give preactivations whose variance equals scale",
    "side": "'encoder' or 'decoder': the part of the transformer that holds the weight",
    "sigma": "std that the formula assumes for the preactivations, > 0",
    "sparsity": "share of zeros, 0 <= sparsity < 1",
    "std": "the std in the formula",
    "tolerance": "largest accepted distance of the outputs' variance from 1, > 0",
    "value": "value of all entries",
}


@dataclass(frozen=True)
class Argument:
    """One argument of an initializer, as its function's signature gives it."""

    name: str
    required: bool
    default: Any = None

    def __str__(self) -> str:
        if self.required:
            return self.name
        number = isinstance(self.default, float) and self.default.is_integer()
        return f"{self.name}={int(self.default) if number else self.default!r}"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of the catalogue.

    Attributes:
        name: canonical name; what is stored and printed.
        function: ``function(fan, **arguments)`` gives the distribution of a weight.
        formula: its distribution in one line.
        source: paper and equation, or the program it comes from.
        family: the idea it belongs to, such as "fan-scaled".
        aliases: other names that are understood.
        use: when to use it.
        avoid: when not.
        checked: how the distribution was checked: one of :data:`CHECKS`.
        note: where the name means something else in the world.
        bias: distribution of the biases that come with it, of the fan and perhaps the arguments;
            None where they are zeros.
        sets: what it sets alone, :data:`BIASES` or :data:`STATISTICS`; "" for weights.
        data: whether it looks at data; its function then gives the distribution before that.
    """

    name: str
    function: DistributionFunction
    formula: str
    source: str
    family: str = ""
    aliases: tuple[str, ...] = ()
    use: str = ""
    avoid: str = ""
    checked: str = UNCHECKED
    note: str = ""
    bias: BiasFunction | None = None
    sets: str = ""
    data: bool = False

    @cached_property
    def arguments(self) -> tuple[Argument, ...]:
        """The arguments after ``fan``."""
        return arguments_of(self.function)

    @property
    def origin(self) -> str:
        """Module and name of the function, to tell two packages apart."""
        name = getattr(self.function, "__qualname__", self.name)
        return f"{self.function.__module__}.{self.name if '<locals>' in name else name}"

    @property
    def signature(self) -> str:
        """The call as a user may write it: ``normal(std=1, mean=0)``."""
        return f"{self.name}({', '.join(str(argument) for argument in self.arguments)})"

    def bias_distribution(self, fan: Fan, arguments: Mapping[str, Any]) -> Distribution | None:
        """Return the distribution of the biases beside a weight; None means zeros."""
        if self.bias is None:
            return None
        try:
            taken = set(inspect.signature(self.bias).parameters)
        except (TypeError, ValueError):  # a callable of which Python cannot say
            taken = set()
        given = {one.name: one.default for one in self.arguments if not one.required}
        given |= arguments
        return self.bias(fan, **{name: given[name] for name in taken & set(given)})

    def row(self) -> dict[str, Any]:
        """Return what a table or JSON shows."""
        return {
            "name": self.name,
            "aliases": list(self.aliases),
            "family": self.family,
            "formula": self.formula,
            "source": self.source,
            "arguments": [str(argument) for argument in self.arguments],
            "note": self.note,
            "use": self.use,
            "avoid": self.avoid,
            "checked": self.checked,
            "sets": self.sets or "weights",
            "data": self.data,
        }


def arguments_of(function: DistributionFunction) -> tuple[Argument, ...]:
    """Return the arguments after ``fan``; they must be keyword-only, as they are written."""
    try:
        first, *rest = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # no function, none that can be read, or one without a fan
        raise invalid_argument(
            "function", "a function with the signature (fan, *, name=default, ...)", function
        ) from None
    positional = (first.POSITIONAL_ONLY, first.POSITIONAL_OR_KEYWORD)
    if first.kind not in positional or any(p.kind is not p.KEYWORD_ONLY for p in rest):
        origin = f"{function.__module__}.{getattr(function, '__qualname__', '?')}"
        shown = str(inspect.signature(function))
        raise invalid_argument("signature", "(fan, *, name=default, ...)", shown, where=origin)
    defaults = [None if p.default is p.empty else p.default for p in rest]
    return tuple(
        Argument(p.name, p.default is p.empty, default)
        for p, default in zip(rest, defaults, strict=True)
    )
