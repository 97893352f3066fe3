"""A layer whose class is not known -> what its parameters are, if it computes as a norm does.

What a norm gives stays the same when its inputs grow together, and each of its numbers depends on
others; a scale multiplies it, a bias is added to it. That is measured, on a copy.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Mapping
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from initlab.modules.framework import load_torch
from initlab.networks.anatomy import BIAS, SCALE, Part

LARGE = 1e4  # size of the inputs, to which the epsilon of a norm is nothing
SAME = 1e-4  # largest difference of what counts as the same, where outputs are near 1
MOST_WIDTH = 2**16
ROUGH = (0.7, 1.6)  # a parameter's numbers, while another one is looked at

Key: TypeAlias = tuple[tuple[str, int], ...]  # names and widths of a layer's parameters

_known = WeakKeyDictionary[type, dict[Key, Mapping[str, Part] | None]]()


def norm_parts(layer: Any) -> Mapping[str, Part] | None:
    """Return what the parameters of a norm are, by name; None for a layer that is none."""
    own = dict(layer.named_parameters(recurse=False))
    if not 0 < len(own) < 3 or next(layer.children(), None) is not None:
        return None
    try:
        key = tuple((name, one.numel() if one.numel() == max(one.shape) else 0)
                    for name, one in own.items())  # fmt: skip
    except (RuntimeError, ValueError):  # lazy, or a number without axes
        return None
    known = _known.setdefault(type(layer), {})
    if key not in known:
        widths = {width for _, width in key}
        known[key] = _measured(layer, widths.pop()) if len(widths) == 1 else None
    return known[key]


def _measured(layer: Any, width: int) -> Mapping[str, Part] | None:
    torch = load_torch()
    if not 1 < width <= MOST_WIDTH:
        return None
    generator = torch.Generator().manual_seed(0)
    for shape in ((4, 3, width), (4, width), (4, width, 5), (4, width, 5, 5)):
        with contextlib.suppress(Exception), torch.no_grad(), torch.random.fork_rng(devices=[]):
            norm = copy.deepcopy(layer)  # in training, where a norm looks at its inputs
            norm = (norm.to_empty(device="cpu") if _is_meta(norm) else norm.cpu()).double().train()
            x = LARGE * (torch.randn(shape, generator=generator, dtype=torch.float64) + 0.5)
            for one in norm.parameters():
                low, high = ROUGH
                one.copy_(torch.linspace(low, high, width, dtype=torch.float64).view_as(one))
            if _is_norm(norm, x):
                return _parts(norm, x)
    return None


def _is_meta(layer: Any) -> bool:
    return any(one.is_meta for one in layer.parameters())


def _is_norm(norm: Any, x: Any) -> bool:
    """Whether outputs have the size of no input, and each follows from several."""
    torch = load_torch()
    y = norm(x.clone())
    if y.shape != x.shape or not torch.allclose(y, norm(7 * x), rtol=0, atol=SAME):
        return False
    one_changed = x.clone()
    one_changed[(0,) * x.dim()] *= 5
    others = (norm(one_changed) - y).abs().ravel()[1:]
    return bool(others.max() > SAME) and bool((norm(x.flip(0)) - y).abs().max() > SAME)


def _parts(norm: Any, x: Any) -> Mapping[str, Part] | None:
    """Return what each parameter is; None where one neither multiplies nor is added."""
    own = dict(norm.named_parameters())
    steps = {name: _outputs(norm, one, x, 1.0) - _outputs(norm, one, x, 0.0)
             for name, one in own.items()}  # fmt: skip
    added = [name for name, step in steps.items() if _all_near(step, 1.0)]
    for name in added:
        own[name].zero_()
    found = {name: Part(BIAS, value=0.0) for name in added}
    for name, one in own.items():
        for neutral in (1.0, 0.0) if name not in found else ():  # some multiply by 1 + weight
            if _all_near(_outputs(norm, one, x, neutral - 1), 0.0):
                found[name] = Part(SCALE, value=neutral)
    return found if len(found) == len(own) else None


def _outputs(norm: Any, parameter: Any, x: Any, value: float) -> Any:
    """Return what a norm gives where all numbers of a parameter are this one."""
    before = parameter.clone()
    parameter.fill_(value)
    outputs = norm(x)
    parameter.copy_(before)
    return outputs


def _all_near(values: Any, number: float) -> bool:
    return bool((values - number).abs().max() < SAME)
