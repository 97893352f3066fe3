"""Name -> the function that gives its distribution, with family, formula, source: the catalogue."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from initlab.errors import ArgumentError, InitlabError, invalid_argument
from initlab.initializers.entry import (
    CHECKS,
    UNCHECKED,
    BiasFunction,
    DistributionFunction,
    Entry,
    arguments_of,
)
from initlab.validation import items_of, nearest_hint, one_of, text

ENTRY_POINT_GROUP = "initlab.initializers"
NAME = re.compile(r"[a-z][a-z0-9_]*")

Registered = TypeVar("Registered", bound=DistributionFunction)


_entries: dict[str, Entry] = {}  # by canonical name
_spellings: dict[str, str] = {}  # every name and alias -> canonical name
_loaded_groups: set[str] = set()


def register(
    name: str,
    *,
    family: str,
    formula: str,
    source: str,
    aliases: tuple[str, ...] = (),
    use: str = "",
    avoid: str = "",
    checked: str = UNCHECKED,
    note: str = "",
    bias: BiasFunction | None = None,
) -> Callable[[Registered], Registered]:
    """Add a function ``(fan, *, ...) -> Distribution`` to the catalogue, and return it unchanged.

    A package offers its own through the entry-point group ``initlab.initializers``: the entry
    names a module, whose import runs this decorator.

    Args:
        name: canonical name, lower case, an identifier.
        family: the idea it belongs to.
        formula: its distribution in one line.
        source: paper and equation.
        aliases: other names.
        use: when to use it.
        avoid: when not.
        checked: how the distribution was checked: "numerically", "against reference code" or
            "not checked".
        note: what a reader of other libraries should know.
        bias: distribution of the biases, ``(fan) -> Distribution``, or with the same arguments as
            the function; None for zeros.

    Raises:
        ArgumentError: a name is taken or malformed, or the function takes more than
            ``fan`` and keyword arguments.
    """
    names = items_of("aliases", aliases, "a list of names", where="register")
    words: dict[str, Any] = {
        "family": family, "formula": formula, "source": source, "use": use, "avoid": avoid,
        "note": note,
    }  # fmt: skip
    for argument, value in words.items():
        text(argument, value, where="register")
    one_of("checked", checked, CHECKS, where="register")
    if bias is not None and not callable(bias):
        raise invalid_argument(
            "bias", "a function (fan) -> Distribution, or None", bias, where="register"
        )

    def enter(function: Registered) -> Registered:
        arguments_of(function)  # refused here, not when it is listed
        entry = Entry(
            name=name, function=function, aliases=tuple(names), bias=bias, checked=checked, **words
        )
        _enter(entry)
        return function

    return enter


def enter_family(family: str, rows: Iterable[Entry]) -> None:
    """Enter a table of rows in the catalogue; each gets the family's name."""
    for row in rows:
        _enter(replace(row, family=family))


def find(name: Any) -> Entry:
    """Return the entry that a name or alias means; names are exact, in lower case.

    Raises:
        ArgumentError: there is none; the nearest name is suggested.

    Example:
        >>> find("xavier_normal").name
        'glorot_normal'
    """
    if isinstance(name, str):
        if name not in _spellings:
            load_plugins()
        if name in _spellings:
            return _entries[_spellings[name]]
    raise invalid_argument("init", "the name of an initializer", name, hint=suggestion(name))


def entries() -> tuple[Entry, ...]:
    """Return all entries, sorted by name, those of other packages included."""
    load_plugins()
    return tuple(_entries[name] for name in sorted(_entries))


def catalogue() -> list[dict[str, Any]]:
    """Return the catalogue as rows, sorted by name: what ``initlab inits`` shows.

    Example:
        >>> [row["name"] for row in catalogue() if "xavier_normal" in row["aliases"]]
        ['glorot_normal']
    """
    return [entry.row() for entry in entries()]


def load_plugins(group: str = ENTRY_POINT_GROUP) -> None:
    """Import, once, the modules that other packages name in an entry-point group.

    Raises:
        InitlabError: one of them cannot be imported, or brings a name that is taken.
    """
    if group in _loaded_groups:
        return
    from importlib.metadata import entry_points  # late: needed only when a listing is asked for

    _loaded_groups.add(group)  # before the loop: a plug-in may look up a name while it is imported
    for plugin in sorted(entry_points(group=group), key=lambda point: point.name):
        package = plugin.dist.name if plugin.dist else plugin.value
        try:
            plugin.load()
        except Exception as error:  # a user's code may raise anything
            _loaded_groups.discard(group)
            raise InitlabError(
                f"The plug-in {plugin.name!r} of the package {package!r} cannot be loaded "
                f"({type(error).__name__}: {error}). Repair or uninstall the package.",
                argument="plug-in",
                value=plugin.value,
            ) from error


def _enter(entry: Entry) -> None:
    for field in ("family", "formula", "source"):
        if not getattr(entry, field):
            raise invalid_argument(field, "given", getattr(entry, field), where=entry.origin)
    for spelling in (entry.name, *entry.aliases):
        if not isinstance(spelling, str) or not NAME.fullmatch(spelling):
            raise invalid_argument("name", "a lower-case identifier", spelling, where=entry.origin)
        taken = _entries.get(_spellings.get(spelling, ""))
        # the same function again is a notebook cell that was run twice, not a conflict
        if taken is not None and (taken.origin, taken.name) != (entry.origin, entry.name):
            raise ArgumentError(
                f"name must be new; got {spelling!r}, "
                f"which both {taken.origin} and {entry.origin} register.",
                argument="name",
                value=spelling,
                expected="new",
                where=entry.origin,
            )
    _entries[entry.name] = entry
    _spellings.update(dict.fromkeys((entry.name, *entry.aliases), entry.name))


def suggestion(name: Any) -> str:
    """Return the sentences that help with a name that the catalogue has not."""
    hint = nearest_hint(name, sorted(_spellings))
    if isinstance(name, str) and name.strip():
        longer = [known for known in sorted(_spellings) if known.startswith(name.strip().lower())]
        hint = f"Did you mean {longer[0]!r}?" if longer else hint
    return f"{hint} `initlab inits` lists all names.".strip()
