"""A module's plain Dropout layers -> the same layers, with masks from the replicate's own bits.

torch draws one number per activation from its global generator; that is a tenth of a small
network's step, lets only one replicate at a time go forward, and cannot tell the seeds of stacked
replicates apart. Here every seed has a generator of its own, and a mask takes 16 bits per entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from initlab.modules.framework import load_torch
from initlab.randomness import DROPOUT, generator_for

if TYPE_CHECKING:
    from torch import Tensor, device
    from torch.nn import Dropout, Module

LEVELS = 2**16  # the share dropped is rounded to this many levels: by less than 1e-5
PER_WORD = 4  # entries decided by one 64-bit number that a generator draws

Bits: TypeAlias = "Callable[[int], Tensor]"  # number of entries -> 16-bit numbers, at least as many
Forward: TypeAlias = "Callable[[Tensor], Tensor]"


def own_bits(seed: int, device: device | str = "cpu") -> Bits:
    """Return the source of one seed's bits: all inits of it drop the same entries."""
    torch = load_torch()
    number = generator_for(seed, "torch dropout", DROPOUT).integers(2**63)
    place = torch.device(device)
    generator = torch.Generator(place).manual_seed(int(number))

    def draw(entries: int) -> Tensor:
        words = torch.empty(-(-entries // PER_WORD), dtype=torch.int64, device=place)
        words.random_(-(2**63), None, generator=generator)
        return words.view(torch.int16)  # not in the layer: vmap of older versions has no view

    return draw


def masked(module: Module, bits: Bits) -> AbstractContextManager[None]:
    """Let a module's Dropout layers take their masks from ``bits`` for a while.

    Only torch's own Dropout is meant, with a share between 0 and 1 and not in place: any other
    layer stays as it is.
    """
    return replaced_forwards(module, _is_plain, lambda layer: _masked_forward(layer, bits))


@contextmanager
def replaced_forwards(
    module: Module, chosen: Callable[[Module], bool], forward: Callable[[Any], Forward]
) -> Iterator[None]:
    """Give the chosen layers of a module another forward for a while."""
    layers = [one for one in module.modules() if "forward" not in vars(one) and chosen(one)]
    for layer in layers:
        layer.forward = forward(layer)
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward


def _masked_forward(layer: Dropout, bits: Bits) -> Forward:
    """Return the forward of one Dropout layer: activations times 0 or 1 / (1 - p)."""
    # 16 bits have a sign: half of the levels are below 0
    threshold = min(round(layer.p * LEVELS), LEVELS - 1) - LEVELS // 2
    scale = 1 / (1 - layer.p)

    def forward(x: Tensor) -> Tensor:
        if not layer.training:
            return x
        levels = bits(x.numel())[: x.numel()]
        mask = (levels >= threshold).to(x.dtype) * scale
        return x * mask.view(x.shape)

    return forward


def _is_plain(layer: Any) -> bool:
    return type(layer) is load_torch().nn.Dropout and 0 < layer.p < 1 and not layer.inplace
