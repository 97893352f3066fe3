"""(model, rules) -> its parameters, with what rules are held against: roles and what is shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from initlab.errors import DataError, invalid_argument
from initlab.initialization.members import Member, members_of
from initlab.initialization.rules import AUTO, FIRST, HEAD, Rule, Rules, Subject
from initlab.modules.anatomy import WITH_SAMPLE, anatomy_of
from initlab.modules.framework import load_torch
from initlab.modules.layers import declared_part, qualified_name, role_of
from initlab.modules.sharing import Owners, shared
from initlab.networks.anatomy import (
    BIAS,
    DECLARED,
    LOOKUP,
    PARAMETER_ROLES,
    STORAGE,
    VIEW,
    WEIGHT,
    Anatomy,
    Layer,
    Part,
    weight_part,
)

AXES_FORM = "a mapping such as {'*.w': {'in_axis': 1, 'out_axis': 0}, '*.b': 'bias'}"
AxesByName = Mapping[str, Mapping[str, Any] | str]


@dataclass(frozen=True)
class Place:
    """One parameter and what rules are held against.

    Attributes:
        member: the parameter.
        subjects: what it is, under every name that shares its numbers; its own first.
        tied: the parameter that sets its numbers, and how it shares them; "" for none.
        within: whether it is a part of that parameter, whose rules alone decide.
        declared: whether the user says what it is.
    """

    member: Member
    subjects: tuple[Subject, ...]
    tied: str = ""
    within: bool = False
    declared: bool = False


def places_of(
    model: Any, given: Rules, declared: Mapping[str, Any], described: Anatomy | None
) -> tuple[list[Place], dict[str, Layer]]:
    """Return the parameters, and the layers of the anatomy where the rules ask for it.

    Args:
        model: a torch module.
        given: the rules.
        declared: what parameters are, by patterns of their names.
        described: the model's anatomy; None traces it where that is needed.
    """
    members = list(members_of(model))
    by_use, layers = _from_anatomy(model, given, members, described)
    weighing = (
        name
        for name, layer in layers.items()
        if layer.uses != 0 and any(one.role == WEIGHT for one in layer.parameters)
    )
    begin = next(weighing, None)
    owners, sharing = Owners(), dict[str, tuple[str, str]]()
    places: dict[str, Place] = {}
    groups: dict[str, list[Place]] = {}
    for owner, of_layer in groupby(members, key=lambda one: one.owner):
        own = list(of_layer)
        said = _declared(own, declared)
        for one in own:
            part = said.get(one.local) or by_use.get(one.name) or one.part
            member = replace(one, part=part)
            classes = tuple(map(qualified_name, type(one.layer).__mro__[:-1]))
            role = role_of(one.layer)
            known = layers.get(owner)
            around = known.around(one.name) if known else None
            head, residual = (around.head, around.residual) if around else (False, False)
            subject = Subject(one.name, part, role, classes, head, residual, first=owner == begin)
            place = Place(member, (subject,), declared=one.local in said)
            first, how = owners.first(one.name, one.held[0])
            leads = not first or how == STORAGE
            sharing[one.name] = first, how
            groups.setdefault(one.name if leads else first, []).append(place)
            places[one.name] = place
    for group in groups.values():
        # a tied head decides the fan of its embedding, whichever is declared first
        leader = next((one for one in group if one.member.role == WEIGHT), group[0]).member.name
        view = any(sharing[place.member.name][1] == VIEW for place in group)
        for place in group:
            name = place.member.name
            others = tuple(other.subjects[0] for other in group if other is not place)
            words = f"tied to {leader}" + ", a view of the same memory" * view
            tied = "" if name == leader else words
            places[name] = replace(place, subjects=(*place.subjects, *others), tied=tied)
    if any(how == STORAGE for _, how in sharing.values()):
        leaders = [of_one[0].member for of_one in groups.values()]
        for first, whole in _slices(leaders).items():
            for place in groups[first]:
                words, name = f"a part of {whole}", place.member.name
                places[name] = replace(places[name], tied=words, within=True)
    return list(places.values()), layers


def _slices(members: list[Member]) -> dict[str, str]:
    """Return the parameters that are parts of others, and of which.

    Raises:
        DataError: two share some numbers, and neither has all of the other's.
    """
    found: dict[str, str] = {}
    wholes: dict[int, list[Member]] = {}
    for one in sorted(members, key=lambda one: -one.held[0].numel()):
        tensor = one.held[0]
        if tensor.layout != load_torch().strided or tensor.is_meta or not tensor.numel():
            continue
        of_storage = wholes.setdefault(tensor.untyped_storage().data_ptr(), [])
        for whole in of_storage:
            some, all_of_it = shared(whole.held[0], tensor)
            plain = whole.computed is None and one.computed is None
            if some and not (all_of_it and plain):
                hint = "Replace one of the two tensors by nn.Parameter(parameter.detach().clone())."
                expected = (
                    f"a separate tensor, the same tensor as {whole.name}, or a view of a part of "
                    f"{whole.name}"
                )
                got = f"a tensor that shares some memory with {whole.name}"
                raise invalid_argument(one.name, expected, got, got=got, where="initialize",
                                       hint=hint, kind=DataError)  # fmt: skip
            if some:
                found[one.name] = whole.name
                break
        else:
            of_storage.append(one)
    return found


def _from_anatomy(
    model: Any, given: Rules, members: list[Member], described: Anatomy | None
) -> tuple[dict[str, Part], dict[str, Layer]]:
    """Return what parameters are by their use, and the layers, where either is asked for.

    A table may be the head too, by a function: where no weight has its rows as outputs.
    """
    asked = given.roles
    weights = {one.shape[0] for one in members if one.role == WEIGHT}
    tables = [one for one in members if one.role == LOOKUP and one.shape[0] not in weights]
    bare = any(one.part is None for one in members)
    # a scripted module's class has no forward to look at
    computes = getattr(type(model), "forward", None) is not load_torch().nn.Module.forward
    # tracing is seen by all threads that use torch: no more of it than is asked for
    by_role = bare and asked & {*PARAMETER_ROLES}
    if described is None and not (given.by_place or by_role or (tables and computes)):
        return {}, {}
    found = described or anatomy_of(model, numbers=False, gains=AUTO in given.inits)
    heads = any(layer.head for layer in found.layers)
    twice = {layer.name for layer in found.layers if layer.head and (layer.uses or 0) > 1}
    needed = ["methods that count residual branches"] * given.by_branch
    needed += ["'role:head'"] * (HEAD in asked and not heads)
    needed += ["'role:first'"] * (FIRST in asked and computes)
    needed += ["'auto'"] * (AUTO in given.inits and computes and not heads)
    if needed and found.order == DECLARED:
        why = " ".join(found.notes).removesuffix(WITH_SAMPLE).rstrip()
        hint = (
            "Give a batch of inputs: in Python by initialize(model, ..., data=batch), in a shell "
            "by initlab initialize ... --data DATA. Or give rules for the names of parameters, "
            f"such as 'head.*=normal(std=0.01)'. {why}"
        )
        expected = (
            f"without {needed[0]}, because initlab does not know how the model's layers are "
            "connected"
        )
        raise invalid_argument("rules", expected, str(given), hint=hint)
    known = {one.name for one in members if one.part is not None}
    by_use = {one.name: one.part for one in found.parameters
              if one.part is not None and one.name not in known}  # fmt: skip
    by_use |= {one.name: weight_part(one.shape, zero_row=one.part.zero_row) for one in tables
               if one.owner in twice and one.part is not None}  # fmt: skip
    return by_use, {layer.name: layer for layer in found.layers}


def _declared(members: list[Member], declared: Mapping[str, Any]) -> dict[str, Part]:
    """Return what a user says that the parameters of a layer are, by their names in it."""
    said: dict[str, tuple[Member, Any]] = {}
    for one in members:
        matching = [value for pattern, value in declared.items()
                    if Rule(pattern, "").matches(Subject(one.name))]  # fmt: skip
        if matching:
            said[one.local] = one, matching[-1]
    parts: dict[str, Part] = {}
    for local, (one, value) in sorted(said.items(), key=lambda item: item[1][1] == BIAS):
        beside = next((part.fan for part in parts.values() if part.role == WEIGHT), None)
        part = declared_part(value, one.shape, beside, argument="axes", where=one.name)
        parts[local] = replace(part, stack="axes given") if part.role == WEIGHT else part
    return parts
