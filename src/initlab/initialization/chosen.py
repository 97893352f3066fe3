"""Parameters of a model as built -> the constants in them that its author chose.

Of an instance: numbers that are all equal, and not what its layer usually holds. Of a function
that builds the model: what is equal in two builds with different seeds, and not usual.
"""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from initlab.modules.anatomy import layers_of, named_parts
from initlab.modules.framework import load_torch
from initlab.networks.anatomy import BIAS, TABLE, WEIGHT, Part

LOOKED_AT_FIRST = 16  # numbers of a parameter; those of a drawn one differ

_ours: dict[int, tuple[weakref.ref[Any], int]] = {}  # what initlab wrote last, by id, and when


def remember(parameter: Any) -> None:
    """Note that the numbers of a parameter are initlab's: nobody else chose them."""
    key = id(parameter)
    _ours[key] = weakref.ref(parameter, lambda _: _ours.pop(key, None)), parameter._version


def why_kept(parameter: Any, part: Part | None, kind: str) -> str:
    """Return why a parameter of an instance is kept as its author chose it; "" if it is not.

    Args:
        parameter: the torch parameter.
        part: what it is to its layer; None where that is not known.
        kind: name of the layer's class.
    """
    value = constant_in(parameter)
    if value is None or _is_ours(parameter) or not _is_choice(parameter, part, value):
        return ""
    usual = f", of a {kind}" if part is None else f", where a {kind} {_usually(part)}"
    return f"as chosen: all {value:g}{usual}"


def chosen_in(model: Any) -> Mapping[str, str]:
    """Return the parameters of an instance that are kept as its author chose them, and why."""
    found = {}
    for owner, layer, owned in layers_of(model):
        parts = named_parts(owner, layer)
        for local, parameter in owned.items():
            reason = why_kept(parameter, parts.get(local), type(layer).__name__)
            if reason:
                found[f"{owner}.{local}" if owner else local] = reason
    return found


def equal_in_builds(build: Callable[[int], Any]) -> Mapping[str, str] | None:
    """Return the parameters that two builds with different seeds agree on, and why each is kept.

    None where the builds agree on everything that is drawn, as where a function seeds itself.
    Only one build is held at a time.

    Args:
        build: seed -> a model.
    """
    first = {name: digest for name, digest, *_ in _digests(build(0))}
    agreed: dict[str, str] = {}
    drawn = differing = 0
    for name, digest, value, part, parameter in _digests(build(1)):
        same = first.get(name) == digest
        drawn += value is None
        differing += not same
        if same and (value is None or _is_choice(parameter, part, value, in_builds=True)):
            shown = "the same numbers" if value is None else f"all {value:g}"
            agreed[name] = f"as chosen: {shown} in two builds with different seeds"
    return agreed if differing or not drawn else None


def constant_in(parameter: Any) -> float | None:
    """Return the number that a parameter holds in all its entries; None if they differ."""
    numbers = parameter.detach()
    if not numbers.numel() or numbers.is_meta or not numbers.is_floating_point():
        return None
    flat = numbers.reshape(-1)
    first = flat[0]
    if not bool((flat[:LOOKED_AT_FIRST] == first).all()) or not bool((flat == first).all()):
        return None
    return float(first)


def _is_choice(parameter: Any, part: Part | None, value: float, in_builds: bool = False) -> bool:
    """Whether a constant is not what such a parameter usually holds."""
    if part is None:
        return bool(in_builds or parameter.dim() <= 1)  # a constant weight may be a forgotten one
    drawn = part.role in (WEIGHT, TABLE, BIAS) and part.value is None
    if drawn and parameter.numel() == 1 and not in_builds:
        return part.role != BIAS and value == 0  # another number may have been drawn
    return value != (0.0 if part.value is None and part.role == BIAS else part.value)


def _is_ours(parameter: Any) -> bool:
    known = _ours.get(id(parameter))
    if known is None or id(known[0]()) != id(parameter):
        return False
    return bool(known[1] == parameter._version)


def _usually(part: Part) -> str:
    if part.value is not None:
        return f"has {part.value:g}"
    return "has 0" if part.role == BIAS else "draws"


def _digests(model: Any) -> Any:
    """Yield name, digest of the numbers, constant, part and parameter of a model's parameters."""
    torch = load_torch()
    for owner, layer, owned in layers_of(model):
        parts = named_parts(owner, layer)
        for local, parameter in owned.items():
            name = f"{owner}.{local}" if owner else local
            numbers = parameter.detach().cpu().contiguous()
            digest = hashlib.sha256(memoryview(numbers.view(-1).view(torch.uint8).numpy()))
            yield name, digest.digest(), constant_in(parameter), parts.get(local), parameter
