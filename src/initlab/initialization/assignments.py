"""(model, rules) -> what is to be done with every parameter; nothing is drawn or written."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from initlab.errors import DataError, ShapeError, invalid_argument
from initlab.initialization.auto import choose
from initlab.initialization.by_place import ByPlace, Position, layers_beside, positions
from initlab.initialization.chosen import CHOSEN, chosen_in, constant_in
from initlab.initialization.depth_scaled import DepthScaled
from initlab.initialization.members import Member
from initlab.initialization.part_distribution import distribution_of
from initlab.initialization.places import AXES_FORM, AxesByName, Place, places_of
from initlab.initialization.report import FROZEN, KEPT, SET, TIED, UNKNOWN, ParameterRow
from initlab.initialization.rules import (
    AUTO,
    DEFAULT,
    KEEP,
    RESIDUAL,
    ROLE,
    Rule,
    Rules,
    Subject,
)
from initlab.initialization.user_values import UserDistribution
from initlab.initializers.distributions import Constant, Distribution
from initlab.initializers.drawing import check_size
from initlab.initializers.entry import STATISTICS, TABLES
from initlab.initializers.registry import find
from initlab.initializers.spec import Initializer
from initlab.modules.framework import load_torch
from initlab.networks.anatomy import BIAS, GATE, LOOKUP, SCALE, WEIGHT, Anatomy, Layer, Part
from initlab.validation import first_of, named_values, nearest_hint

DTYPES = ("float64", "float32", "float16", "bfloat16")
# what to give for a parameter of a class
OPEN = "initlab does not know the usual value of this {2} of {0}; give a number or 'keep' in a rule"
OPEN_VECTOR = (
    "initlab does not know the role of this parameter of {0}; give axes={{'{1}': 'bias'}} or "
    "axes={{'{1}': 'scale'}}, or give a number in a rule"
)
OPEN_WEIGHT = (
    "initlab does not know the input and output axes of this parameter of {0}; give them, such as "
    "axes={{'{1}': {{'in_axis': 1, 'out_axis': 0}}}}, or give a number in a rule"
)
KEPT_BY_DEFAULT = "kept by the init keep, which applies to all parameters that no rule matches"
RESETS = ("reset_parameters", "_reset_parameters")


@dataclass(frozen=True)
class Assignment:
    """One parameter: its row of the report and, where it is to be drawn, the distribution.

    Attributes:
        row: what the report says.
        member: the parameter.
        distribution: None where nothing is drawn here.
        reset: whether its layer resets it.
        on_data: the method that looks at data once all parameters are drawn; None for none.
    """

    row: ParameterRow
    member: Member
    distribution: Distribution | None = None
    reset: bool = False
    on_data: Initializer | None = None


@dataclass(frozen=True)
class Network:
    """What is said of a parameter's surroundings.

    Attributes:
        layers: of the anatomy, by name; empty where no rule asks for it.
        branches: number of residual branches.
        scaled: number of weights that take "depth_scaled".
        numbers: by parameter, the number of its layer and how many there are, where it has one.
    """

    layers: Mapping[str, Layer]
    branches: int
    scaled: int
    numbers: Mapping[str, tuple[int, int]]

    def position(self, member: Member) -> Position:
        """Return where a weight stands."""
        numbered = self.numbers.get(member.name)
        layer, layers = numbered or (None, layers_beside(member.name, self.numbers))
        known = self.layers.get(member.owner)
        depth = 0 if known is None else known.branch_depth
        return Position(layer, layers, self.branches, depth)


def assignments_of(
    model: Any,
    given: Rules,
    axes: AxesByName | None = None,
    chosen: Mapping[str, str] | None = None,
    described: Anatomy | None = None,
) -> tuple[tuple[Assignment, ...], bool]:
    """Return what is done with every parameter, in the model's order.

    Beside it stands whether the order of computation is known, where a rule asks for it.

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
    places, layers = places_of(model, given, declared, described)
    if not places:
        raise invalid_argument(
            "model", "a module with parameters", type(model).__name__, kind=DataError
        )
    subjects = [place.subjects[0] for place in places]
    for pattern in declared:
        _check_matched(
            "axes", Rule(pattern, ""), subjects,
            "given only keys that match a parameter of the model",
        )  # fmt: skip
    for one in given.rules:
        if one.entry is not None:
            expected = (
                "for whole parameters (rules for a single entry work only in the dense networks "
                "that initlab builds itself)"
            )
            raise invalid_argument("rules", expected, str(one))
        if one.exact and not (isinstance(one.init, Initializer) and one.init.sets == STATISTICS):
            _check_matched(
                "rules", one, subjects, "given only patterns that match a parameter of the model"
            )
    decided: list[tuple[Place, Rule | None]] = []
    without: list[str] = []
    matching = {place.member.name: [] if place.within else given.matching(*place.subjects)
                for place in places}  # fmt: skip
    given.refuse_doubles(matching)
    for place in places:
        rule = next(reversed(matching[place.member.name]), None)
        if rule is None and given.default is None and not place.tied and place.member.trained:
            without.append(place.member.name)
        decided.append((place, rule))
    if without:
        raise invalid_argument(
            "rules", "complete, with a rule for every parameter or a default init", str(given),
            hint=f"No rule matches {first_of(without)}.",
        )  # fmt: skip
    network = Network(
        layers, sum(_branches(layer) for layer in layers.values()),
        sum(isinstance(given.of(rule), DepthScaled) and not place.tied and place.member.is_weight
            for place, rule in decided),
        positions(place.member.name for place in places),
    )  # fmt: skip
    kept = chosen_in([place.member for place in places]) if chosen is None else chosen
    found = tuple(_assignment(place, rule, given, kept, network) for place, rule in decided)
    return found, not layers or any(layer.uses is not None for layer in layers.values())


def unmatched(
    given: Rules, found: tuple[Assignment, ...], statistics: Collection[Rule] = (), *,
    in_order: bool = True,
) -> tuple[str, ...]:  # fmt: skip
    """Return sentences about the rules that apply to no parameter, if there are any.

    Args:
        given: the rules.
        found: what is done with every parameter.
        statistics: the rules that decide running statistics.
        in_order: whether the order of computation is known.
    """
    used = {one.row.rule for one in found} | {str(one) for one in statistics}
    left = {text: rule.init for rule in given.rules if (text := str(rule)) not in used}
    idle = [*left]
    if not idle:
        return ()
    one = f"The rule {idle[0]} applies to no parameter."
    words = one if len(idle) == 1 else f"These rules apply to no parameter: {'; '.join(idle)}."
    limits = (f" {init.name} sets only {init.sets}." for init in left.values()
              if isinstance(init, Initializer) and init.sets)  # fmt: skip
    words += "".join(dict.fromkeys(limits))
    if in_order or not any(text.startswith(f"{ROLE}{RESIDUAL}=") for text in idle):
        return (words,)
    why = (
        "torch.fx cannot trace the model, so initlab does not know where residual branches end. "
        "Give a batch of inputs: data=batch in Python, --data in a shell."
    )
    return words, why


def _branches(layer: Layer) -> int:
    """Return how many residual branches end in a layer."""
    own = [one.use.residual for one in layer.parameters if one.use is not None]
    return sum(own) if own else int(layer.residual)


def _assignment(
    place: Place, rule: Rule | None, given: Rules, kept: Mapping[str, str],
    network: Network,
) -> Assignment:  # fmt: skip
    """Return what is done with one parameter."""
    member, part = place.member, place.member.part
    name, shape = member.name, member.shape
    matched = "" if rule is None else str(rule)
    through = "" if member.computed is None else f"computed by {member.computed.kind}"

    def row(done: str, distribution: str = "", note: str = "", **numbers: Any) -> ParameterRow:
        words = "; ".join(one for one in (note, through) if one)
        return ParameterRow(
            name, shape, done, distribution, note=words, role=member.role, rule=matched, **numbers
        )

    if place.tied:
        return Assignment(row(TIED, note=place.tied), member)
    if not member.trained:
        note = "" if rule is None else "requires_grad is False, so the rule does not apply"
        return Assignment(row(FROZEN, note=note), member)
    init = given.of(rule)
    kind = type(member.layer).__name__
    resets = init == DEFAULT and part is None and reset_of(member.layer) is not None
    if rule is None and init != KEEP and not place.declared and not resets:
        reason = kept.get(name, "")
        if reason:
            return Assignment(row(KEPT, note=reason), member)
        if part is not None and part.kept:
            words = (
                f"left to the model's own code, which sets this parameter ({part.kept}); to set "
                "it with initlab, name an init for it in a rule"
            )
            return Assignment(row(UNKNOWN, note=words), member)
    if init == KEEP:
        return Assignment(row(KEPT, note="kept by the rule" if rule else KEPT_BY_DEFAULT), member)
    if init == DEFAULT:
        if rule is None and _is_beside_kept(member, kept):
            note = f"{CHOSEN} each number is 0, as in the weight of this layer"
            return Assignment(row(KEPT, note=note), member)
        if reset_of(member.layer) is None:
            usual = None if part is None else part.value
            advice = "another init" if usual is None else f"the number {usual:g}"
            words = (
                f"{kind} has no method reset_parameters, which the init default calls; give this "
                f"parameter {advice} in a rule"
            )
            return Assignment(row(UNKNOWN, note=words), member)
        _check(member)
        return Assignment(row(SET, DEFAULT, f"{kind}'s own reset"), member, reset=True)
    reason = ""
    if init == AUTO:
        rule = None  # biases and norms are set as by a default
        init, reason = _automatic(place, network)
    elif isinstance(init, ByPlace):
        init, reason = (
            _completed(init, place, rule, network),
            f"chosen by the init {init} according to this parameter's place in the model",
        )
    elif isinstance(init, DepthScaled) and network.scaled > 1:
        reason = (
            f"std divided by sqrt({network.scaled}), because {network.scaled} weights have this "
            "init"
        )
    assert init is not None
    assert not isinstance(init, str)
    if isinstance(init, Initializer) and find(init.name).family == TABLES:
        part = _as_table(part, place)
    drawn = distribution_of(name, part, init, rule, network.scaled)
    if drawn is None:
        vector = part is None and max(shape, default=1) == math.prod(shape)
        words = OPEN_VECTOR if vector else OPEN_WEIGHT
        words = OPEN if member.role in (SCALE, GATE, BIAS) else words
        return Assignment(row(UNKNOWN, note=words.format(kind, name, member.role)), member)
    _check_parameter(name, shape, member.tensor)
    _check(member)
    distribution, text = drawn
    fan = None if part is None or isinstance(distribution, Constant) else part.fan
    stack = "" if part is None else part.stack
    if ", " in stack and max(map(len, stack.split(", "))) == 1:  # gates, or projections
        stack = f"packed: {stack}"
    padding = None if part is None else part.zero_row
    zero = "" if padding is None else f"row {padding} (padding_idx) is filled with zeros"
    note = "; ".join(one for one in (stack, zero, reason) if one)
    fans = {} if fan is None else {"fan_in": fan.fan_in, "fan_out": fan.fan_out}
    moments = (
        {}
        if isinstance(distribution, UserDistribution)
        else {"std": distribution.std, "mean": distribution.mean}
    )
    data = init if isinstance(init, Initializer) and init.needs_data else None
    if data is not None and not (data.sets or text.startswith(str(data))):
        data = None  # a bias or a norm, which the method leaves at its usual constant
    return Assignment(row(SET, text, note, **fans, **moments), member, distribution, on_data=data)


def _as_table(part: Part | None, place: Place) -> Part | None:
    """Return what a weight is with the fans of the table that shares its numbers, if one does."""
    parts = (one.part for one in place.subjects if one.part is not None)
    table = next((one for one in parts if one.role == LOOKUP), part)
    return part if part is None or table is None else replace(part, fan=table.fan)


def _is_beside_kept(member: Member, kept: Mapping[str, str]) -> bool:
    """Whether a bias of 0 stands beside a weight of 0 that is kept: its reset would draw it."""
    part = member.part
    if part is None or part.role != BIAS or part.value is not None:
        return False
    if constant_in(member.tensor) != 0:
        return False
    inside = f"{member.owner}." if member.owner else ""
    others = (name for name in kept if name.startswith(inside))
    weights = dict(member.layer.named_parameters(recurse=False))
    return any(constant_in(weights[local]) == 0 for name in others
               if (local := name.removeprefix(inside)) in weights)  # fmt: skip


def _completed(
    init: ByPlace, place: Place, rule: Rule | None, network: Network
) -> Initializer:  # fmt: skip
    """Return a method with what the weight's place gives; for what is no weight, that of zeros."""
    member, usual = place.member, rule is None or rule.of_layers
    if usual and not member.is_weight:
        return Initializer("zeros")
    return init.init(network.position(member), member.name)


def _automatic(place: Place, network: Network) -> tuple[Initializer, str]:
    """Return the method that suits a weight, and why; for what is no weight, that of its layer."""
    member, roles = place.member, {one.part.role for one in place.subjects if one.part is not None}
    if not member.is_weight:
        return Initializer("lecun_normal"), ""
    tied = {WEIGHT, LOOKUP} <= roles
    layer = network.layers.get(member.owner)
    if layer is not None:
        layer = layer.around(member.name)
    table = member.role == LOOKUP
    return choose(member.local, layer, table=table, tied=tied, branches=network.branches)


def _check(member: Member) -> None:
    """Refuse a parameter that cannot be set."""
    if member.computed is not None:
        member.computed.check(f"layer {member.owner!r}" if member.owner else "the model itself")
    for one in member.held:
        check_writable(member.name, one)


def _check_matched(argument: str, rule: Rule, subjects: list[Subject], expected: str) -> None:
    """Refuse a pattern that matches no parameter: it is misspelt."""
    if not any(map(rule.matches, subjects)):
        names = [one.name for one in subjects]
        hint = nearest_hint(rule.pattern, names) or f"Parameters of the model: {first_of(names)}."
        raise invalid_argument(argument, expected, rule.pattern, hint=hint)


def _check_parameter(name: str, shape: tuple[int, ...], parameter: Any) -> None:
    dtype = str(parameter.dtype).removeprefix("torch.")
    if dtype not in DTYPES:
        raise invalid_argument("dtype", "one of " + ", ".join(DTYPES), dtype, where=name)
    if 0 in shape:
        raise invalid_argument(
            "shape", "without an axis of size 0", shape, where=name, kind=ShapeError
        )
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
        copied = "clone" if parameter.layout == torch.strided else "to_dense"
        hint = f"Replace the parameter by nn.Parameter(parameter.detach().{copied}())."
        raise invalid_argument(name, "a plain parameter that can be overwritten", what, got=what,
                               where=where, hint=hint, kind=DataError)  # fmt: skip


def reset_of(layer: Any) -> Any:
    """Return the layer's own reset, or None."""
    for method in RESETS:
        if callable(getattr(layer, method, None)):
            return getattr(layer, method)
    return None
