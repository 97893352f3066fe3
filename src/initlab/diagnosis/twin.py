"""A module -> a copy of it, also where it keeps tensors that are computed from its parameters."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from initlab.modules.framework import load_torch

if TYPE_CHECKING:
    from torch.nn import Module


def twin(module: Module) -> Module:
    """Return a deep copy of a module.

    PyTorch copies no tensor that has a gradient's history, such as the weight of a pruned layer.
    Hooks compute it again in the next forward, so the copy is given its numbers alone.
    """
    tensor = load_torch().Tensor
    known = {
        id(value): value.detach().clone()
        for layer in module.modules() for value in vars(layer).values()
        if isinstance(value, tensor) and not value.is_leaf
    }  # fmt: skip
    return copy.deepcopy(module, known)
