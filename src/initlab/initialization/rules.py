"""Text or mapping <-> rules: which parameters of a network begin from which init.

``"he_normal; role:embedding=normal(std=0.02); *.gate=keep"``: the one item without "=" is the
default, wherever it stands; every other is a pattern and an init. The last rule that matches a
parameter decides.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from initlab.errors import InitlabError, invalid_argument
from initlab.initialization.by_place import ByPlace, placed_of
from initlab.initialization.depth_scaled import DepthScaled
from initlab.initialization.user_values import UserArray, UserFunction
from initlab.initializers.entry import BIASES, STATISTICS
from initlab.initializers.spec import Initializer, parse, parts_of
from initlab.networks.anatomy import BIAS, LAYER_ROLES, PARAMETER_ROLES, Part
from initlab.references import is_reference
from initlab.validation import flag, one_of, pairs_of

LONGEST = 2000  # characters
DOUBLES = 10  # parameters that several rules match, in a message
KEEP, DEFAULT, AUTO = "keep", "default", "auto"  # leave; the layer's own reset; by its place
WORDS = (KEEP, DEFAULT, AUTO)
ROLE, CLASS = "role:", "class:"
RECIPE = "recipe:"  # begins a text that names one
FIRST, HEAD, RESIDUAL = PLACES = "first", "head", "residual"  # roles by place in the network
ROLES = (*LAYER_ROLES, *PARAMETER_ROLES, *PLACES)
FORM = "a mapping such as {'*.bias': 0, nn.LayerNorm: 'keep', 'role:head': 'zeros'}"
TEXT = "a text such as 'he_normal; role:embedding=normal(std=0.02); *.gate=keep'"

ASSIGNED = re.compile(r"[^=(;]*=")  # no initializer's text has "=" before a bracket
WILD = re.compile(r"[*?\[]")
ENTRY = re.compile(r"(.+?)\[\s*(\d+)\s*,\s*(\d+)\s*\]", re.ASCII)  # a glob's class has no comma
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:inf|nan)", re.ASCII)

Init = Initializer | ByPlace | DepthScaled | UserFunction | UserArray | str
"""What a parameter begins from; of texts only :data:`WORDS`."""


@dataclass(frozen=True)
class Subject:
    """What a pattern is held against: one parameter and its layer.

    Attributes:
        name: qualified name of the parameter.
        part: what the parameter is to its layer, where that is known.
        layer_role: role of the layer.
        classes: qualified names of the layer's class and its bases.
        head: whether the layer's outputs are the network's.
        residual: whether the layer ends a residual branch.
        statistics: whether it is a running statistic, and no parameter.
        first: whether the layer is the first with a weight to be computed.
    """

    name: str
    part: Part | None = None
    layer_role: str = ""
    classes: tuple[str, ...] = ()
    head: bool = False
    residual: bool = False
    statistics: bool = False
    first: bool = False


@dataclass(frozen=True)
class Rule:
    """One pattern and the init of the parameters that it matches.

    Attributes:
        pattern: a glob over qualified names of parameters, such as ``*.attn.*.weight``; "class:"
            and the name of a layer's class; "role:" and a role of a layer or a parameter; or one
            entry of a dense network's parameter, such as ``W1[0,1]``.
        init: what they begin from.
    """

    pattern: str
    init: Init

    @property
    def of_layers(self) -> bool:
        """Whether it names layers: their biases then follow the init's rule for biases."""
        role = self.pattern.removeprefix(ROLE)
        return self.pattern.startswith(CLASS) or (
            self.pattern.startswith(ROLE) and role not in PARAMETER_ROLES
        )

    @property
    def exact(self) -> bool:
        """Whether it can name one parameter alone."""
        return not self.pattern.startswith((ROLE, CLASS)) and not WILD.search(self.pattern)

    @functools.cached_property
    def entry(self) -> tuple[str, tuple[int, int]] | None:
        """Parameter, row and column of the one entry that it sets; None of whole parameters."""
        found = ENTRY.fullmatch(self.pattern)
        return None if found is None else (found[1], (int(found[2]), int(found[3])))

    def decides(self, subject: Subject) -> bool:
        """Whether the rule is about this parameter, and its init is for such ones."""
        sets = self.init.sets if isinstance(self.init, Initializer) else ""
        if subject.statistics != (sets == STATISTICS):
            return False
        bias = subject.part is not None and subject.part.role == BIAS
        return self.matches(subject) and (bias or sets != BIASES)

    def matches(self, subject: Subject) -> bool:
        """Whether the pattern is about this whole parameter."""
        if self.entry is not None:
            return False
        if self.pattern.startswith(ROLE):
            role = self.pattern.removeprefix(ROLE)
            own = subject.part.role if subject.part is not None else ""
            places = {FIRST: subject.first, HEAD: subject.head, RESIDUAL: subject.residual}
            return role in (own, subject.layer_role) or places.get(role, False)
        if self.pattern.startswith(CLASS):
            name = self.pattern.removeprefix(CLASS)
            return any(fnmatchcase(one if "." in name else _last(one), name)
                       for one in subject.classes)  # fmt: skip
        # "*.bias" is also the bias of a layer that has no name
        return any(fnmatchcase(name, self.pattern) for name in (subject.name, f".{subject.name}"))

    def __str__(self) -> str:
        return f"{self.pattern}={init_text(self.init)}"


@dataclass(frozen=True)
class Rules:
    """Which parameters begin from which init; see :func:`rules`.

    Equal rules print alike, and the text means the same rules again.

    Attributes:
        rules: in the order written; the last that matches decides.
        default: init of the parameters that none matches; None refuses such parameters.
        strict: whether a parameter that two rules match is refused.
    """

    rules: tuple[Rule, ...] = ()
    default: Init | None = None
    strict: bool = field(default=False, compare=False)

    def matching(self, subject: Subject, *others: Subject) -> list[Rule]:
        """Return the rules that match a parameter, or others of its numbers; the last decides."""
        return [rule for rule in self.rules if any(map(rule.decides, (subject, *others)))]

    @property
    def entries(self) -> dict[str, dict[tuple[int, int], float]]:
        """The entries that have rules of their own: parameter -> (row, column) -> number."""
        found: dict[str, dict[tuple[int, int], float]] = {}
        for rule in self.rules:
            if rule.entry is not None:
                name, place = rule.entry
                found.setdefault(name, {})[place] = float(init_text(rule.init))
        return found

    def refuse_doubles(self, matching: Mapping[str, Sequence[Rule]]) -> None:
        """Refuse parameters that several rules match, by name, where the rules are strict."""
        doubles = {name: found for name, found in matching.items() if len(found) > 1}
        if self.strict and doubles:
            listed = [f"{' and '.join(map(str, found))} match {name}"
                      for name, found in doubles.items()]  # fmt: skip
            count = len(listed) - DOUBLES
            more = (
                f"; several rules match {count} more parameter{'s' * (count != 1)}"
                if count > 0
                else ""
            )
            hint = f"{'; '.join(listed[:DOUBLES])}{more}."
            expected = "such that at most one rule matches each parameter, because strict=True"
            raise invalid_argument("rules", expected, str(self), hint=hint)

    def of(self, rule: Rule | None) -> Init | None:
        """Return the init that a rule names; of None, the default."""
        return self.default if rule is None else rule.init

    @property
    def inits(self) -> tuple[Init, ...]:
        """Every init that is named."""
        own = tuple(rule.init for rule in self.rules)
        return own if self.default is None else (self.default, *own)

    @property
    def roles(self) -> frozenset[str]:
        """Roles that patterns name."""
        return frozenset(rule.pattern.removeprefix(ROLE) for rule in self.rules
                         if rule.pattern.startswith(ROLE))  # fmt: skip

    @property
    def by_place(self) -> bool:
        """Whether the places of layers in the network decide."""
        named = not self.roles.isdisjoint(PLACES)
        return named or AUTO in self.inits or self.by_branch

    @property
    def by_branch(self) -> bool:
        """Whether a method counts the residual branches of the network."""
        return any(isinstance(one, ByPlace) and one.in_branches for one in self.inits)

    @property
    def needs_data(self) -> tuple[str, ...]:
        """The inits that look at data."""
        found = (one for one in self.inits if isinstance(one, Initializer) and one.needs_data)
        return tuple(dict.fromkeys(map(str, found)))

    def __str__(self) -> str:
        default = [] if self.default is None else [str(self.default)]
        words = "; ".join([*default, *map(str, self.rules)])
        return words if not self.rules or is_rules(words) else f"{words};"


def rules(given: Any = (), *, default: Any = None, strict: bool = False) -> Rules:
    """Return rules: which parameters of a network get which init.

    ``initialize``, ``compare``, ``--init`` and study files take the same rules, as an object or as
    a text. A rule applies to every parameter that its pattern matches; of several the last decides.
    A parameter that none matches begins from ``default``; without one it is refused.

    Args:
        given: a mapping from patterns to inits, in order, or a text. A pattern is a glob over
            qualified names of parameters (``"*.attn.*.weight"``), a class of layers
            (``nn.LayerNorm``, ``"class:LayerNorm"``), or ``"role:"`` with a role of
            :func:`initlab.anatomy`: of layers (linear, conv, embedding, norm, attention, first:
            the first with a weight to be computed, head, residual: the end of a residual branch,
            ...) or of parameters (weight, bias, scale, gate, table). In a dense network it may be
            one entry too, ``"W1[0,1]"``, whose init is a number. An init is a method of the
            catalogue, a number, "auto" (chosen by its place in the network),
            "depth_scaled(std=0.02)" (over the square root of the number of weights that take it),
            "keep" (left as it is), "default" (the layer's own reset), an array, or a function
            ``(shape, fan, generator) -> array``. For a pattern that names layers, biases follow the
            method's own distribution for biases, usually zeros. In a text the one item without "="
            is the default, wherever it stands.
        default: the init of all other parameters. Their biases become zeros, norms 1 and 0, and
            constants that the author of the model chose are kept; a function sets biases and norms
            too.
        strict: refuse a parameter that two rules match.

    Raises:
        ArgumentError: a pattern or an init is refused.

    Example:
        >>> found = rules({"role:embedding": "normal(std=0.02)", "*.bias": 0}, default="he_normal")
        >>> str(found)
        'he_normal; role:embedding=normal(std=0.02); *.bias=0'
        >>> rules(str(found)) == found
        True
    """
    flag("strict", strict, where="rules")
    place = "default"
    if isinstance(given, Rules):
        given, default = given.rules, given.default if default is None else default
        given = [(rule.pattern, rule.init) for rule in given]
    elif isinstance(given, str):
        given, own = _items(given)
        place = 'the part without "="' if own is not None else place
        if own is not None and default is not None:
            expected = f"left out, because the text of the rules has the default {own!r}"
            raise invalid_argument("default", expected, default, where="rules")
        default = own if default is None else default
    pairs = pairs_of("rules", given, FORM, where="rules")
    listed = tuple(_rule(pattern_of(key), one) for key, one in pairs)
    if not listed and default is None:
        raise invalid_argument("rules", "at least one rule, unless a default is given", given)
    return Rules(listed, None if default is None else init_of(place, default), strict)


def _rule(pattern: str, value: Any) -> Rule:
    rule = Rule(pattern, init_of(pattern, value))
    if rule.entry is not None and not NUMBER.fullmatch(init_text(rule.init)):
        raise invalid_argument(pattern, "a number", value, where="rules")
    return rule


def is_rules(text: str) -> bool:
    """Whether a text has several items, or one with a pattern that is no name of a case."""
    items = list(parts_of(text, ";"))
    if len(items) > 1:
        return True
    alone = len(list(parts_of(text))) == 1
    pattern = text.partition("=")[0].strip()
    return bool(ASSIGNED.match(text)) and alone and not re.fullmatch(r"([BbWw]\d+)?", pattern)


def is_rule_init(text: str) -> bool:
    """Whether a text that stands alone is an init of rules that the catalogue has not."""
    found = text.strip()
    if found in WORDS or NUMBER.fullmatch(found) or placed_of(found) is not None:
        return True
    named = is_reference(found) and not found.startswith((ROLE, CLASS)) and "(" not in found
    return (named and not ASSIGNED.match(found)) or DepthScaled.names(found)


def pattern_of(given: Any) -> str:
    """Return a pattern in canonical spelling."""
    if isinstance(given, type):
        if not hasattr(given, "named_parameters"):
            expected = "a class of layers, such as nn.LayerNorm"
            raise invalid_argument("pattern", expected, given, where="rules")
        own = given.__module__.startswith("torch.nn.")
        given = CLASS + (given.__name__ if own else f"{given.__module__}.{given.__qualname__}")
    expected = 'a glob such as "*.bias", a class of layers, or a role such as "role:head"'
    if not isinstance(given, str) or not given.strip() or re.search(r"[=;\n]", given.strip()):
        raise invalid_argument("pattern", expected, given, where="rules")
    pattern = ENTRY.sub(r"\1[\2,\3]", given.strip())
    for kind in (ROLE, CLASS):
        if pattern.startswith(kind):
            pattern = kind + pattern.removeprefix(kind).strip()
    role = pattern.removeprefix(ROLE)
    if pattern.startswith(ROLE) and role not in ROLES:
        one_of("role", role, ROLES, where="rules")
    if pattern == CLASS:
        raise invalid_argument("pattern", expected, given, where="rules")
    return pattern


def init_of(place: str, value: Any) -> Init:
    """Return the init that a value means: a method, a number, a word, an array, a function.

    Args:
        place: the parameter or pattern that it is for, which a message names.
        value: what was given.
    """
    if isinstance(value, UserFunction | UserArray | DepthScaled | ByPlace):
        return value
    if isinstance(value, str):
        value = value.strip()
        if value in WORDS:
            return str(value)
        if (scaled := DepthScaled.of(value)) is not None:
            return scaled
        if value.startswith(RECIPE):
            raise invalid_argument(
                "init", "a single init, but a recipe is a set of rules", value, where=place,
                hint="A recipe can stand only at the beginning of a text for initialize or "
                f"--init, such as '{value}; *.bias=0'.",
            )  # fmt: skip
        if is_reference(value) and "(" not in value:
            return UserFunction.named(value)
        if (by_place := placed_of(value)) is not None:
            return by_place
    elif callable(value) and not isinstance(value, type | Initializer):
        return UserFunction.of(value)
    elif UserArray.is_one(value):
        return UserArray.of(place, value)
    return method_of(place, value)


def method_of(place: str, value: Any) -> Initializer:
    """Return the method of the catalogue that a text or a number means."""
    if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
        value = float(value)
    try:
        if isinstance(value, int | float):
            init = Initializer("constant", (("value", value),))
        else:
            init = parse(value)
    except InitlabError as error:  # the same facts, and the parameter they are about
        raise type(error)(
            f"{place}: {error}",
            argument=error.argument,
            value=error.value,
            expected=error.expected,
            where=place,
        ) from None
    if init.name == "constant":
        value = dict(init.arguments)["value"]
        return Initializer({0: "zeros", 1: "ones"}[value]) if value in (0, 1) else init
    return init


def init_text(init: Init) -> str:
    """Return an init as it stands behind a "=": constants as numbers."""
    if not isinstance(init, Initializer):
        return str(init)
    if init.name == "constant":
        return repr(dict(init.arguments)["value"])
    return {"zeros": "0", "ones": "1"}.get(init.name, str(init))


def _items(text: str) -> tuple[Sequence[tuple[str, str]], str | None]:
    """Return the (pattern, init) pairs of a text, and its default."""
    if len(text) > LONGEST:
        raise invalid_argument("rules", f"at most {LONGEST} characters long", text)
    pairs: list[tuple[str, str]] = []
    default = None
    for item in parts_of(text, ";"):
        pattern, equals, init = item.partition("=")
        if ASSIGNED.match(item) and init.strip():
            pairs.append((pattern, init))
        elif item.strip() and default is None and not (equals and ASSIGNED.match(item)):
            default = item.strip()
        elif item.strip() or (not pairs and default is None):
            second = default is not None and not equals
            hint = f"{item.strip()!r} is not of the form pattern=init."
            if second:
                hint = f'Only one part may have no "="; {default!r} and {item.strip()!r} have none.'
            raise invalid_argument("rules", TEXT, text, hint=hint)
    return pairs, default


def _last(name: str) -> str:
    return name.rpartition(".")[2]
