"""Text such as "W1=0,B1=0,W2=0,B2=normal" <-> a start for each parameter of a dense network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from initlab.errors import InitlabError, refusal
from initlab.initializers.fan import Fan
from initlab.initializers.laws import Law
from initlab.initializers.layer_dims import checked_layer_dims
from initlab.initializers.spec import Initializer, parse, parts_of
from initlab.validation import nearest_hint, pairs_of

LONGEST_CASE = 2000
DEEPEST_CASE = 100  # layers
PAIRS = "a mapping or a list of pairs, such as {'W1': 0, 'W2': 'normal'}"
FORM = "an init for each parameter, such as 'W1=0,B1=0,W2=normal,B2=0'"
ZERO = Initializer("zeros")

BEGINNING = re.compile(r"\s*[^\s=(,]*\s*=")  # no initializer's text has "=" before a bracket
PARAMETER = re.compile(r"(W|B|b)([1-9][0-9]?|100)", re.ASCII)
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:inf|nan)", re.ASCII)


@dataclass(frozen=True)
class Case:
    """One start per parameter of a dense network, W1, B1, W2, B2, ... in this order.

    Every weight is named; a bias that is not starts at 0. Whatever spelling it is made from,
    equal cases are equal and print alike.

    Attributes:
        starts: (parameter, start) pairs in the order of the layers. A mapping is taken too, and
            a start may be given as a number (a constant) or as a text.

    Raises:
        ArgumentError: a name is none of a network's, given twice or missing, or a start is refused.

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
                raise refusal(name, "given once", value, where="case")
            given[name] = _start(name, value)
        depth = max((int(name[1:]) for name in given), default=1)
        missing = [f"W{k}" for k in range(1, depth + 1) if f"W{k}" not in given]
        if missing:
            raise refusal(missing[0], "given", ",".join(given) or None, where="case", hint=(
                "Every weight is named; a bias that is not starts at 0."
            ))  # fmt: skip
        names = (f"{kind}{k}" for k in range(1, depth + 1) for kind in "WB")
        ordered = tuple((name, given.get(name, ZERO)) for name in names)
        object.__setattr__(self, "starts", ordered)

    @property
    def depth(self) -> int:
        """Number of linear layers."""
        return len(self.starts) // 2

    def laws(self, layer_dims: Any) -> dict[str, Law]:
        """Return the law of every parameter of such a network, as ``draw_network`` names them.

        A bias that has a start of its own draws from that start's law for the weight beside it.

        Raises:
            ArgumentError: the case names another number of layers than the network has.

        Example:
            >>> parse_start("W1=0,W2=he_normal").laws([1, 2, 1])["W2"]
            Normal(mean=0.0, std=1.0)
        """
        widths = checked_layer_dims(layer_dims)
        layers = len(widths) - 1
        if layers != self.depth:
            raise refusal("case", f"an init for {layers} layers", str(self),
                          hint=parameter_words(widths))  # fmt: skip
        fans = [Fan(fan_in, fan_out) for fan_in, fan_out in pairwise(widths)]
        return {
            name.replace("B", "b"): start.law(fans[int(name[1:]) - 1])
            for name, start in self.starts
        }

    def __str__(self) -> str:
        return ",".join(f"{name}={_text(start)}" for name, start in self.starts)


Start = Initializer | Case
"""The start of a network: one for all its weights, or one for each parameter."""


def parse_start(spec: Any) -> Start:
    """Return what a text means: a case where it names parameters, else one start for all.

    Args:
        spec: such as ``"he_normal"`` or ``"W1=0,B1=0,W2=normal(std=0.1),B2=0"``; an
            ``Initializer`` or a ``Case`` comes back as it is.

    Raises:
        ArgumentError: the text is neither.

    Example:
        >>> str(parse_start("W2 = normal(std=1.0), W1 = 0.0"))
        'W1=0,B1=0,W2=normal,B2=0'
        >>> str(parse_start("xavier_normal"))
        'glorot_normal'
    """
    if isinstance(spec, Case) or (isinstance(spec, str) and BEGINNING.match(spec)):
        return parse_case(spec)
    return parse(spec)


def parse_case(spec: Any) -> Case:
    """Return the case that a text means; a ``Case`` comes back as it is.

    Raises:
        ArgumentError: the text is no list of ``name=init``, or :class:`Case` refuses it.
    """
    if isinstance(spec, Case):
        return spec
    if not isinstance(spec, str):
        raise refusal("case", FORM, spec)
    if len(spec) > LONGEST_CASE:
        raise refusal("case", f"at most {LONGEST_CASE} characters long", spec)
    pairs = []
    for part in parts_of(spec):
        name, equals, start = part.partition("=")
        if not equals or not start.strip():
            raise refusal("case", FORM, spec, hint=f"{part.strip()!r} is no name=init.")
        pairs.append((name.strip(), start.strip()))
    return Case(tuple(pairs))  # type: ignore[arg-type]  # texts become starts there


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
        raise refusal("parameter", expected, name, where="case", hint=hint)
    return match[1].upper() + match[2]


def _start(name: str, value: Any) -> Initializer:
    if isinstance(value, str) and NUMBER.fullmatch(value):
        value = float(value)
    try:
        if isinstance(value, (int, float)):
            start = Initializer("constant", (("value", value),))
        else:
            start = parse(value)
    except InitlabError as error:  # the same facts, and the parameter they are about
        raise type(error)(
            f"{name}: {error}",
            argument=error.argument,
            value=error.value,
            expected=error.expected,
            where=f"case, {name}",
        ) from None
    if start.name == "constant":
        value = dict(start.arguments)["value"]
        return Initializer({0: "zeros", 1: "ones"}[value]) if value in (0, 1) else start
    return start


def _text(start: Initializer) -> str:
    if start.name == "constant":
        return repr(dict(start.arguments)["value"])
    return {"zeros": "0", "ones": "1"}.get(start.name, str(start))
