"""Text such as "he_normal(mode='fan_out')" <-> an initializer that knows its distribution."""

from __future__ import annotations

import math
import numbers
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from initlab.errors import InitlabError, ShapeError, invalid_argument
from initlab.initializers.distributions import Distribution
from initlab.initializers.entry import Entry
from initlab.initializers.fan import Fan
from initlab.initializers.registry import find, suggestion
from initlab.validation import named_values, one_of

LONGEST_TEXT = 200
LARGEST_PLAIN_INTEGER = 10**15  # from here on an integral value is printed as a float, 1e+15
PROBE = Fan(fan_in=64, fan_out=32)  # any dense layer: bad values show when a distribution is built

CALL = re.compile(r"\s*(?P<name>[^\s(),='\"]+)\s*(?:\((?P<arguments>.*)\))?\s*", re.DOTALL)
ARGUMENT = re.compile(
    r"\s*(?P<key>[A-Za-z_]\w*)\s*=\s*"
    r"(?:(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:inf|nan)\b)"
    r"|'(?P<single>[^'\\]*)'|\"(?P<double>[^\"\\]*)\""
    r"|(?P<word>[A-Za-z_]\w*))\s*",
    re.ASCII,
)
WORDS: dict[str, Any] = {"True": True, "False": False, "None": None}
PLAIN_TEXT = re.compile(r"[^'\"\\\x00-\x1f\x7f]*")

Value = bool | int | float | str


@dataclass(frozen=True)
class Initializer:
    """An initializer: canonical name, and the arguments that differ from the defaults.

    Whatever spelling it is made from, equal initializers are equal and print alike.

    Attributes:
        name: name in the catalogue; an alias is replaced by what it means.
        arguments: (argument, value) pairs in the signature's order; a mapping is taken too.

    Raises:
        ArgumentError: unknown name or argument, a missing one, or a value it does not allow.

    Example:
        >>> str(Initializer("xavier_normal", {"gain": 2.0}))
        'glorot_normal(gain=2)'
    """

    name: str
    arguments: tuple[tuple[str, Value], ...] = ()

    def __post_init__(self) -> None:
        entry = find(self.name)
        expected = f"a mapping from argument names to values (signature: {entry.signature})"
        given = named_values("arguments", self.arguments, expected, where=entry.name)
        _check_names(entry, given)
        _probe(entry, given)
        values = {key: _canonical(entry, key, value) for key, value in given.items()}
        kept = tuple(
            (argument.name, values[argument.name])
            for argument in entry.arguments
            if argument.name in values
            and (argument.required or values[argument.name] != argument.default)
        )
        object.__setattr__(self, "name", entry.name)
        object.__setattr__(self, "arguments", kept)
        if len(str(self)) > LONGEST_TEXT:
            raise invalid_argument("init", f"at most {LONGEST_TEXT} characters long", str(self))

    def distribution(self, fan: Fan) -> Distribution:
        """Return the distribution of a weight with these fans."""
        return find(self.name).function(fan, **dict(self.arguments))

    @property
    def sets(self) -> str:
        """What it sets: "biases" or "running statistics"; "" for weights."""
        return find(self.name).sets

    @property
    def needs_data(self) -> bool:
        """Whether it adjusts numbers to data; :meth:`distribution` is then the one before that."""
        return find(self.name).data

    def values(self) -> dict[str, Any]:
        """Return the value of every argument, by name."""
        defaults = {one.name: one.default for one in find(self.name).arguments}
        return defaults | dict(self.arguments)

    def bias_distribution(self, fan: Fan) -> Distribution | None:
        """Return the distribution of the biases beside such a weight; None means zeros."""
        return find(self.name).bias_distribution(fan, dict(self.arguments))

    def law(self, fan: Fan) -> Distribution:
        """Return :meth:`distribution`, by its old name."""
        _warn("law", "distribution")
        return self.distribution(fan)

    def bias_law(self, fan: Fan) -> Distribution | None:
        """Return :meth:`bias_distribution`, by its old name."""
        _warn("bias_law", "bias_distribution")
        return self.bias_distribution(fan)

    def __str__(self) -> str:
        inside = ", ".join(f"{key}={value!r}" for key, value in self.arguments)
        return f"{self.name}({inside})" if inside else self.name


def _warn(old: str, new: str) -> None:
    message = f"Initializer.{old} is now Initializer.{new}; initlab 1.0 removes the old name."
    warnings.warn(message, DeprecationWarning, stacklevel=3)


def parse(spec: Any) -> Initializer:
    """Return the initializer that a text means; an ``Initializer`` comes back as it is.

    The text is a name, or a call with keyword arguments: numbers, True, False, strings with or
    without quotes. Nothing is evaluated.

    Args:
        spec: such as ``"he_normal"`` or ``"normal(std=10)"``.

    Raises:
        ArgumentError: the text is no such call, or its arguments are invalid.

    Example:
        >>> str(parse("kaiming_normal( mode = fan_out, negative_slope=0 )"))
        "he_normal(mode='fan_out')"
    """
    if isinstance(spec, Initializer):
        return spec
    return Initializer(*named_call(spec))


def named_call(spec: Any) -> tuple[str, tuple[tuple[str, Value], ...]]:
    """Return the name and the arguments of a text, which need not be complete.

    Raises:
        ArgumentError: the text is no call of a method of the catalogue.
    """
    name, inside = _call(spec, "init", "a name or a call such as 'normal(std=10)'")
    entry = find(name)
    hint = f"Write arguments by name: {entry.signature}." if entry.arguments else _without(entry)
    pairs = _pairs(inside, spec, argument="init", where=entry.name, hint=hint)
    return entry.name, tuple(pairs.items())


def recipe_call(spec: Any) -> tuple[str, dict[str, Any]]:
    """Return the name and the arguments of a text that calls a recipe.

    Raises:
        ArgumentError: it is no name and no call.

    Example:
        >>> recipe_call("t5(width=768)")
        ('t5', {'width': 768})
    """
    name, inside = _call(spec, "recipe", "a name or a call such as 't5(width=768)'")
    return name, _pairs(inside, spec, argument="recipe", where=name)


def _call(spec: Any, argument: str, expected: str) -> tuple[str, str]:
    if isinstance(spec, str) and len(spec) > LONGEST_TEXT:
        raise invalid_argument(argument, f"at most {LONGEST_TEXT} characters long", spec)
    call = CALL.fullmatch(spec) if isinstance(spec, str) else None
    if call is None:
        hint = ""
        if argument == "init" and isinstance(spec, str) and "(" not in spec:  # "he normal"
            hint = suggestion(re.sub(r"[\s-]+", "_", spec.strip()))
        raise invalid_argument(argument, expected, spec, hint=hint)
    return call["name"], call["arguments"] or ""


def parts_of(text: str, separator: str = ",") -> Iterator[str]:
    """Cut at the separators that stand neither in brackets nor in quotes."""
    begin, depth, quote = 0, 0, ""
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif character == separator and depth == 0:
            yield text[begin:position]
            begin = position + 1
    yield text[begin:]


def _pairs(
    text: str, spec: str, *, argument: str, where: str, hint: str = ""
) -> dict[str, Any]:  # fmt: skip
    pairs: dict[str, Any] = {}
    for part in parts_of(text) if text.strip() else ():
        match = ARGUMENT.fullmatch(part)
        if match is None:
            raise invalid_argument(argument, "a call with name=value arguments", spec, hint=hint)
        if match["key"] in pairs:
            raise invalid_argument(match["key"], "given once", spec, where=where)
        pairs[match["key"]] = _value(match)
    return pairs


def _value(match: re.Match[str]) -> Any:
    if match["number"] is not None:
        number = match["number"]
        return int(number) if re.fullmatch(r"[+-]?\d+", number) else float(number)
    for quoted in (match["single"], match["double"]):
        if quoted is not None:
            return quoted
    return WORDS.get(match["word"], match["word"])


def _check_names(entry: Entry, given: Mapping[str, Any]) -> None:
    known = [argument.name for argument in entry.arguments]
    for key in given:
        if key not in known:
            if not known:
                raise invalid_argument(
                    key, "left out", given[key], where=entry.name, hint=_without(entry)
                )
            one_of("argument", key, known, where=entry.name)
    for argument in entry.arguments:
        if argument.required and argument.name not in given:
            raise invalid_argument(argument.name, "given", None, where=entry.signature)


def _without(entry: Entry) -> str:
    return f"The init {entry.name} takes no arguments."


def _probe(entry: Entry, given: Mapping[str, Any]) -> None:
    try:
        entry.function(PROBE, **given)
    except ShapeError:
        return  # of the probe's shape; another may do
    except InitlabError:
        raise
    except Exception as error:  # a user's function may raise anything
        shown = ", ".join(f"{key}={value!r}" for key, value in given.items())
        hint = f"The init {entry.name} raised {type(error).__name__}: {error}"
        raise invalid_argument(
            "arguments", f"values that the init {entry.name} allows", shown, hint=hint
        ) from error


def _canonical(entry: Entry, key: str, value: Any) -> Value:
    if isinstance(value, (bool, str)):
        if isinstance(value, str) and not PLAIN_TEXT.fullmatch(value):
            raise invalid_argument(
                key, "a string without quotes or control characters", value, where=entry.name
            )
        return value
    if isinstance(value, numbers.Integral) and abs(int(value)) >= LARGEST_PLAIN_INTEGER:
        try:
            number = float(value)
        except OverflowError:
            return int(value)
        return number if number == int(value) else int(value)
    if isinstance(value, numbers.Real) and math.isfinite(value):
        number = float(value)
        plain = number.is_integer() and abs(number) < LARGEST_PLAIN_INTEGER
        return int(number) if plain else number
    raise invalid_argument(key, "a finite number, True, False or a string", value, where=entry.name)
