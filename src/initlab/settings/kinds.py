"""What the value of a setting may be: its check, its annotation, and how a shell's text is read."""

from __future__ import annotations

import ast
import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from initlab.errors import InitlabError, invalid_argument, shown_value
from initlab.validation import (
    LARGEST_SEED,
    file_of_address,
    finite_number,
    flag,
    is_whole,
    items_of,
    local_file,
    named_values,
    pairs_of,
    seed_number,
    text,
    whole_number,
)

LARGEST_STUDY = 100_000  # cells: above, days of training and a gigabyte of curves
LONGEST_GRID = 1_000  # inits or learning rates of one study: more is a slip of the pen
LARGEST_LEARNING_RATE = 1e6  # a larger step only ever overflows; it is a slip of the pen
RATES_WORDS = "a number > 0, a list of such numbers, or a mapping from each init to its rate"


@dataclass(frozen=True)
class Kind:
    """What a value may be.

    Attributes:
        annotation: of the keyword argument, but for None where it may be left out.
        check: (name, value) -> the value, checked; raises ArgumentError with what is allowed.
        convert: (name, text of the command line) -> value; raises ArgumentError.
        metavar: what stands for the value in the help; "" for a flag, which takes none.
        repeat: whether the option is repeated, each time with one value.
        item: kind of that one value, and of an option that takes less than the argument does.
    """

    annotation: str
    check: Callable[..., Any]
    convert: Callable[[str, str], Any] = lambda name, value: value
    metavar: str = "<str>"
    repeat: bool = False
    item: Kind | None = None

    def read(self, name: str, value: Any) -> Any:
        """Return the checked value that a text of the command line stands for."""
        one = self.item or self
        return one.check(name, one.convert(name, value))

    def expected(self, name: str) -> str | None:
        """Return what is allowed as a message says it; None if that is not known here."""
        one = self.item or self
        try:
            one.convert(name, "")
            one.check(name, None)
        except InitlabError as error:
            return error.expected
        return None


def whole(minimum: int | None = None, maximum: int | None = None) -> Kind:
    """Return the kind of integers within these bounds, which it includes."""
    return _number(int, partial(whole_number, minimum=minimum, maximum=maximum))


def number(**bounds: Any) -> Kind:
    """Return the kind of finite numbers within bounds, as :func:`finite_number` takes them."""
    return _number(float, partial(finite_number, **bounds))


def anything(annotation: str, metavar: str = "<str>") -> Kind:
    """Return the kind of values that are checked where they are used."""
    return Kind(annotation, lambda name, value, **_: value, metavar=metavar)


def file(metavar: str) -> Kind:
    """Return the kind of paths that are looked at before any work."""
    return replace(anything("", metavar), convert=local_file)


def texts(annotation: str, metavar: str = "<str>") -> Kind:
    """Return the kind of lists of texts, checked where they are used; an option takes one."""
    return replace(anything(annotation, metavar), repeat=True, item=TEXT)


def _number(convert: type[int] | type[float], check: Callable[..., Any]) -> Kind:
    def read(name: str, value: str) -> Any:
        try:
            return convert(value)
        except ValueError:
            return check(name, value)  # which no text passes

    return Kind(f"{convert.__name__}", check, read, f"<{convert.__name__}>")


def _seed(name: str, value: Any, **where: str) -> int:
    return seed_number(value, argument=name, **where)


def _path(name: str, value: Any) -> Any:
    local_file(name, value)
    return value


def _store(name: str, value: Any) -> Any:
    if getattr(type(value), "turn", None) is None:  # of an opened store
        file = file_of_address(value) if isinstance(value, str) else value
        local_file(name, file, expected="a path or a store that initlab.open_store returned")
    return value


def _widths(name: str, value: str) -> list[int]:
    """Turn "2,10,5,1" into widths."""
    try:
        return [int(part) for part in value.split(",")]
    except ValueError:
        raise invalid_argument(
            name, "widths separated by commas, such as 2,10,5,1", value
        ) from None


def _assignment(name: str, value: str) -> tuple[str, Any]:
    """Turn "weight_decay=0.01" into a name and a value."""
    key, sign, said = value.partition("=")
    if not sign or not key.isidentifier():
        raise invalid_argument(name, "of the form name=value", value)
    try:
        return key, ast.literal_eval(said)
    except (ValueError, SyntaxError):
        return key, said


def _seeds(name: str, value: Any) -> tuple[int, ...]:
    """An int counts (50 means 0, ..., 49), a list lists."""
    if is_whole(value):
        if not 1 <= int(value) <= LARGEST_STUDY:
            expected = f"a count from 1 to {LARGEST_STUDY:,}, or a list of seeds"
            raise invalid_argument(name, expected, value)
        return tuple(range(int(value)))
    listed = items_of(name, value, "a count of seeds or a list of seeds", most=LARGEST_STUDY)
    return distinct(name, [seed_number(seed) for seed in listed], "seed")


def _rates(name: str, value: Any) -> tuple[float, ...] | dict[str, float]:
    """Learning rates: one number, a list to choose from, or one for each init."""
    listed = [value]
    if isinstance(value, Mapping):
        listed = list(value.items())
    elif not isinstance(value, numbers.Real | str):
        listed = items_of(name, value, RATES_WORDS, most=LONGEST_GRID)
    pairs = [isinstance(one, tuple) for one in listed]  # also of the command line
    if any(pairs) and not all(pairs):
        expected = "plain numbers (0.1) or a number for each init (he_normal=0.1), not both"
        raise invalid_argument(name, expected, _as_typed(listed))
    if isinstance(value, Mapping) and not listed:
        raise invalid_argument(name, RATES_WORDS, value)
    if any(pairs):
        return _rates_by_init(name, listed)
    return distinct(name, [RATE.check(name, rate) for rate in listed], "rate")


def _rates_by_init(name: str, pairs: Sequence[Any]) -> dict[str, float]:
    rates: dict[str, float] = {}
    for init, rate in pairs_of(name, pairs, RATES_WORDS):
        if not isinstance(init, str):
            raise invalid_argument(name, RATES_WORDS, pairs)
        if init in rates:
            hint = f"{init} occurs twice."
            raise invalid_argument(name, "one rate for each init", _as_typed(pairs), hint=hint)
        rates[init] = RATE.check(name, rate, where=init)
    return rates


def _as_typed(rates: Sequence[Any]) -> str:
    """Return rates as a command line names them: "0.1, zeros=0.2"."""
    pairs = (one if isinstance(one, tuple) else (one,) for one in rates)
    return ", ".join(
        "=".join(part if isinstance(part, str) else shown_value(part, 20) for part in pair)
        for pair in pairs
    )


def _rate(name: str, value: Any) -> Any:
    return value if isinstance(value, tuple) else RATE.check(name, value)


def _rate_of(name: str, value: str) -> Any:
    """Turn "0.1" into a rate, and "he_normal=0.1" into an init and its rate."""
    init, sign, rate = value.rpartition("=")
    return (init, RATE.read(name, rate)) if sign else RATE.convert(name, rate)


def _arguments(name: str, value: Any) -> dict[str, Any]:
    """Return the arguments of an optimizer, of values that a study's file can hold."""
    named = named_values(name, value, "a mapping of names to values")
    return {key: _plain(f"{name}[{key!r}]", one) for key, one in named.items()}


def _plain(argument: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, list | tuple):
        return type(value)(_plain(argument, one) for one in items_of(argument, value, "a list"))
    if is_whole(value):
        return whole_number(argument, value, minimum=-LARGEST_SEED, maximum=LARGEST_SEED)
    hint = (
        ""
        if isinstance(value, numbers.Real)
        else "The study's JSON file can hold only numbers, texts, True, False, None and lists."
    )
    return finite_number(argument, value, hint=hint)


def distinct(argument: str, values: Sequence[Any], noun: str) -> tuple[Any, ...]:
    """Return the values of a list that names at least one, and none twice."""
    if not values:
        raise invalid_argument(argument, f"at least one {noun}", [])
    seen = set()
    for value in values:
        if value in seen:
            expected, hint = f"a list that names each {noun} only once", f"{value} occurs twice."
            raise invalid_argument(argument, expected, list(values), hint=hint)
        seen.add(value)
    return tuple(values)


TEXT = Kind("str", text)
FLAG = Kind("bool", flag, metavar="")
CHOICE = Kind("bool", flag, metavar="")  # an option --x, and another one --no-x
PATH = Kind("str | os.PathLike[str]", _path, metavar="FOLDER")
STORE = Kind("Store | str | os.PathLike[str]", _store, metavar="FILE")
SEED = _number(int, _seed)
RATE = number(above=0, maximum=LARGEST_LEARNING_RATE)
WIDTHS = replace(anything("Sequence[int]"), convert=_widths)
RATES = Kind(
    "float | Sequence[float] | Mapping[str, float]", _rates, metavar="<float>", repeat=True,
    item=replace(RATE, check=_rate, convert=_rate_of),
)  # fmt: skip
SEEDS = Kind("int | Iterable[int]", _seeds, metavar="<int>", item=whole(1, LARGEST_STUDY))
ARGUMENTS = Kind(
    "Mapping[str, Any]", _arguments, metavar="NAME=VALUE", repeat=True,
    item=replace(anything(""), convert=_assignment),
)  # fmt: skip
