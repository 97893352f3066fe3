"""A module -> all that it consists of at one time, to be put back."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from initlab.modules.framework import load_torch

if TYPE_CHECKING:
    from torch.nn import Module

TABLES = (dict, OrderedDict, list, set)  # what a module keeps parameters, hooks and notes in


@dataclass(frozen=True)
class State:
    """What a layer consists of at one time.

    Attributes:
        layer: a torch module.
        kind: its class, which changes when a lazy layer gets its shapes.
        attributes: its attributes.
        contents: what those hold that are tables, such as hooks, whose handles know them.
    """

    layer: Any
    kind: type
    attributes: dict[str, Any]
    contents: dict[str, Any]

    @classmethod
    def of(cls, layer: Any) -> State:
        """Return the present state."""
        attributes = dict(vars(layer))
        contents = {name: one.copy() for name, one in attributes.items() if type(one) in TABLES}
        return cls(layer, type(layer), attributes, contents)

    def restore(self) -> None:
        """Make the layer what it was."""
        if type(self.layer) is not self.kind:
            self.layer.__class__ = self.kind
        vars(self.layer).clear()
        vars(self.layer).update(self.attributes)
        for name, content in self.contents.items():
            kept = self.attributes[name]
            kept.clear()
            (kept.extend if isinstance(kept, list) else kept.update)(content)


@contextlib.contextmanager
def unchanged(module: Module) -> Iterator[None]:
    """Put back what a forward writes into a module: buffers, attributes, hooks, its mode."""
    torch = load_torch()
    # a scripted module's attributes are not Python's
    layers = [one for one in module.modules() if not isinstance(one, torch.jit.ScriptModule)]
    before = [State.of(one) for one in layers]
    buffers = [(one, one.detach().clone()) for one in module.buffers() if not one.is_meta]
    try:
        yield
    finally:
        for state in before:
            state.restore()
        with torch.no_grad():
            for buffer, value in buffers:
                if not is_same(buffer, value):  # a write would make a user's graph stale
                    buffer.copy_(value)


def is_same(tensor: Any, value: Any) -> bool:
    """Whether a tensor has these numbers; sparse ones are taken to have them."""
    torch = load_torch()
    return tensor.layout != torch.strided or bool(torch.equal(tensor, value))
