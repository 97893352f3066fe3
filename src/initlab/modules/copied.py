"""A module -> a deep copy of it, where copy.deepcopy refuses or makes a slow one."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from initlab.modules.framework import load_torch

if TYPE_CHECKING:
    from torch.nn import Module


def copied(module: Module) -> Module:
    """Return a deep copy of a module.

    PyTorch copies no tensor that has a gradient's history, such as the weight of a pruned layer:
    hooks compute it again in the next forward, so the copy is given its numbers alone. On a GPU
    the weights of a recurrent layer become one chunk of memory again, else cuDNN packs them anew
    at every call and warns. Lazy buffers, which PyTorch does not copy either, stay lazy.
    """
    torch = load_torch()
    known = {
        id(value): value.detach().clone()
        for layer in module.modules() for value in vars(layer).values()
        if isinstance(value, torch.Tensor) and not value.is_leaf
    }  # fmt: skip
    lazy = torch.nn.parameter.UninitializedBuffer
    known |= {id(one): lazy(device=one.device, dtype=one.dtype)
              for one in module.buffers() if isinstance(one, lazy)}  # fmt: skip
    found = copy.deepcopy(module, known)
    for layer in found.modules():
        if isinstance(layer, torch.nn.RNNBase):
            layer.flatten_parameters()
    return found
