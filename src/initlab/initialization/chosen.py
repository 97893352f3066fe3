"""Parameters of a model as built -> the constants in them that its author chose.

Of an instance: numbers that are all equal, and not what its layer usually holds. Of a function
that builds the model: what is equal in two builds with different seeds, and not usual.
"""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from initlab.initialization.members import Member, members_of
from initlab.modules.framework import load_torch
from initlab.networks.anatomy import BIAS, TABLE, WEIGHT, Part

MARKED = "as chosen: marked _no_reinit in the model"
LOOKED_AT_FIRST = 16  # numbers of a parameter; those of a drawn one differ

_ours: dict[int, tuple[weakref.ref[Any], int]] = {}  # what initlab wrote last, by id, and when


def remember(parameter: Any) -> None:
    """Note that the numbers of a parameter are initlab's: nobody else chose them."""
    key = id(parameter)
    _ours[key] = weakref.ref(parameter, lambda _: _ours.pop(key, None)), parameter._version


def why_kept(member: Member) -> str:
    """Return why a parameter of an instance is kept as its author chose it; "" if it is not."""
    if _is_marked(member):
        return MARKED
    value = constant_in(member.tensor)
    if value is None or not _is_choice(member, value) or all(map(_is_ours, member.held)):
        return ""
    part, kind = member.part, type(member.layer).__name__
    usual = f", of a {kind}" if part is None else f", where a {kind} {_usually(part)}"
    return f"as chosen: all {value:g}{usual}"


def chosen_in(model: Any) -> Mapping[str, str]:
    """Return the parameters of an instance that are kept as its author chose them, and why."""
    reasons = {one.name: why_kept(one) for one in members_of(model)}
    return {name: reason for name, reason in reasons.items() if reason}


def equal_in_builds(build: Callable[[int], Any]) -> Mapping[str, str] | None:
    """Return the parameters that two builds with different seeds agree on, and why each is kept.

    None where the builds agree on everything that is drawn, as where a function seeds itself.
    Only one build is held at a time.

    Args:
        build: seed -> a model.
    """
    first = {one.name: _digest(one) for one in members_of(build(0))}
    agreed: dict[str, str] = {}
    drawn = differing = 0
    for one in members_of(build(1)):
        if _is_marked(one):
            agreed[one.name] = MARKED
        same, value = first.get(one.name) == _digest(one), constant_in(one.tensor)
        drawn += value is None
        differing += not same
        if same and (value is None or _is_choice(one, value, in_builds=True)):
            shown = "the same numbers" if value is None else f"all {value:g}"
            agreed[one.name] = f"as chosen: {shown} in two builds with different seeds"
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


def _is_choice(member: Member, value: float, in_builds: bool = False) -> bool:
    """Whether a constant is not what such a parameter usually holds."""
    part, parameter = member.part, member.tensor
    if part is None:
        return bool(in_builds or parameter.dim() <= 1)  # a constant weight may be a forgotten one
    drawn = part.role in (WEIGHT, TABLE, BIAS) and part.value is None
    if drawn and parameter.numel() == 1 and not in_builds:
        return part.role != BIAS and value == 0  # another number may have been drawn
    return value != (0.0 if part.value is None and part.role == BIAS else part.value)


def _is_marked(member: Member) -> bool:
    """Whether the author marked a parameter, as Mamba does the bias of its step sizes."""
    return any(getattr(one, "_no_reinit", False) for one in member.held)


def _is_ours(parameter: Any) -> bool:
    known = _ours.get(id(parameter))
    if known is None or id(known[0]()) != id(parameter):
        return False
    return bool(known[1] == parameter._version)


def _usually(part: Part) -> str:
    if part.value is not None:
        return f"has {part.value:g}"
    return "has 0" if part.role == BIAS else "draws"


def _digest(member: Member) -> bytes:
    """Return a digest of a parameter's numbers."""
    numbers = member.tensor.detach().cpu().contiguous().view(-1)
    return hashlib.sha256(numbers.view(load_torch().uint8).numpy()).digest()
