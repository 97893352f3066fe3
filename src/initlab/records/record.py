"""Field declarations -> a frozen record that goes to JSON types and back, or one clear sentence.

JSON has no infinity and no NaN. Inside curves they are the strings "inf", "-inf" and "nan";
everywhere else they are null, and the key "nonfinite" beside them says which number each null was.
"""

from __future__ import annotations

import json
import math
import numbers
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache, cached_property
from typing import Annotated, Any, Self

import numpy as np
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
)

from initlab.errors import InitlabError, StudyError, invalid_argument

NONFINITE = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}
PLAIN = {str, int, bool, type(None)}  # what JSON has as it is
EXPECTED = {  # kind of pydantic's error -> what is allowed, after "must be"
    "string_type": "a string",
    "bool_type": "true or false",
    "int_type": "an integer >= 0",
    "float_type": "a number",
    "greater_than_equal": "an integer >= {ge}",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "literal_error": "one of {expected}",
    "value_error": "{error}",
}


def _number(value: Any) -> Any:
    """Return an integer as a float where that is possible; pydantic judges all else."""
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            raise ValueError("a number that fits in float64") from None
    return value


def _whole(value: Any) -> Any:
    """Return NumPy's integers as Python's."""
    return int(value) if isinstance(value, np.integer) else value


def _plain(value: Any) -> Any:
    """Return a setting as JSON has it: a tuple is a list."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, numbers.Integral):  # NumPy's
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    raise ValueError("null, true, false, a number, a string or a list of these")


def listed(value: Any) -> Any:
    """Return a value with lists in place of tuples, at any depth: JSON has lists only."""
    if isinstance(value, Mapping):
        return {key: listed(item) for key, item in value.items()}
    return [listed(item) for item in value] if isinstance(value, list | tuple) else value


def _curve_number(value: Any) -> Any:
    return NONFINITE.get(value, value) if isinstance(value, str) else _number(value)


Text = Annotated[str, Strict()]
Flag = Annotated[bool, Strict()]
Plain = Annotated[Any, BeforeValidator(_plain)]
Listed = Annotated[Any, BeforeValidator(listed)]
Whole = Annotated[int, Strict(), Field(ge=0), BeforeValidator(_whole)]
Real = Annotated[float, Strict(), BeforeValidator(_number)]
CurveNumber = Annotated[float, Strict(), BeforeValidator(_curve_number)]


def checked(check: Callable[..., Any], **bounds: float) -> BeforeValidator:
    """Declare that a field is what ``check(its name, value, **bounds)`` returns."""

    def of_field(value: Any, field: ValidationInfo) -> Any:
        return check(field.field_name, value, **bounds)

    return BeforeValidator(of_field)


class Record(BaseModel):
    """A frozen record; equal fields make equal records."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    def replace(self, **changes: Any) -> Self:
        """Return the record with some fields changed, not checked again."""
        changed = self.model_copy(update=changes)
        for name in changed.__dict__.keys() - type(self).model_fields.keys():
            del changed.__dict__[name]  # a cached property, such as a key, of the old fields
        return changed

    @cached_property
    def canonical(self) -> str:
        """The record as JSON with sorted keys and no spaces, the same in every process."""
        parts = []
        for name in _sorted_fields(type(self)):
            value = getattr(self, name)
            text = value.canonical if isinstance(value, Record) else _canonical(value)
            parts.append(f'"{name}":{text}')
        return "{" + ",".join(parts) + "}"

    def to_record(self) -> dict[str, Any]:
        """Return the fields as JSON types; a number JSON does not have is null."""
        return dict(without_nonfinite(self.model_dump())[0])

    @classmethod
    def from_record(cls, record: Any, path: str = "") -> Self:
        """Build the record back from :meth:`to_record`.

        Args:
            record: JSON types, as read.
            path: key path of the record, for error messages.

        Raises:
            StudyError: a key is missing, unknown or of the wrong type; the message names it.
        """
        try:
            return cls.model_validate(record)
        except ValidationError as error:
            raise first_error(error, path, record) from None


@cache
def _sorted_fields(kind: type[Record]) -> tuple[str, ...]:
    return tuple(sorted(kind.model_fields))


def _canonical(value: Any) -> str:
    if value is None or type(value) in (str, int):
        return json.dumps(value)  # most fields, without a search for what is not finite
    clean, nonfinite = without_nonfinite(value)
    whole = [clean, nonfinite] if nonfinite else clean  # inf, nan and null must not look alike
    return json.dumps(whole, sort_keys=True, separators=(",", ":"), default=str)


def validated(kind: TypeAdapter[Any], value: Any, path: str) -> Any:
    """Return a stored value of a kind.

    Raises:
        StudyError: it is of another one; the message names the key path.
    """
    try:
        return kind.validate_python(value)
    except ValidationError as error:
        raise first_error(error, path, value) from None


def first_error(error: ValidationError, path: str, record: Any = None) -> InitlabError:
    """Return the first of pydantic's complaints as one sentence that names the key path."""
    found = error.errors(include_url=False)[0]
    place = path
    for key in _location(found["loc"], record):
        place = below(place, key)
    context = found.get("ctx", {})
    if isinstance(context.get("error"), InitlabError):
        return placed_error(context["error"], place)
    if found["type"] == "missing":
        return StudyError(f"{place} is missing.", argument=place)
    if found["type"] == "extra_forbidden":
        return StudyError(f"{place} is not a key of a study.", argument=place)
    known = EXPECTED.get(found["type"])
    expected = found["msg"] if known is None else known.format(**context)
    return wrong(place, expected.replace("'", ""), found["input"])


def placed_error(error: InitlabError, place: str) -> InitlabError:
    """Return the error of a check with the key path of what it checked."""
    if error.argument is None or error.expected is None:
        return StudyError(f"{place}: {error}", argument=place, value=error.value)
    if place.rpartition(".")[2] != error.argument:
        place = below(place, error.argument)
    return wrong(place, error.expected, error.value)


def _location(keys: Iterable[str | int], record: Any) -> list[str | int]:
    """Return the keys that lead into the record: pydantic puts names of types between them."""
    path: list[str | int] = []
    for key in keys:
        inside = isinstance(record, Mapping) and key in record
        inside = inside or (isinstance(record, list | tuple) and isinstance(key, int))
        if not inside and not isinstance(record, Mapping):
            continue  # the name of a type
        path.append(key)
        record = record[key] if inside else None
    return path


def wrong(path: str, expected: str, value: Any) -> InitlabError:
    """Build the error of a stored value, named by its key path."""
    return invalid_argument(path or "the study", expected, value, kind=StudyError)


def below(path: str, key: str | int) -> str:
    """Return the key path of an entry: ``cells[3].curve``."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def json_types(values: Any) -> Any:
    """Return a record, a curve or a column as JSON types; NaN and infinities become texts."""
    return _converted(values, "", lambda path, number: number)


def without_nonfinite(value: Any) -> tuple[Any, dict[str, str]]:
    """Return JSON types with null for every non-finite number, and what each null was.

    NumPy's numbers and arrays become Python's, and a dataclass becomes its fields. The second value
    maps key paths to "inf", "-inf" or "nan"; :func:`with_nonfinite` puts them back.
    """
    found: dict[str, str] = {}
    return _converted(value, "", found.__setitem__), found


def _converted(value: Any, path: str, nonfinite: Callable[[str, str], Any]) -> Any:
    """Return JSON types, what ``nonfinite`` makes of its key path for a number JSON has not."""
    if isinstance(value, Mapping):
        return {
            key: one if _is_json(one) else _converted(one, below(path, key), nonfinite)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [
            one if _is_json(one) else _converted(one, below(path, k), nonfinite)
            for k, one in enumerate(value)
        ]
    if is_dataclass(value):
        own = {one.name: getattr(value, one.name) for one in fields(value)}
        return _converted(own, path, nonfinite)
    if isinstance(value, np.ndarray):
        return _converted(value.tolist(), path, nonfinite)
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    return float(value) if math.isfinite(value) else nonfinite(path, str(float(value)))


def _is_json(value: Any) -> bool:
    """Whether a value stays as it is: most do, and need no key path."""
    kind = type(value)
    return math.isfinite(value) if kind is float else kind in PLAIN


def with_nonfinite(value: Any, found: Any, where: str) -> Any:
    """Return ``value`` with the nulls named in ``found`` replaced by their numbers.

    Args:
        value: what :func:`without_nonfinite` returned.
        found: its second value, as read.
        where: key path of ``value`` itself, for error messages.
    """
    place = below(where, "nonfinite")
    if not isinstance(found, Mapping):
        raise wrong(place, "an object", found)
    left = dict(found)
    for path, name in left.items():
        if not isinstance(name, str):
            raise wrong(below(place, path), "a string", name)

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
        expected = f'"inf", "-inf" or "nan", and {below(where, path)} must be null'
        raise wrong(below(place, path), expected, name)
    return filled
