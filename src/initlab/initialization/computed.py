"""A layer -> its weights that are computed from other parameters, and how to give them numbers.

Known are ``torch.nn.utils.parametrize`` (weight_norm, spectral_norm, orthogonal, a user's own), the
older weight_norm and spectral_norm, and pruning.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from initlab.errors import DataError, InitlabError, invalid_argument
from initlab.modules.framework import load_torch

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module, Parameter

POWER_ITERATIONS = 50  # of a normal weight, whose two largest values are near: to about 1 %


@dataclass(frozen=True)
class Computed:
    """One weight that a layer computes.

    Attributes:
        layer: the torch layer.
        local: name of the weight in it.
        held: the parameters that it is computed from.
        kind: what computes it, for people.
        way: "parametrized", "weight_norm", "spectral_norm" or "pruned".
        source: the list of parametrizations, or the hook.
    """

    layer: Module
    local: str
    held: tuple[Parameter, ...]
    kind: str
    way: str
    source: Any

    def value(self) -> Tensor:
        """Return what the layer computes now, without changing anything."""
        torch = load_torch()
        with torch.no_grad(), _evaluating(self.layer):
            if self.way == "parametrized":
                return getattr(self.layer, self.local).detach().clone()
            if self.way == "pruned":
                return self.source.apply_mask(self.layer).detach()
            if self.way == "weight_norm":
                return self.source.compute_weight(self.layer).detach()
            return self.source.compute_weight(self.layer, do_power_iteration=False).detach()

    def put(self, numbers: Tensor) -> None:
        """Give the weight these numbers, as far as its computation allows.

        Raises:
            DataError: a parametrization refuses them, or its right inverse has no value there.
        """
        torch = load_torch()
        with torch.no_grad():
            if self.way == "parametrized":
                try:
                    setattr(self.layer, self.local, numbers)
                except Exception as error:  # a user's right_inverse may raise anything
                    words = f"{type(error).__name__}: {error}"
                    raise DataError(
                        f"The parametrization {self.kind} does not accept the numbers drawn for "
                        f"{self.local}: {words}",
                        argument=self.local,
                    ) from error
                broken = sum(int((~torch.isfinite(one)).sum()) for one in self.held)
                if broken:
                    raise DataError(
                        f"The right_inverse of {self.kind} gives {broken:,} NaN or infinite "
                        f"value{'s' * (broken != 1)} for the numbers drawn for {self.local}",
                        argument=self.local,
                    )
                spectral = torch.nn.utils.parametrizations._SpectralNorm
                if any(isinstance(one, spectral) for one in self.source):
                    training = self.source.training
                    self.source.train()  # each call turns its vectors to the new numbers
                    for _ in range(POWER_ITERATIONS):
                        getattr(self.layer, self.local)
                    self.source.train(training)
                return
            self.held[0].copy_(numbers)
            if self.way == "weight_norm":
                norm = torch.norm_except_dim(numbers, 2, self.source.dim)
                self.held[1].copy_(norm)
            elif self.way == "spectral_norm":
                for _ in range(POWER_ITERATIONS):
                    self.source.compute_weight(self.layer, do_power_iteration=True)
            self.refresh()

    def refresh(self) -> None:
        """Compute the weight anew where the layer does so at its next call only."""
        if self.way != "parametrized":
            setattr(self.layer, self.local, self.value())

    def made_plain(self) -> Parameter:
        """Take the computation off the layer, a copy; return its weight, a plain parameter."""
        torch = load_torch()
        layer: Any = self.layer
        utils = torch.nn.utils
        if self.way == "pruned":
            _hook("prune", "remove")(layer, self.local)
        elif self.way == "weight_norm":
            utils.remove_weight_norm(layer, self.local)
        elif self.way == "spectral_norm":
            utils.remove_spectral_norm(layer, self.local)
        elif utils.parametrize.is_parametrized(layer):
            # remove_parametrizations would change the class, which the copy shares
            numbers = {name: getattr(layer, name).detach().clone()
                       for name in layer.parametrizations}  # fmt: skip
            del layer.parametrizations
            layer.__class__ = type(layer).__bases__[0]
            for name, one in numbers.items():
                layer.register_parameter(name, torch.nn.Parameter(one))
        return getattr(layer, self.local)

    def check(self, where: str) -> None:
        """Refuse a weight that no numbers can be given.

        Raises:
            InitlabError: a parametrization has no right inverse.
        """
        if self.way != "parametrized":
            return
        for one in self.source:
            if not hasattr(one, "right_inverse"):
                raise self._without_inverse(type(one).__name__, where)
            maps = getattr(one, "orthogonal_map", None)
            if maps is not None and not hasattr(one, "base") and maps.name != "householder":
                raise self._without_inverse(
                    f"orthogonal(orthogonal_map={maps.name!r}, use_trivialization=False)", where
                )

    def _without_inverse(self, kind: str, where: str) -> InitlabError:
        call = f"torch.nn.utils.parametrize.remove_parametrizations(layer, {self.local!r})"
        hint = (
            f"Remove the parametrization with {call}, initialize, and apply the parametrization "
            "again."
        )
        expected = "a plain parameter, or parametrized by a module with the method right_inverse"
        got = f"the parametrization {kind}, which has no working right_inverse"
        return invalid_argument(self.local, expected, got, got=got, where=where, hint=hint)


def computed_in(layer: Module) -> Iterator[Computed]:
    """Yield the weights that a layer computes."""
    torch = load_torch()
    utils = torch.nn.utils
    if utils.parametrize.is_parametrized(layer):
        parametrizations: Any = layer.parametrizations
        for local, source in parametrizations.items():
            names = ["original"] if hasattr(source, "original") else [
                f"original{k}" for k in range(source.ntensors)
            ]  # fmt: skip
            held = tuple(getattr(source, name) for name in names)
            kind = ", ".join(type(one).__name__.strip("_") for one in source)
            yield Computed(layer, local, held, kind, "parametrized", source)
    for hook in layer._forward_pre_hooks.values():
        if isinstance(hook, _hook("weight_norm", "WeightNorm")):
            held = tuple(getattr(layer, f"{hook.name}_{end}") for end in ("v", "g"))
            yield Computed(layer, hook.name, held, "weight_norm", "weight_norm", hook)
        elif isinstance(hook, _hook("spectral_norm", "SpectralNorm")):
            held = (getattr(layer, f"{hook.name}_orig"),)
            yield Computed(layer, hook.name, held, "spectral_norm", "spectral_norm", hook)
        elif isinstance(hook, _hook("prune", "BasePruningMethod")):
            held = (getattr(layer, f"{hook._tensor_name}_orig"),)
            mask = getattr(layer, f"{hook._tensor_name}_mask")
            zeros = f"{int((mask == 0).sum()):,} of {mask.numel():,} numbers"
            kind = f"pruning (which keeps {zeros} at 0)"
            yield Computed(layer, hook._tensor_name, held, kind, "pruned", hook)


def _hook(module: str, name: str) -> Any:
    """Return a name of a module in torch.nn.utils that is not loaded, or hidden by a function."""
    return getattr(importlib.import_module(f"torch.nn.utils.{module}"), name)


@contextmanager
def _evaluating(layer: Module) -> Iterator[None]:
    """Keep the layers inside from changing anything while they compute."""
    modes = [(one, one.training) for one in layer.modules()]
    for one, _ in modes:
        one.training = False
    try:
        yield
    finally:
        for one, training in modes:
            one.training = training
