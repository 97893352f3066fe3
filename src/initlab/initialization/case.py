"""Text such as "W1=0,B1=0,W2=0,B2=normal" <-> an init for each parameter of a dense network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from initlab.errors import ArgumentError, InitlabError, invalid_argument
from initlab.initialization.recipes import named_recipe
from initlab.initialization.rules import (
    ASSIGNED,
    RECIPE,
    ROLE,
    Init,
    Rule,
    Rules,
    init_of,
    init_text,
    is_rule_init,
    is_rules,
    method_of,
    rules,
)
from initlab.initializers.entry import BIASES, STATISTICS
from initlab.initializers.spec import Initializer, parse, parts_of
from initlab.networks.anatomy import BIAS
from initlab.validation import nearest_hint, pairs_of

LONGEST_CASE = 2000
DEEPEST_CASE = 100  # layers
PAIRS = "a mapping or a list of pairs, such as {'W1': 0, 'W2': 'normal'}"
FORM = "an init for each parameter, such as 'W1=0,B1=0,W2=normal,B2=0'"
ZERO = Initializer("zeros")

PARAMETER = re.compile(r"(W|B|b)([1-9][0-9]?|100)", re.ASCII)


@dataclass(frozen=True)
class Case:
    """One init per parameter of a dense network, W1, B1, W2, B2, ... in this order.

    Every weight is named; a bias that is not is 0. Whatever spelling it is made from,
    equal cases are equal and print alike.

    Attributes:
        starts: (parameter, init) pairs in the order of the layers. A mapping is taken too, and
            an init may be given as a number (a constant) or as a text.

    Raises:
        ArgumentError: a name is none of a network's, given twice or missing, or an init is invalid.

    Example:
        >>> str(Case({"W2": "xavier_normal", "W1": 0.0}))
        'W1=0,B1=0,W2=glorot_normal,B2=0'
    """

    starts: tuple[tuple[str, Initializer], ...]

    def __post_init__(self) -> None:
        given: dict[str, Initializer] = {}
        for key, value in pairs_of("starts", self.starts, PAIRS, where="case"):
            name = _parameter(key)
            if name in given:
                raise invalid_argument(name, "given once", value, where="case")
            given[name] = method_of(name, value)
        depth = max((int(name[1:]) for name in given), default=1)
        missing = [f"W{k}" for k in range(1, depth + 1) if f"W{k}" not in given]
        if missing:
            hint = "Every weight must be named; a bias that is not named is 0."
            got = ",".join(given) or None
            raise invalid_argument(missing[0], "given", got, where="case", hint=hint)
        names = (f"{kind}{k}" for k in range(1, depth + 1) for kind in "WB")
        ordered = tuple((name, given.get(name, ZERO)) for name in names)
        object.__setattr__(self, "starts", ordered)

    @property
    def depth(self) -> int:
        """Number of linear layers."""
        return len(self.starts) // 2

    @property
    def rules(self) -> Rules:
        """The inits as rules of exact names, spelled as in ``draw_network``."""
        return Rules(tuple(Rule(name.replace("B", "b"), init) for name, init in self.starts))

    def __str__(self) -> str:
        return ",".join(f"{name}={init_text(init)}" for name, init in self.starts)


Start = Initializer | Case | Rules
"""What a network begins from: one init for all its weights, or rules."""


def parse_init(spec: Any) -> Start:
    """Return the init that a text means: rules, a :class:`Case` (W1, B1, ...), or one initializer.

    Args:
        spec: such as ``"he_normal"``, ``"he_normal; role:bias=0.01"`` or
            ``"W1=0,B1=0,W2=normal(std=0.1),B2=0"``, or whatever else rules take as an init; an
            object comes back as it is.

    Raises:
        ArgumentError: the text is none of these.

    Example:
        >>> str(parse_init("W2 = normal(std=1.0), W1 = 0.0"))
        'W1=0,B1=0,W2=normal,B2=0'
        >>> str(parse_init("xavier_normal"))
        'glorot_normal'
    """
    found: Any = spec
    if isinstance(spec, str):
        if spec.strip().startswith(RECIPE):
            name, *more = parts_of(spec.strip().removeprefix(RECIPE), ";")
            found = named_recipe(name)
            found = rules("; ".join((str(found), *more))) if "".join(more).strip() else found
        elif is_rules(spec) or is_rule_init(spec):
            found = rules(spec)
        elif ASSIGNED.match(spec):
            pairs = _pairs(spec)
            if not all(name for name, _ in pairs):
                hint = 'A "=" has no pattern before it.'
                raise invalid_argument(
                    "rules", "a text such as 'he_normal; *.bias=0'", spec, hint=hint
                )
            if not any("." in name for name, _ in pairs):
                return parse_case(spec)
            found = rules(pairs)  # of exact names, those of a PyTorch model
    elif isinstance(spec, Mapping):
        hint = "Turn the mapping into rules first: initlab.rules({...}, default=...)."
        raise invalid_argument(
            "init", "a text, rules, an initializer or a function", spec, hint=hint
        )
    elif (isinstance(spec, float | int) and not isinstance(spec, bool)) or (
        callable(spec) and not isinstance(spec, type | Initializer)
    ):
        found = rules(default=spec)
    if isinstance(found, Rules):
        alone = not found.rules and isinstance(found.default, Initializer)
        return found.default if alone else found  # type: ignore[return-value]
    return spec if isinstance(spec, Case) else parse(spec)


def rules_of(parsed: Start, bias_init: Any = None) -> Rules:
    """Return an init as rules; ``bias_init`` is the weakest of them, "role:bias".

    Raises:
        ArgumentError: ``bias_init`` is refused, or given beside a case.
    """
    if isinstance(parsed, Case) and bias_init is not None:
        raise invalid_argument("bias_init", "left out, because the init names each parameter",
                               bias_init, where=str(parsed),
                               hint="Name each bias in the init, such as B1=0.")  # fmt: skip
    if isinstance(parsed, Case):
        return parsed.rules
    found = Rules((), parsed) if isinstance(parsed, Initializer) else parsed
    method = found.default
    if isinstance(method, Initializer) and method.sets:
        hint = f"{method.name} sets only {method.sets}. {_as_rule('he_normal', method)}"
        raise invalid_argument("init", "an init for weights", str(parsed), hint=hint)
    if bias_init is None:
        return found
    biases = bias_init_of(bias_init)
    if isinstance(biases, Initializer) and biases.needs_data:
        hint = _as_rule(str(found), biases) if biases.sets else ""
        raise invalid_argument(
            "bias_init", "a method that needs no data", str(bias_init), hint=hint
        )
    return replace(found, rules=(Rule(f"{ROLE}{BIAS}", biases), *found.rules))


def _as_rule(text: str, method: Initializer) -> str:
    """Return a hint: where a method stands that sets only biases, or only statistics."""
    pattern = {BIASES: "role:head", STATISTICS: "role:norm"}[method.sets]
    return f"Give {method.name} in a rule, as in '{text}; {pattern}={method}'."


def bias_init_of(value: Any) -> Init:
    """Return the init of biases that a value means: whatever a rule in a text takes.

    Raises:
        ArgumentError: it is refused.
    """
    expected = "an init, such as 'zeros', 0.1 or 'keep'"
    if isinstance(value, bool) or not isinstance(value, str | int | float | Initializer):
        raise invalid_argument("bias_init", expected, value)
    try:
        return init_of("bias_init", value)
    except InitlabError as error:
        if error.argument != "init":
            raise
        words = str(error).removeprefix("bias_init: ")
        raise ArgumentError(f"bias_{words}", argument="bias_init", value=value,
                            expected=error.expected) from None  # fmt: skip


def parse_case(spec: Any) -> Case:
    """Return the case that a text means; a ``Case`` comes back as it is.

    Raises:
        ArgumentError: the text is no list of ``name=init``, or :class:`Case` refuses it.
    """
    if isinstance(spec, Case):
        return spec
    if not isinstance(spec, str):
        raise invalid_argument("case", FORM, spec)
    return Case(_pairs(spec))  # type: ignore[arg-type]  # texts become inits there


def _pairs(spec: str) -> tuple[tuple[str, str], ...]:
    """Return the (name, init) pairs of a text, separated by commas."""
    if len(spec) > LONGEST_CASE:
        raise invalid_argument("case", f"at most {LONGEST_CASE} characters long", spec)
    pairs = []
    for part in parts_of(spec):
        name, equals, init = part.partition("=")
        if not equals or not init.strip():
            raise invalid_argument(
                "case", FORM, spec, hint=f"{part.strip()!r} is not of the form name=init."
            )
        pairs.append((name.strip(), init.strip()))
    return tuple(pairs)


def parameter_words(widths: Sequence[int]) -> str:
    """Return the sentence that names the parameters of a network."""
    layers = len(widths) - 1
    names = [f"{kind}{k}" for k in range(1, layers + 1) for kind in "WB"]
    shown = names if layers <= 3 else [*names[:2], "...", *names[-2:]]
    return f"The network {list(widths)} has the parameters {', '.join(shown)}."


def _parameter(name: Any) -> str:
    match = PARAMETER.fullmatch(name) if isinstance(name, str) else None
    if match is None:
        hint = nearest_hint(name.upper(), ["W1", "B1"]) if isinstance(name, str) else ""
        if isinstance(name, str) and PARAMETER.fullmatch(name.upper()):
            hint = f"Did you mean {name.upper()!r}?"
        expected = f"W1, B1, W2, B2, ... up to layer {DEEPEST_CASE}"
        raise invalid_argument("parameter", expected, name, where="case", hint=hint)
    return match[1].upper() + match[2]
