"""A torch layer and a parameter's name -> the distribution that torch's own reset draws from."""

from __future__ import annotations

import math
from typing import Any

from initlab.initializers.distributions import Distribution, Normal, Uniform
from initlab.modules.framework import load_torch


def default_distribution(layer: Any, local: str) -> Distribution | None:
    """Return the distribution of torch's reset; None for a constant, or another library's layer.

    Linear, Bilinear and convolutions draw ``kaiming_uniform_(a=sqrt(5))``, which is uniform on
    ± 1 / sqrt(fan), and their biases too. The fan is torch's own: the second axis of the weight
    times its kernel, which of a transposed convolution counts outputs.
    """
    nn = load_torch().nn
    weight = getattr(layer, "weight", None)
    if isinstance(layer, nn.Linear | nn.Bilinear | nn.modules.conv._ConvNd):
        if local not in ("weight", "bias") or weight is None or weight.dim() < 2:
            return None
        kernel = 1 if isinstance(layer, nn.Bilinear) else math.prod(weight.shape[2:])
        return _within(1 / math.sqrt(max(1, weight.shape[1] * kernel)))
    if isinstance(layer, nn.RNNBase | nn.RNNCellBase):
        return _within(1 / math.sqrt(max(1, layer.hidden_size)))
    if isinstance(layer, nn.Embedding | nn.EmbeddingBag) and local == "weight":
        return Normal(0.0, 1.0)
    own = getattr(layer, local, None)
    if isinstance(layer, nn.MultiheadAttention) and local.endswith("_weight") and own is not None:
        return _within(math.sqrt(6 / sum(own.shape)))
    return None


def _within(bound: float) -> Uniform:
    return Uniform(low=-bound, high=bound)
