"""A module with lazy layers, and inputs -> a copy whose layers have their shapes, and the batch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from initlab.diagnosis.inputs import Inputs, inputs_of
from initlab.diagnosis.no_trace import no_trace
from initlab.modules.copied import copied
from initlab.modules.framework import load_torch
from initlab.user_code import user_code

if TYPE_CHECKING:
    from torch.nn import Module


def with_shapes(module: Module, x: Any, y: Any, *, seed: int) -> tuple[Module, Inputs]:
    """Return a copy that has computed one batch, by which PyTorch draws its lazy layers.

    The module stays lazy, and the generators as they were.

    Raises:
        DataError: the model fails on the batch.
    """
    torch = load_torch()
    place, like = torch.nn.Module(), next(module.parameters())
    place.register_parameter("on", torch.nn.Parameter(torch.zeros(1, device=like.device)))
    with no_trace(place, seed=seed):
        one = copied(module)
        inputs = inputs_of(one, x, y, seed=seed)
        given: Any = inputs.copied().given
        modes = [layer.training for layer in one.modules()]
        one.eval()  # running statistics stay as they are
        then = f" on {inputs.words}{inputs.shapes}"
        with torch.no_grad(), user_code("model", "The model's forward pass fails", then=then):
            one(**given) if isinstance(given, dict) else one(*given)
        for layer, mode in zip(one.modules(), modes, strict=True):
            layer.training = mode
    words = f"{inputs.words} (from which the lazy layers of a copy of the model took their shapes)"
    return one, replace(inputs, words=words)
