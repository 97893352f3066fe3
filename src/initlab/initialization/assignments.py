"""(model, rules) -> what is to be done with every parameter; nothing is drawn or written."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from initlab.errors import DataError, InitlabError, ShapeError, refusal
from initlab.initialization.chosen import why_kept
from initlab.initialization.own_values import OwnLaw
from initlab.initialization.part_law import law_of
from initlab.initialization.report import FROZEN, KEPT, SET, TIED, UNKNOWN, ParameterRow
from initlab.initialization.rules import DEFAULT, HEAD, KEEP, ROLE, Rule, Rules, Subject
from initlab.initializers.drawing import check_size
from initlab.initializers.laws import Constant, Law
from initlab.modules.anatomy import anatomy, check_not_lazy, layers_of, named_parts
from initlab.modules.framework import load_torch
from initlab.modules.layers import declared_part, qualified_name, role_of
from initlab.modules.sharing import Owners
from initlab.networks.anatomy import DECLARED, PARAMETER_ROLES, STORAGE, VIEW, WEIGHT, Part
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
        parameter: the torch parameter.
        law: None where nothing is drawn here.
        part: what the parameter is; None where that is not known.
        reset: whether its layer resets it.
    """

    row: ParameterRow
    parameter: Any
    law: Law | None = None
    part: Part | None = None
    reset: bool = False


@dataclass(frozen=True)
class Place:
    """Where a parameter is found.

    Attributes:
        subject: what rules are held against.
        parameter: the torch parameter.
        shape: its shape.
        layer: the torch layer that owns it.
        tied: the earlier parameter whose numbers it shares, and how; "" for none.
        declared: whether the user says what it is.
    """

    subject: Subject
    parameter: Any
    shape: tuple[int, ...]
    layer: Any
    tied: str
    declared: bool


def assignments_of(
    model: Any,
    given: Rules,
    axes: AxesByName | None = None,
    chosen: Mapping[str, str] | None = None,
) -> tuple[Assignment, ...]:
    """Return what is done with every parameter, in the model's order.

    Args:
        model: a torch module.
        given: the rules.
        axes: what parameters are that are not known, by patterns of their names.
        chosen: names that are kept by default, and why; None looks at the model itself.

    Raises:
        InitlabError: a parameter cannot be set; the model is as it was.
    """
    declared = {} if axes is None else named_values("axes", axes, AXES_FORM, where="initialize")
    places = list(_places(model, given, declared))
    if not places:
        raise refusal("model", "a module with parameters", type(model).__name__, kind=DataError)
    names = [one.subject.name for one in places]
    for pattern in declared:
        _check_matched("axes", Rule(pattern, ""), places, names, "keyed by names of parameters")
    for one in given.rules:
        if one.exact:
            _check_matched("rules", one, places, names, "of patterns that match a parameter")
    found: list[Assignment] = []
    without: list[str] = []
    for place in places:
        matching = given.matching(place.subject)
        rule = matching[-1] if matching else None
        if rule is None and given.default is None and not place.tied and _trained(place):
            without.append(place.subject.name)
            continue
        found.append(_assignment(place, rule, given, chosen))
    if without:
        names_text = ", ".join(without[:LISTED]) + (", ..." if len(without) > LISTED else "")
        raise refusal(
            "rules", "such that one matches every parameter, or with a default", str(given),
            hint=f"None matches {names_text}.",
        )  # fmt: skip
    return tuple(found)


def unmatched(given: Rules, found: tuple[Assignment, ...]) -> tuple[str, ...]:
    """Return sentences about the rules that decide no parameter."""
    used = {one.row.rule for one in found}
    return tuple(f"The rule {rule} decides no parameter." for rule in map(str, given.rules)
                 if rule not in used)  # fmt: skip


def _places(model: Any, given: Rules, declared: Mapping[str, Any]) -> Iterator[Place]:
    owners = Owners()
    by_use, heads = _from_anatomy(model, given)
    for owner, layer, owned in layers_of(model):
        _check_layer(owner, layer, owned)
        parts = named_parts(owner, layer)
        classes = tuple(map(qualified_name, type(layer).__mro__[:-1]))
        said = _declared(owner, owned, declared)
        parts |= said
        for local, parameter in owned.items():
            name = f"{owner}.{local}" if owner else local
            shape = tuple(int(width) for width in getattr(parameter, "shape", ()))
            first, how = owners.first(name, parameter)
            tied = ""
            if first and how != STORAGE:
                tied = f"tied to {first}" + (", a view of it" if how == VIEW else "")
            part = parts.get(local)
            if part is not None and math.prod(part.view or shape) != math.prod(shape):
                part = None  # its shape is not the one that is known
            part = part or by_use.get(name)
            subject = Subject(name, part, role_of(layer), classes, owner in heads)
            yield Place(subject, parameter, shape, layer, tied, local in said)


def _from_anatomy(model: Any, given: Rules) -> tuple[dict[str, Part], set[str]]:
    """Return what bare parameters are by their use, and the heads, where rules ask for either."""
    asked = {rule.pattern.removeprefix(ROLE) for rule in given.rules
             if rule.pattern.startswith(ROLE)}  # fmt: skip
    if not asked & {HEAD, *PARAMETER_ROLES}:
        return {}, set()
    found = anatomy(model)
    heads = {layer.name for layer in found.layers if layer.head}
    if HEAD in asked and not heads:
        hint = f"Name the layer, such as 'head.*'. {' '.join(found.notes)}"
        if found.order == DECLARED:
            raise refusal("rules", "without 'role:head', which is not known of this model",
                          str(given), hint=hint)  # fmt: skip
    return {one.name: one.part for one in found.parameters if one.part is not None}, heads


def _declared(owner: str, owned: Mapping[str, Any], declared: Mapping[str, Any]) -> dict[str, Part]:
    """Return what a user says that the parameters of a layer are."""
    said: dict[str, Any] = {}
    for local in owned:
        name = f"{owner}.{local}" if owner else local
        matching = [one for pattern, one in declared.items()
                    if Rule(pattern, "").matches(Subject(name))]  # fmt: skip
        if matching:
            said[local] = matching[-1]
    parts: dict[str, Part] = {}
    for local, one in sorted(said.items(), key=lambda item: item[1] == "bias"):
        beside = next((part.fan for part in parts.values() if part.role == WEIGHT), None)
        name = f"{owner}.{local}" if owner else local
        shape = tuple(int(width) for width in owned[local].shape)
        part = declared_part(one, shape, beside, argument="axes", where=name)
        parts[local] = replace(part, stack="axes given") if part.role == WEIGHT else part
    return parts


def _assignment(
    place: Place, rule: Rule | None, given: Rules, chosen: Mapping[str, str] | None
) -> Assignment:
    """Return what is done with one parameter."""
    name, shape, parameter = place.subject.name, place.shape, place.parameter
    part = place.subject.part
    matched = "" if rule is None else str(rule)
    role = "" if part is None else part.role

    def row(done: str, law: str = "", note: str = "", **numbers: Any) -> ParameterRow:
        return ParameterRow(name, shape, done, law, note=note, role=role, rule=matched, **numbers)

    if place.tied:
        return Assignment(row(TIED, note=place.tied), parameter)
    if not parameter.requires_grad:
        return Assignment(row(FROZEN), parameter)
    init = given.default if rule is None else rule.init
    kind = type(place.layer).__name__
    resets = init == DEFAULT and part is None and reset_of(place.layer) is not None
    if rule is None and init != KEEP and not place.declared and not resets:
        reason = chosen.get(name, "") if chosen is not None else why_kept(parameter, part, kind)
        if reason:
            return Assignment(row(KEPT, note=reason), parameter)
    if init == KEEP:
        return Assignment(row(KEPT, note="by the rule" if rule else "by default"), parameter)
    if init == DEFAULT:
        if reset_of(place.layer) is None:
            return Assignment(row(UNKNOWN, note=f"{kind} has no reset_parameters"), parameter)
        check_writable(name, parameter)
        return Assignment(row(SET, DEFAULT, f"{kind}'s own reset"), parameter, reset=True)
    assert init is not None
    assert not isinstance(init, str)
    drawn = law_of(name, part, init, rule)
    if drawn is None:
        return Assignment(row(UNKNOWN, note=f"{AXES_HINT} (a parameter of {kind})"), parameter)
    _check_parameter(name, shape, parameter)
    check_writable(name, parameter)
    law, text = drawn
    fan = None if part is None or isinstance(law, Constant) else part.fan
    note = "" if part is None else part.stack
    if part is not None and part.zero_row is not None:
        note += f", row {part.zero_row} stays 0"
    fans = {} if fan is None else {"fan_in": fan.fan_in, "fan_out": fan.fan_out}
    moments = {} if isinstance(law, OwnLaw) else {"std": law.std, "mean": law.mean}
    return Assignment(row(SET, text, note, **fans, **moments), parameter, law, part)


def _trained(place: Place) -> bool:
    return bool(place.parameter.requires_grad)


def _check_matched(
    argument: str, rule: Rule, places: list[Place], names: list[str], expected: str
) -> None:
    """Refuse a pattern that matches no parameter: it is misspelt."""
    if not any(rule.matches(one.subject) for one in places):
        hint = nearest_hint(rule.pattern, names)
        raise refusal(argument, expected, rule.pattern, hint=hint)


def _check_layer(owner: str, layer: Any, owned: dict[str, Any]) -> None:
    """Refuse what cannot be written: parameters without numbers, and computed weights."""
    torch = load_torch()
    where = f"layer {owner or '(the model)'!r}"
    if ".quantized" in type(layer).__module__ and type(layer).__module__.startswith("torch."):
        hint = "Its weights are whole numbers: initialize the model before it is quantized."
        shown = f"a quantized {type(layer).__name__}"
        raise refusal("model", "a module of floating-point layers", shown, where=where, hint=hint,
                      kind=DataError)  # fmt: skip
    check_not_lazy(owner, owned)
    for local, parameter in owned.items():
        if parameter.is_meta:
            hint = "Give it memory first: model.to_empty(device='cpu')."
            raise refusal(local, "on a device with numbers", "meta", where=where, hint=hint)
        old_style = local.removesuffix("_g").removesuffix("_orig")
        if old_style != local and (f"{old_style}_v" in owned or f"{old_style}_u" in layer._buffers):
            norm = "weight" if f"{old_style}_v" in owned else "spectral"
            call = f"torch.nn.utils.remove_{norm}_norm(layer, {old_style!r})"
            raise _parametrized(old_style, where, call)
    if torch.nn.utils.parametrize.is_parametrized(layer):
        local = next(iter(layer.parametrizations))
        call = f"torch.nn.utils.parametrize.remove_parametrizations(layer, {local!r})"
        raise _parametrized(local, where, call)


def _parametrized(local: str, where: str, call: str) -> InitlabError:
    hint = f"Remove the parametrization, initialize, and apply it again: {call}."
    return refusal(local, "a plain parameter", "a parametrized one", where=where, hint=hint)


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
