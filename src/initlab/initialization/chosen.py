"""Parameters of a model as built -> the constants in them that its author chose.

Of an instance: numbers that are all equal, or are in one of the gates that a bias packs, and not
what its layer usually holds. Of a function that builds the model: what is equal in two builds with
different seeds, and not usual.
"""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from initlab.initialization.members import Member, members_of
from initlab.initialization.moments import has_numbers
from initlab.modules.framework import load_torch
from initlab.modules.layers import role_of
from initlab.networks.anatomy import BARE, BIAS, GATE, LOOKUP, SCALE, WEIGHT

BY_ITS_CODE = "set by the model's own code"
CHOSEN = "chosen by the model's author:"
MARKED = f"{CHOSEN} the parameter has the attribute _no_reinit"
LOOKED_AT_FIRST = 16  # numbers of a parameter; those of a drawn one differ

_ours: dict[int, tuple[weakref.ref[Any], int]] = {}  # what initlab wrote last, by id, and when


def remember(parameter: Any) -> None:
    """Note that the numbers of a parameter are initlab's: nobody else chose them."""
    key = id(parameter)
    _ours[key] = weakref.ref(parameter, lambda _: _ours.pop(key, None)), parameter._version


def chosen_in(members: Iterable[Member]) -> Mapping[str, str]:
    """Return the parameters of an instance that are kept as its author chose them, and why.

    Nothing is where every weight is a constant: nobody has drawn the model yet, and what memory
    without numbers holds is no choice.
    """
    found = [(one, constant_in(one.tensor)) for one in members]
    drawn = [value is None for one, value in found if one.is_weight and one.tensor.numel() > 1]
    fresh = bool(drawn) and not any(drawn)
    return {one.name: reason for one, value in found if (reason := _reason(one, value, fresh))}


def _reason(member: Member, value: float | None, fresh: bool) -> str:
    if said := _said(member):
        return said
    ours, kind = all(map(is_ours, member.held)), type(member.layer).__name__
    if fresh or ours:
        return ""
    if value is None:
        gates = _constant_gates(member)
        return f"{CHOSEN} {gates} in this {kind}" if gates else ""
    if not _is_choice(member, value):
        return ""
    return f"{CHOSEN} each number is {value:g}{_usual(member, kind)}"


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
        if said := _said(one):
            agreed[one.name] = said
        same, value = first.get(one.name) == _digest(one), constant_in(one.tensor)
        drawn += value is None
        differing += not same
        if same and (value is None or _is_choice(one, value, in_builds=True)):
            shown = "the numbers are the same" if value is None else f"each number is {value:g}"
            agreed[one.name] = f"{CHOSEN} {shown} in two builds of the model with different seeds"
        elif not same and (gates := _constant_gates(one)):
            agreed[one.name] = f"{CHOSEN} {gates}, also in a build of the model with another seed"
    return agreed if differing or not drawn else None


def constant_in(parameter: Any) -> float | None:
    """Return the number that a parameter holds in all its entries; None if they differ."""
    numbers = parameter.detach()
    if not has_numbers(numbers):
        return None
    flat = numbers.reshape(-1)
    first = flat[0]
    if not bool((flat[:LOOKED_AT_FIRST] == first).all()) or not bool((flat == first).all()):
        return None
    return float(first)


def _constant_gates(member: Member) -> str:
    """Return the gates of a packed bias that hold one number each, not 0, in words."""
    part = member.part
    if part is None or part.role != BIAS or not part.stack:
        return ""
    names = part.stack.split(", ")
    if member.tensor.numel() < 2 * len(names):  # a gate of one unit is always constant
        return ""
    gates = zip(names, member.tensor.chunk(len(names)), strict=False)
    found = ((name, constant_in(one)) for name, one in gates)
    return ", ".join(f"each number of gate {name} is {value:g}" for name, value in found if value)


def _is_choice(member: Member, value: float, in_builds: bool = False) -> bool:
    """Whether a constant is not what such a parameter usually holds."""
    part, parameter = member.part, member.tensor
    if part is None:
        line = parameter.numel() == max(parameter.shape, default=1)
        return bool(in_builds or line)  # a constant weight may be a forgotten one
    drawn = part.role in (WEIGHT, LOOKUP, BIAS) and part.value is None
    if drawn and parameter.numel() == 1 and not in_builds:
        return part.role != BIAS and value == 0  # another number may have been drawn
    return value != (0.0 if part.value is None and part.role == BIAS else part.value)


def _said(member: Member) -> str:
    """Return why a parameter is kept whatever it holds: by its author's mark, or by its class.

    Mamba marks the bias of its step sizes.
    """
    if any(getattr(one, "_no_reinit", False) for one in member.held):
        return MARKED
    known = "" if member.part is None else member.part.kept
    return f"{BY_ITS_CODE} ({known})" if known else ""


def is_ours(parameter: Any) -> bool:
    """Whether initlab wrote the numbers of a parameter, and nothing after it."""
    known = _ours.get(id(parameter))
    if known is None or id(known[0]()) != id(parameter):
        return False
    return bool(known[1] == parameter._version)


def _usual(member: Member, kind: str) -> str:
    """Return what such a parameter usually holds, or whose it is where that is not known."""
    part = member.part
    if part is None or part.role == GATE or (part.role == SCALE and part.value is None):
        return f" in this {kind}"
    value = 0.0 if part.value is None and part.role == BIAS else part.value
    if role_of(member.layer) == BARE:  # its class says nothing about its parameters
        usual = "drawn at random" if value is None else f"{value:g}"
        return f"; a {part.role} is usually {usual}"
    if value is None:
        return f"; the {part.role} of {kind} usually holds random numbers"
    return f"; in the {part.role} of {kind} each number is usually {value:g}"


def _digest(member: Member) -> bytes:
    """Return a digest of a parameter's numbers."""
    tensor = member.tensor.detach()
    numbers = (tensor if has_numbers(tensor) else tensor.to_dense()).cpu().contiguous().view(-1)
    return hashlib.sha256(numbers.view(load_torch().uint8).numpy()).digest()
