"""A torch module -> its parameters as they are set: one by one, weights that are computed too."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from initlab.errors import DataError, invalid_argument
from initlab.initialization.computed import Computed, computed_in
from initlab.modules.anatomy import PartsByLayer, check_not_lazy, layers_of
from initlab.modules.framework import load_torch
from initlab.networks.anatomy import LOOKUP, WEIGHT, Part


@dataclass(frozen=True)
class Member:
    """One parameter of a model, or a weight that a layer computes from some.

    Attributes:
        name: qualified name.
        owner: name of its layer.
        layer: the torch layer.
        local: its name in the layer.
        tensor: the torch parameter, or the numbers of a computed weight.
        part: what it is to its layer; None where that is not known.
        computed: how it is computed; None of a plain parameter.
    """

    name: str
    owner: str
    layer: Any
    local: str
    tensor: Any
    part: Part | None = None
    computed: Computed | None = None

    @property
    def held(self) -> tuple[Any, ...]:
        """The torch parameters that hold its numbers."""
        return (self.tensor,) if self.computed is None else self.computed.held

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return tuple(int(width) for width in self.tensor.shape)

    @property
    def role(self) -> str:
        """What it is to its layer; "" where that is not known."""
        return "" if self.part is None else self.part.role

    @property
    def is_weight(self) -> bool:
        """Whether it is a weight or a table."""
        return self.role in (WEIGHT, LOOKUP)

    @property
    def trained(self) -> bool:
        """Whether gradients change it."""
        return any(one.requires_grad for one in self.held)

    def now(self) -> Any:
        """Return the numbers that it has now."""
        return self.tensor if self.computed is None else self.computed.value()


def members_of(model: Any) -> Iterator[Member]:
    """Yield every parameter of a model under every name, as layers declare them.

    Raises:
        InitlabError: a layer has no numbers, or none that can be set.
    """
    parametrizations = load_torch().nn.utils.parametrize.ParametrizationList
    known = PartsByLayer()
    for owner, layer, owned in layers_of(model):
        if isinstance(layer, parametrizations):
            continue  # what it holds comes with the weight that is computed from it
        _check_layer(owner, layer, owned)
        parts = known.of(owner, layer)
        computed = {one.local: one for one in computed_in(layer)}
        held = {id(one) for way in computed.values() for one in way.held}
        tensors = {local: _value(owner, one) for local, one in computed.items()}
        tensors |= {local: one for local, one in owned.items() if id(one) not in held}
        for local, tensor in tensors.items():
            name = f"{owner}.{local}" if owner else local
            part = parts.get(local)
            if part is not None and math.prod(part.view or tensor.shape) != tensor.numel():
                part = None  # its shape is not the one that is known
            yield Member(name, owner, layer, local, tensor, part, computed.get(local))


def _value(owner: str, computed: Computed) -> Any:
    """Return the numbers of a computed weight; a computation that fails is named."""
    try:
        return computed.value()
    except Exception as error:  # a user's parametrization may raise anything
        raise DataError(
            f"model: layer {owner or '(the model)'!r} cannot compute its {computed.local} by "
            f"{computed.kind}: {type(error).__name__}: {error}",
            argument="model",
        ) from error


def _check_layer(owner: str, layer: Any, owned: dict[str, Any]) -> None:
    """Refuse layers without numbers."""
    where = f"layer {owner or '(the model)'!r}"
    if ".quantized" in type(layer).__module__ and type(layer).__module__.startswith("torch."):
        hint = "Quantized weights are integers: initialize the model before you quantize it."
        shown = f"a quantized {type(layer).__name__}"
        raise invalid_argument("model", "a module of floating-point layers", shown, got=shown,
                               where=where, hint=hint, kind=DataError)  # fmt: skip
    check_not_lazy(owner, owned)
    for local, parameter in owned.items():
        if parameter.is_meta:
            hint = (
                "Parameters on the meta device have no numbers. Call initialize(model, ..., "
                "device='cpu') or model.load_state_dict(..., assign=True)."
            )
            raise invalid_argument(
                local, "on a device that stores numbers", "meta", where=where, hint=hint
            )
