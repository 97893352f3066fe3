"""The layers that a module used -> which of their units are alike, and which gradients tie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from initlab.diagnosis.copies import Copies, copies, tied
from initlab.diagnosis.watching import Use
from initlab.engines.torch.units import has_units, unit_rows
from initlab.modules.framework import load_torch
from initlab.networks.anatomy import EMBEDDING

if TYPE_CHECKING:
    from torch.nn import Module

Numbers = Callable[[Any], Any]


class UnitCopies:
    """The units of each layer, by its name, and later their gradients.

    Gradients are kept of layers with equal units alone: of all others nothing can be tied.
    """

    def __init__(self, module: Module, uses: Sequence[Use]) -> None:
        self.found: dict[str, Copies] = {}
        self._rows: dict[str, Callable[[Numbers], list[NDArray[np.floating]]]] = {}
        self._kept: dict[int, Any] = {}
        self._wanted: set[int] = set()
        for use in uses:
            if use.name in self.found:
                continue
            rows = _reader(use)
            groups = [] if rows is None else rows(lambda one: one.detach())
            self.found[use.name] = one = copies(groups)
            if rows is not None and one.distinct < one.units:
                self._rows[use.name] = rows
                owner = use.call.layer
                own = [p for _, p in use.call.parameters] if owner is None else owner.parameters()
                self._wanted.update(map(id, own))

    def note(self, parameter: Any, gradient: Any) -> None:
        """Add a gradient that decides whether units are tied, of this step or a later one."""
        if id(parameter) in self._wanted:
            kept = self._kept.get(id(parameter))
            self._kept[id(parameter)] = gradient if kept is None else kept + gradient

    def tied(self, *, known: bool) -> dict[str, int | None]:
        """Return how many units of each layer are tied; None where that is not known.

        ``known``: whether there was a backward pass.
        """
        torch = load_torch()
        found: dict[str, int | None] = dict.fromkeys(self.found, 0)
        if not known:
            return found | dict.fromkeys(self._rows, None)

        def gradient(one: Any) -> Any:
            if id(one) in self._kept:
                return self._kept[id(one)]
            if isinstance(one, torch.nn.Parameter):  # frozen, or nothing depends on it
                return torch.zeros_like(one)
            raise LookupError

        for name, rows in self._rows.items():
            try:
                found[name] = tied(self.found[name].classes, rows(gradient))
            except LookupError:  # computed from other parameters
                found[name] = None
        return found


def _reader(use: Use) -> Callable[[Numbers], list[NDArray[np.floating]]] | None:
    """Return what reads a row per unit, given which numbers of a parameter; None for no rows."""
    layer: Any = use.call.layer
    if layer is not None and has_units(layer):
        return lambda numbers: unit_rows(layer, numbers)
    if layer is not None:
        if use.role != EMBEDDING or not hasattr(layer, "weight"):
            return None
        return lambda numbers: [_array(numbers(layer.weight))]
    function = use.call.function
    weight = next((one for _, one in use.call.parameters if one.dim() > 1), None)
    convolves = function in ("conv1d", "conv2d", "conv3d")
    if weight is None or not (convolves or weight.dim() == 2):
        return None
    biases = [one for _, one in use.call.parameters if one.dim() == 1]

    def rows(numbers: Numbers) -> list[NDArray[np.floating]]:
        own = _array(numbers(weight))
        width = use.shape[use.units]
        if use.turned and not convolves and (own.shape[1] == width or len(own) != width):
            own = own.T
        return [np.concatenate([own.reshape(len(own), -1)] + [
            _array(numbers(one)).reshape(-1, 1) for one in biases if one.numel() == len(own)
        ], axis=1)]  # fmt: skip

    return rows


def _array(values: Any) -> NDArray[np.floating]:
    torch = load_torch()
    values = values.detach()
    kept = values if values.dtype in (torch.float32, torch.float64) else values.float()
    return np.asarray(kept.cpu().numpy())
