"""Values from outside -> the same values, checked, or one clear error."""

from __future__ import annotations

import contextlib
import difflib
import itertools
import math
import numbers
import operator
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from initlab.errors import ArgumentError, InitlabError, invalid_argument, is_address

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEGATIONS = ("un", "non", "non_", "not_", "no_", "in", "dis")  # make a word its opposite
LONGEST_LIST = 100_000  # items of one argument; itertools.count() never ends
LARGEST_SEED = 2**63 - 1  # fits a signed 64-bit column, JSON readers and every generator we key
COMPARISONS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}


def finite_number(
    argument: str,
    value: Any,
    *,
    above: float | None = None,
    minimum: float | None = None,
    below: float | None = None,
    maximum: float | None = None,
    where: str = "",
    hint: str = "",
) -> float:
    """Return ``value`` as a float if it is a finite real number within the bounds.

    bool and str are not numbers here. ``above`` and ``below`` exclude their bound, ``minimum``
    and ``maximum`` include it.
    """
    bounds = {">": above, ">=": minimum, "<": below, "<=": maximum}
    number = math.nan
    if isinstance(value, numbers.Real) and not isinstance(value, bool) and not _is_time(value):
        with contextlib.suppress(OverflowError, ValueError, TypeError):
            number = float(value)
    if not math.isfinite(number) or not _inside(number, bounds):
        raise invalid_argument(
            argument, "a finite number" + _words(bounds), value, where=where, hint=hint
        )
    return number


def whole_number(
    argument: str,
    value: Any,
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    where: str = "",
    hint: str = "",
) -> int:
    """Return ``value`` as an int if it is an integer (not a bool) within the bounds."""
    bounds = {">=": minimum, "<=": maximum}
    if not is_whole(value) or not _inside(int(value), bounds):
        raise invalid_argument(
            argument, "an integer" + _words(bounds), value, where=where, hint=hint
        )
    return int(value)


def seed_number(value: Any, *, argument: str = "seed", where: str = "") -> int:
    """Return a seed: an integer from 0 to 2**63 - 1."""
    if not is_whole(value) or not 0 <= int(value) <= LARGEST_SEED:
        raise invalid_argument(argument, "an integer from 0 to 2**63 - 1", value, where=where)
    return int(value)


def flag(argument: str, value: Any, *, where: str = "") -> bool:
    """Return True or False; nothing else is one of them."""
    if not isinstance(value, bool):
        raise invalid_argument(argument, "True or False", value, where=where)
    return value


def text(argument: str, value: Any, *, where: str = "") -> str:
    """Return a text; nothing else is turned into one."""
    if not isinstance(value, str):
        raise invalid_argument(argument, "a text", value, where=where)
    return value


def items_of(
    argument: str, value: Any, expected: str, *, most: int = LONGEST_LIST, where: str = ""
) -> list[Any]:
    """Return the items of a list, or of anything else that can be iterated but a text.

    Args:
        argument: name of the argument.
        value: what was received.
        expected: phrase after "must be".
        most: more items are refused, before all of an endless iterator is asked for.
        where: context of the message.
    """
    items: list[Any] | None = None
    hint = ""
    if not isinstance(value, str | bytes | bytearray | Mapping):  # of a mapping, only the keys
        try:
            items = list(itertools.islice(iter(value), most + 1))
        except InitlabError:
            raise
        except Exception as error:  # iterating may run a user's code
            hint = (
                ""
                if isinstance(error, TypeError)
                else f"Reading the items of {argument} raised {_raised(error)}."
            )
    if items is None:
        raise invalid_argument(argument, expected, value, where=where, hint=hint)
    if len(items) > most:
        raise invalid_argument(argument, f"a list of at most {most:,} items", value, where=where)
    return items


def pair_of(argument: str, value: Any, expected: str, *, where: str = "") -> tuple[Any, Any]:
    """Return the two items of a pair."""
    items = items_of(argument, value, expected, where=where)
    if len(items) != 2:
        raise invalid_argument(argument, expected, value, where=where)
    return items[0], items[1]


def pairs_of(argument: str, value: Any, expected: str, *, where: str = "") -> list[tuple[Any, Any]]:
    """Return the (key, value) pairs of a mapping, or of a list of pairs."""
    try:
        items = value.items() if isinstance(value, Mapping) else value
    except Exception:  # a mapping of the user's own
        raise invalid_argument(argument, expected, value, where=where) from None
    listed = items_of(argument, items, expected, where=where)
    return [pair_of(argument, one, expected, where=where) for one in listed]


def named_values(argument: str, value: Any, expected: str, *, where: str = "") -> dict[str, Any]:
    """Return a mapping from texts, or a list of (text, value) pairs, as a dictionary."""
    found: dict[str, Any] = {}
    for name, one in pairs_of(argument, value, expected, where=where):
        if not isinstance(name, str):
            raise invalid_argument(argument, expected, value, where=where)
        if name in found:
            raise invalid_argument(name, "given once", value, where=where)
        found[name] = one
    return found


def local_file(
    argument: str, value: Any, *, expected: str = "a path", endings: Iterable[str] = (),
    kind: type[InitlabError] = ArgumentError,
) -> Path:  # fmt: skip
    """Return a path from a text or path object, with ``~`` filled in.

    Args:
        argument: name of the argument.
        value: what was received.
        expected: phrase after "must be".
        endings: of the names that are allowed, such as ".svg"; none for any.
        kind: class of the error.

    Raises:
        InitlabError: it is no path, is an address, has another ending, or "~nobody" names a user
            that is not there.
    """
    try:
        name = os.fspath(value)
    except Exception:  # TypeError, or a path object of the user's own
        name = None
    if not isinstance(name, str) or not name:
        raise invalid_argument(argument, expected, value, kind=kind)
    if is_address(value):
        raise invalid_argument(argument, f"{expected}, not an address", value, kind=kind)
    allowed = [*endings]
    if allowed and Path(name).suffix.lower() not in allowed:
        raise invalid_argument(
            argument, "a file name that ends in " + listed(allowed, "or"), name, kind=kind
        )
    try:
        return Path(name).expanduser()
    except RuntimeError:
        hint = f"No home folder is known for {name.split('/')[0]!r}."
        raise invalid_argument(argument, expected, name, hint=hint, kind=kind) from None


def file_of_address(name: str) -> str:
    """Return the file that an SQLite address without options names; any other text as it is.

    Example:
        >>> file_of_address("sqlite:///studies.db")
        'studies.db'
    """
    scheme, _, file = name.partition(":///")
    return file if scheme == "sqlite" and "?" not in file else name


def real_numbers(
    argument: str, value: Any, expected: str = "an array of real numbers", *,
    finite: bool = False, where: str = "", kind: type[InitlabError] = ArgumentError,
) -> NDArray[np.float64]:  # fmt: skip
    """Return an array, a tensor or nested lists as a float64 array; texts and dates are refused."""
    import numpy as np

    detached = value
    try:
        if hasattr(value, "detach"):  # a tensor; numpy knows no bfloat16
            detached = value.detach().cpu()
            detached = detached.double() if detached.is_floating_point() else detached
        array = np.asarray(detached)
        usable = array.dtype.kind in "fiub" and not np.ma.is_masked(value)
        array = array.astype(np.float64) if usable else array
        usable = usable and (not finite or bool(np.isfinite(array).all()))
    except Exception:  # ragged lists, tensors without numbers, objects of the user's own
        usable = False
    if not usable:
        raise invalid_argument(argument, expected, value, where=where, kind=kind)
    return array


def _raised(error: Exception) -> str:
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def one_of(
    argument: str, value: Any, allowed: Sequence[str], *, where: str = "", hint: str = ""
) -> str:
    """Return ``value`` if it is exactly one of the allowed names; else suggest the nearest."""
    if isinstance(value, str) and value in allowed:
        return value
    expected = ", ".join(allowed) if len(allowed) == 1 else "one of " + ", ".join(allowed)
    hint = hint or nearest_hint(value, allowed)
    raise invalid_argument(argument, expected, value, where=where, hint=hint)


def left_out(given: Mapping[str, Any], when: str, *, hint: str = "") -> None:
    """Refuse arguments that are given where something else decides.

    Args:
        given: by name; None where an argument is left out.
        when: follows "must be left out".
        hint: one more sentence.
    """
    for argument, value in given.items():
        if value is not None:
            raise invalid_argument(argument, f"left out {when}", value, hint=hint)


def nearest_hint(value: Any, allowed: Iterable[str]) -> str:
    """Return "Did you mean 'x'?" for a misspelt name, or an empty string."""
    near = near_names(value.strip(), allowed) if isinstance(value, str) else ()
    return f"Did you mean {near[0]!r}?" if near else ""


def near_names(name: str, allowed: Iterable[str]) -> list[str]:
    """Return up to three allowed names that are spelled alike, the nearest first."""
    given = name.lower()
    near = difflib.get_close_matches(given, list(allowed), n=3, cutoff=0.6)
    # "untruncated_normal" is no slip of "truncated_normal": it is the opposite
    return [
        one for one in near
        if not any(one == f"{no}{given}" or given == f"{no}{one}" for no in NEGATIONS)
    ]  # fmt: skip


def first_of(names: Sequence[str], most: int = 5) -> str:
    """Return the first names of a list, as a message shows them.

    Example:
        >>> first_of(["a", "b", "c"], most=2)
        'a, b, ...'
    """
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


def listed(names: Sequence[str], last: str = "and", *, most: int | None = None) -> str:
    """Return names as a sentence lists them, the first of them where there are more than so many.

    Example:
        >>> listed(["a", "b"]), listed(["a", "b", "c"], "or"), listed(["a", "b", "c"], most=1)
        ('a and b', 'a, b or c', 'a and 2 more')
    """
    if most is not None and len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def is_whole(value: Any) -> bool:
    """Whether a value is an integer: no bool, and no time of numpy's, which counts as one."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool):
        return False
    return not _is_time(value)


def _is_time(value: Any) -> bool:
    return getattr(getattr(value, "dtype", None), "kind", "") == "m"


def _inside(number: float, bounds: Mapping[str, float | None]) -> bool:
    return all(
        COMPARISONS[sign](number, bound) for sign, bound in bounds.items() if bound is not None
    )


def _words(bounds: Mapping[str, float | None]) -> str:
    """Return " from 0 to 9" or " > 0 and < 1", or an empty string."""
    given = {sign: bound for sign, bound in bounds.items() if bound is not None}
    if given.keys() == {">=", "<="}:
        return f" from {_plain(given['>='])} to {_plain(given['<='])}"
    parts = [f"{sign} {_plain(bound)}" for sign, bound in given.items()]
    return " " + " and ".join(parts) if parts else ""


def _plain(bound: float) -> str:
    return f"{bound:g}" if isinstance(bound, float) else f"{bound:,}"
