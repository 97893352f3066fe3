"""Parameters and layers -> copies of the parameters and of the layers' buffers, to be put back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from initlab.modules.framework import load_torch


class Copies:
    """What parameters and buffers hold now.

    Args:
        parameters: torch parameters.
        modules: torch modules; the buffers of all layers inside are copied.
        but: layers whose own buffers are left out.
    """

    def __init__(
        self, parameters: Iterable[Any], modules: Iterable[Any], but: Iterable[Any] = ()
    ) -> None:  # fmt: skip
        left = {id(layer) for layer in but}
        layers = {id(layer): layer for module in modules for layer in module.modules()
                  if id(layer) not in left}  # fmt: skip
        # a layer may put another tensor in a buffer's place, as orthogonal parametrizations do
        self._buffers = [(layer, name, one) for layer in layers.values()
                         for name, one in layer._buffers.items()]  # fmt: skip
        own = [one for _, _, one in self._buffers if one is not None]
        tensors = {id(one): one for one in (*parameters, *own)}
        self._tensors = [(one, one.detach().clone()) for one in tensors.values()]

    def put_back(self) -> None:
        """Put back what they held."""
        with load_torch().no_grad():
            for tensor, old in self._tensors:
                tensor.copy_(old)
        for layer, name, tensor in self._buffers:
            layer._buffers[name] = tensor
