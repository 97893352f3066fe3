"""JSON values at a key path -> checked Python values, or one refusal that names the path.

JSON has no infinity and no NaN. Inside curves they are the strings "inf", "-inf" and "nan";
everywhere else they are null, and the key "nonfinite" beside them says which number each null was.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from initlab.errors import InitlabError, StudyError, refusal

T = TypeVar("T")
Reader = Callable[[Any, str], T]
"""A function of (value, key path) that returns the value, checked, or refuses."""

NONFINITE = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def wrong(path: str, expected: str, value: Any) -> InitlabError:
    """Build the refusal of a stored value, named by its key path."""
    return refusal(path or "the study", expected, value, kind=StudyError)


def below(path: str, key: str | int) -> str:
    """Return the key path of an entry: ``cells[3].curve``."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


# Readers of single values


def text(value: Any, path: str) -> str:
    """Return a string."""
    if not isinstance(value, str):
        raise wrong(path, "a string", value)
    return value


def boolean(value: Any, path: str) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise wrong(path, "true or false", value)
    return value


def whole(value: Any, path: str) -> int:
    """Return an integer >= 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise wrong(path, "an integer >= 0", value)
    return value


def real(value: Any, path: str) -> float:
    """Return a number; a restored infinity or NaN is one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(path, "a number", value)
    try:
        return float(value)
    except OverflowError:
        raise wrong(path, "a number that fits in float64", value) from None


def finite(value: Any, path: str) -> float:
    """Return a finite number."""
    number = real(value, path)
    if not math.isfinite(number):
        raise wrong(path, "a finite number", value)
    return number


def plain(value: Any, path: str) -> Any:
    """Return a setting: null, true or false, a number, a string, or a list of these."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [plain(item, below(path, k)) for k, item in enumerate(value)]
    raise wrong(path, "null, true, false, a number, a string or a list of these", value)


def curve_number(value: Any, path: str) -> float:
    """Return a number of a curve, where "inf", "-inf" and "nan" stand for themselves."""
    if isinstance(value, str) and value in NONFINITE:
        return NONFINITE[value]
    return finite(value, path)


# Readers of compound values


def maybe(read: Reader[T]) -> Reader[T | None]:
    """Return a reader that also takes null."""
    return lambda value, path: None if value is None else read(value, path)


def list_of(read: Reader[T]) -> Reader[tuple[T, ...]]:
    """Return a reader of a list, as a tuple."""

    def read_list(value: Any, path: str) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise wrong(path, "a list", value)
        return tuple(read(item, below(path, k)) for k, item in enumerate(value))

    return read_list


def table_of(read: Reader[T]) -> Reader[dict[str, T]]:
    """Return a reader of an object with any keys and one kind of value."""

    def read_table(value: Any, path: str) -> dict[str, T]:
        mapping = an_object(value, path)
        return {key: read(item, below(path, key)) for key, item in mapping.items()}

    return read_table


def an_object(value: Any, path: str) -> Mapping[str, Any]:
    """Return a JSON object."""
    if not isinstance(value, Mapping):
        raise wrong(path, "an object", value)
    return value


def entries(
    value: Any,
    path: str,
    readers: Mapping[str, Reader[Any]],
    others: Reader[Any] | None = None,
) -> dict[str, Any]:
    """Return the entries of an object, each read by the reader of its key.

    Args:
        value: the object.
        path: its key path.
        readers: one reader per key; every key must be there.
        others: reader of further keys; None refuses them.
    """
    mapping = an_object(value, path)
    for key in readers:
        if key not in mapping:
            raise StudyError(f"{below(path, key)} is missing.", argument=below(path, key))
    for key in mapping:
        if key not in readers and others is None:
            raise StudyError(
                f"{below(path, key)} is not a key of a study.", argument=below(path, key)
            )
    return {
        key: readers.get(key, others)(item, below(path, key))  # type: ignore[misc]
        for key, item in mapping.items()
    }


# Numbers that JSON does not have


def curve_values(values: Any) -> list[float | str]:
    """Return the numbers of a curve, the non-finite ones as strings."""
    return [x if math.isfinite(x) else str(x) for x in map(float, values)]


def without_nonfinite(value: Any) -> tuple[Any, dict[str, str]]:
    """Return JSON types with null for every non-finite number, and what each null was.

    NumPy scalars become Python's. The second value maps key paths to "inf", "-inf" or "nan";
    :func:`with_nonfinite` puts them back.
    """
    found: dict[str, str] = {}

    def clean(value: Any, path: str) -> Any:
        if isinstance(value, Mapping):
            return {key: clean(item, below(path, key)) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [clean(item, below(path, k)) for k, item in enumerate(value)]
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            return value
        if isinstance(value, numbers.Integral):
            return int(value)
        if not math.isfinite(value):
            found[path] = str(float(value))
            return None
        return float(value)

    return clean(value, ""), found


def with_nonfinite(value: Any, found: Any, where: str) -> Any:
    """Return ``value`` with the nulls named in ``found`` replaced by their numbers.

    Args:
        value: what :func:`without_nonfinite` returned.
        found: its second value, as read.
        where: key path of ``value`` itself, for refusals.
    """
    left = table_of(text)(found, below(where, "nonfinite"))

    def fill(value: Any, path: str) -> Any:
        if isinstance(value, Mapping):
            return {key: fill(item, below(path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [fill(item, below(path, k)) for k, item in enumerate(value)]
        if value is None and left.get(path) in NONFINITE:
            return NONFINITE[left.pop(path)]
        return value

    filled = fill(value, "")
    for path, name in left.items():
        expected = 'a null\'s "inf", "-inf" or "nan"'
        raise wrong(below(below(where, "nonfinite"), path), expected, name)
    return filled
