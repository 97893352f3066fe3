"""A model -> the inputs that one output of each weight sums, counted by computing with ones.

Independent of initlab: no fan of its own is read.
"""

from __future__ import annotations

import torch
from torch import nn

ROWS = ("cls_token", "position_embeddings", "relative_position_bias_table", "positions")


def counted_fans(model):
    """Yield the name of every weight and table, its fan-in and its effective numbers."""
    weights = {id(one.weight) for one in model.modules() if isinstance(one, nn.Linear)}
    seen = set()
    for path, layer in model.named_modules():
        if type(layer).__name__ == "ParametrizationList":
            continue
        plain = dict(layer.named_parameters(recurse=False))
        for local in getattr(layer, "parametrizations", {}):
            plain[local] = getattr(layer, local)
        for local, one in plain.items():
            name = f"{path}.{local}".removeprefix(".")
            fan_in = _fan_in(layer, local, one, model)
            if fan_in is None or (isinstance(layer, nn.Embedding) and id(one) in weights):
                continue
            if id(one) not in seen:
                seen.add(id(one))
                yield name, (fan_in, one.detach())


def _fan_in(layer, local, one, model):
    if local in ROWS:
        return 1
    if isinstance(layer, nn.Embedding):
        return 1 if layer.num_embeddings not in _functional_heads(model) else layer.embedding_dim
    if isinstance(layer, nn.LSTM) and local.startswith("weight"):
        return one.shape[1]
    if isinstance(layer, nn.modules.conv._ConvNd) and local == "weight":
        return _by_ones(layer, one)
    if local == "weight" and one.dim() == 2:
        return one.shape[0] if type(layer).__name__ == "Conv1D" else one.shape[1]
    if local in ("up", "down", "router"):  # of ours: inputs before outputs
        return one.shape[-2]
    if local in ("gate_up_proj", "down_proj") and one.dim() == 3:  # of transformers: outputs first
        return one.shape[-1]
    return None


def _functional_heads(model):
    """Return the rows of tables that are also the head, by a function."""
    return {100} if type(model).__name__ == "MixtureOfExperts" else set()


def _by_ones(layer, weight):
    """Return what an inner output of a convolution is where all weights and inputs are 1."""
    twin = type(layer)(
        layer.in_channels, layer.out_channels, layer.kernel_size, layer.stride,
        groups=layer.groups, bias=False,
    )  # fmt: skip
    nn.init.ones_(twin.weight)
    if isinstance(twin, nn.modules.conv._ConvTransposeNd) or type(twin) in (nn.Conv1d, nn.Conv2d):
        size = (4 * max(layer.kernel_size),) * len(layer.kernel_size)
        inner = twin(torch.ones(1, layer.in_channels, *size))
        middle = tuple(width // 2 for width in inner.shape[2:])
        return round(inner[(0, 0, *middle)].item())
    return weight[0].numel()
