"""(model, rules) -> what is to be done with every parameter; nothing is drawn or written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from initlab.errors import DataError, ShapeError, refusal
from initlab.initialization.chosen import why_kept
from initlab.initialization.members import Member, members_of
from initlab.initialization.own_values import OwnLaw
from initlab.initialization.part_law import law_of
from initlab.initialization.report import FROZEN, KEPT, SET, TIED, UNKNOWN, ParameterRow
from initlab.initialization.rules import DEFAULT, HEAD, KEEP, ROLE, Rule, Rules, Subject
from initlab.initializers.drawing import check_size
from initlab.initializers.laws import Constant, Law
from initlab.modules.anatomy import anatomy_of
from initlab.modules.framework import load_torch
from initlab.modules.layers import declared_part, qualified_name, role_of
from initlab.modules.sharing import Owners
from initlab.networks.anatomy import (
    BIAS,
    DECLARED,
    PARAMETER_ROLES,
    STORAGE,
    TABLE,
    VIEW,
    WEIGHT,
    Anatomy,
    Part,
    weight_part,
)
from initlab.validation import named_values, nearest_hint

DTYPES = ("float64", "float32", "float16", "bfloat16")
AXES_HINT = "give axes"
RESETS = ("reset_parameters", "_reset_parameters")
AXES_FORM = "a mapping such as {'*.w': {'in_axis': 1, 'out_axis': 0}, '*.b': 'bias'}"
AxesByName = Mapping[str, Mapping[str, Any] | str]
LISTED = 5  # names in a message


@dataclass(frozen=True)
class Assignment:
    """One parameter: its row of the report and, where it is to be drawn, the law.

    Attributes:
        row: what the report says.
        member: the parameter.
        law: None where nothing is drawn here.
        reset: whether its layer resets it.
    """

    row: ParameterRow
    member: Member
    law: Law | None = None
    reset: bool = False


@dataclass(frozen=True)
class Place:
    """One parameter and what rules are held against.

    Attributes:
        member: the parameter.
        subjects: what it is, under every name that shares its numbers; its own first.
        tied: the parameter that sets its numbers, and how it shares them; "" for none.
        declared: whether the user says what it is.
    """

    member: Member
    subjects: tuple[Subject, ...]
    tied: str = ""
    declared: bool = False


def assignments_of(
    model: Any,
    given: Rules,
    axes: AxesByName | None = None,
    chosen: Mapping[str, str] | None = None,
    described: Anatomy | None = None,
) -> tuple[Assignment, ...]:
    """Return what is done with every parameter, in the model's order.

    Args:
        model: a torch module.
        given: the rules.
        axes: what parameters are that are not known, by patterns of their names.
        chosen: names that are kept by default, and why; None looks at the model itself.
        described: the model's anatomy; None traces the model where the rules need it, which no
            other thread that uses torch may see.

    Raises:
        InitlabError: a parameter cannot be set; the model is as it was.
    """
    declared = {} if axes is None else named_values("axes", axes, AXES_FORM, where="initialize")
    places = _places(model, given, declared, described)
    if not places:
        raise refusal("model", "a module with parameters", type(model).__name__, kind=DataError)
    subjects = [place.subjects[0] for place in places]
    for pattern in declared:
        _check_matched("axes", Rule(pattern, ""), subjects, "keyed by names of parameters")
    for one in given.rules:
        if one.exact:
            _check_matched("rules", one, subjects, "of patterns that match a parameter")
    found: list[Assignment] = []
    without: list[str] = []
    for place in places:
        matching = given.matching(*place.subjects)
        rule = matching[-1] if matching else None
        if rule is None and given.default is None and not place.tied and place.member.trained:
            without.append(place.member.name)
            continue
        found.append(_assignment(place, rule, given, chosen))
    if without:
        raise refusal(
            "rules", "such that one matches every parameter, or with a default", str(given),
            hint=f"None matches {_listed(without)}.",
        )  # fmt: skip
    return tuple(found)


def unmatched(given: Rules, found: tuple[Assignment, ...]) -> tuple[str, ...]:
    """Return sentences about the rules that decide no parameter."""
    used = {one.row.rule for one in found}
    return tuple(f"The rule {rule} decides no parameter." for rule in map(str, given.rules)
                 if rule not in used)  # fmt: skip


def _places(
    model: Any, given: Rules, declared: Mapping[str, Any], described: Anatomy | None
) -> list[Place]:  # fmt: skip
    members = list(members_of(model))
    by_use, heads = _from_anatomy(model, given, members, described)
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
            subject = Subject(one.name, part, role, classes, owner in heads)
            place = Place(member, (subject,), declared=one.local in said)
            first, how = owners.first(one.name, one.held[0])
            leads = not first or how == STORAGE
            sharing[one.name] = ("", "") if leads else (first, how)
            groups.setdefault(one.name if leads else first, []).append(place)
            places[one.name] = place
    for group in groups.values():
        # a tied head decides the fan of its embedding, whichever is declared first
        leader = next((place for place in group if _is_weight(place)), group[0]).member.name
        view = any(sharing[place.member.name][1] == VIEW for place in group)
        for place in group:
            name = place.member.name
            others = tuple(other.subjects[0] for other in group if other is not place)
            tied = "" if name == leader else f"tied to {leader}" + ", a view of it" * view
            places[name] = replace(place, subjects=(*place.subjects, *others), tied=tied)
    return list(places.values())


def _is_weight(place: Place) -> bool:
    part = place.member.part
    return part is not None and part.role == WEIGHT


def _from_anatomy(
    model: Any, given: Rules, members: list[Member], described: Anatomy | None
) -> tuple[dict[str, Part], set[str]]:
    """Return what parameters are by their use, and the heads, where either is asked for.

    A table may be the head too, by a function: where no weight has its rows as outputs.
    """
    asked = {rule.pattern.removeprefix(ROLE) for rule in given.rules
             if rule.pattern.startswith(ROLE)}  # fmt: skip
    weights = {one.shape[0] for one in members if one.part is not None and one.part.role == WEIGHT}
    tables = [one for one in members if one.part is not None and one.part.role == TABLE
              and one.shape[0] not in weights]  # fmt: skip
    bare = any(one.part is None for one in members)
    if not (HEAD in asked or tables or (bare and asked & {*PARAMETER_ROLES})):
        return {}, set()
    found = described or anatomy_of(model, numbers=False)
    heads = {layer.name for layer in found.layers if layer.head}
    twice = {layer.name for layer in found.layers if layer.head and (layer.uses or 0) > 1}
    if HEAD in asked and not heads and found.order == DECLARED:
        hint = f"Name the layer, such as 'head.*'. {' '.join(found.notes)}"
        raise refusal("rules", "without 'role:head', which is not known of this model",
                      str(given), hint=hint)  # fmt: skip
    known = {one.name for one in members if one.part is not None}
    by_use = {one.name: one.part for one in found.parameters
              if one.part is not None and one.name not in known}  # fmt: skip
    by_use |= {one.name: weight_part(one.shape, zero_row=one.part.zero_row) for one in tables
               if one.owner in twice and one.part is not None}  # fmt: skip
    return by_use, heads


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


def _assignment(
    place: Place, rule: Rule | None, given: Rules, chosen: Mapping[str, str] | None
) -> Assignment:
    """Return what is done with one parameter."""
    member, part = place.member, place.member.part
    name, shape = member.name, member.shape
    matched = "" if rule is None else str(rule)
    role = "" if part is None else part.role
    through = "" if member.computed is None else f"through {member.computed.kind}"

    def row(done: str, law: str = "", note: str = "", **numbers: Any) -> ParameterRow:
        words = ", ".join(one for one in (note, through) if one)
        return ParameterRow(name, shape, done, law, note=words, role=role, rule=matched, **numbers)

    if place.tied:
        return Assignment(row(TIED, note=place.tied), member)
    if not member.trained:
        return Assignment(row(FROZEN), member)
    init = given.default if rule is None else rule.init
    kind = type(member.layer).__name__
    resets = init == DEFAULT and part is None and reset_of(member.layer) is not None
    if rule is None and init != KEEP and not place.declared and not resets:
        reason = chosen.get(name, "") if chosen is not None else why_kept(member)
        if reason:
            return Assignment(row(KEPT, note=reason), member)
    if init == KEEP:
        return Assignment(row(KEPT, note="by the rule" if rule else "by default"), member)
    if init == DEFAULT:
        if reset_of(member.layer) is None:
            return Assignment(row(UNKNOWN, note=f"{kind} has no reset_parameters"), member)
        _check(member)
        return Assignment(row(SET, DEFAULT, f"{kind}'s own reset"), member, reset=True)
    assert init is not None
    assert not isinstance(init, str)
    drawn = law_of(name, part, init, rule)
    if drawn is None:
        return Assignment(row(UNKNOWN, note=f"{AXES_HINT} (a parameter of {kind})"), member)
    _check_parameter(name, shape, member.tensor)
    _check(member)
    law, text = drawn
    fan = None if part is None or isinstance(law, Constant) else part.fan
    note = "" if part is None else part.stack
    if part is not None and part.zero_row is not None:
        note += f", row {part.zero_row} stays 0"
    fans = {} if fan is None else {"fan_in": fan.fan_in, "fan_out": fan.fan_out}
    moments = {} if isinstance(law, OwnLaw) else {"std": law.std, "mean": law.mean}
    return Assignment(row(SET, text, note, **fans, **moments), member, law)


def _check(member: Member) -> None:
    """Refuse a parameter that cannot be set."""
    if member.computed is not None:
        member.computed.check(f"layer {member.owner or '(the model)'!r}")
    for one in member.held:
        check_writable(member.name, one)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:LISTED]) + (", ..." if len(names) > LISTED else "")


def _check_matched(argument: str, rule: Rule, subjects: list[Subject], expected: str) -> None:
    """Refuse a pattern that matches no parameter: it is misspelt."""
    if not any(map(rule.matches, subjects)):
        names = [one.name for one in subjects]
        hint = nearest_hint(rule.pattern, names) or f"The model has {_listed(names)}."
        raise refusal(argument, expected, rule.pattern, hint=hint)


def _check_parameter(name: str, shape: tuple[int, ...], parameter: Any) -> None:
    dtype = str(parameter.dtype).removeprefix("torch.")
    if dtype not in DTYPES:
        raise refusal("dtype", "one of " + ", ".join(DTYPES), dtype, where=name)
    if 0 in shape:
        raise refusal("shape", "without an axis of size 0", shape, where=name, kind=ShapeError)
    check_size(parameter.numel(), argument="shape", value=shape)


def check_writable(name: str, parameter: Any, *, where: str = "initialize") -> None:
    """Refuse what torch will not overwrite, before anything is written."""
    torch = load_torch()
    what = ""
    if parameter.layout != torch.strided:
        what = f"a parameter of layout {parameter.layout}"
    elif parameter.is_inference():
        what = "a parameter made under torch.inference_mode"
    elif 0 in (step for step, n in zip(parameter.stride(), parameter.shape, strict=True) if n > 1):
        what = "an expanded parameter, whose entries share memory"
    if what:
        hint = "Give the layer nn.Parameter(parameter.detach().clone())."
        raise refusal(name, "a plain parameter that can be overwritten", what,
                      where=where, hint=hint, kind=DataError)  # fmt: skip


def reset_of(layer: Any) -> Any:
    """Return the layer's own reset, or None."""
    for method in RESETS:
        if callable(getattr(layer, method, None)):
            return getattr(layer, method)
    return None
