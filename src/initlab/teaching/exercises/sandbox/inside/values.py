"""Anything a learner's function returns -> plain values, and plain values <-> bytes. No pickle.

Plain are None, bool, int, float, str, arrays of bool, int and float, and lists, tuples and dicts of
these, by exact type: a subclass may lie about itself. Mappings, sequences, numbers and texts of
other types become what they are read as; everything else becomes its type's name.

Bytes: length of the header, 8 bytes; the header, JSON; the arrays' raw bytes, one after another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

DTYPES = tuple(f"<{kind}" for kind in ("f2", "f4", "f8", "i1", "i2", "i4", "i8",
                                       "u1", "u2", "u4", "u8", "b1"))  # fmt: skip
LARGEST_HEADER = 2**20  # bytes
MOST_ITEMS = 20_000  # values in lists and dicts together
FEW_ITEMS = 200  # so few that their header fits, whatever the number of calls
TOO_MUCH = "with too many values"  # how the kind of a list ends that was not copied
DEEPEST = 6
LONGEST_TEXT = 2_000
MOST_AXES = 8
LARGEST_INT = 10**30
PLAIN_PART = {int: int.__int__, float: float.__float__, str: str.__str__}  # of a subclass
READ_AS = ((dict, Mapping), (tuple, tuple), (list, Sequence))
NO_SEQUENCES = (bytes, bytearray, memoryview)
SCALARS = tuple(np.dtype(name).type for name in DTYPES)


@dataclass(frozen=True)
class Foreign:
    """Stands for a value that is not plain.

    Attributes:
        kind: name of its type.
    """

    kind: str


class EncodingError(ValueError):
    """Bytes that are not an encoded value."""


def plain(value: Any, most: int = MOST_ITEMS) -> Any:
    """Return a copy made of plain values; what is not plain becomes :class:`Foreign`.

    Args:
        value: the value.
        most: values that lists and dicts may hold together; those that hold more are not copied.
    """
    return _Copier(most).copy(value, 0)


class _Copier:
    """Copies a value; counts, since a list may hold itself or one list a thousand times."""

    def __init__(self, most: int) -> None:
        self.left = most

    def copy(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if value is None or kind in (bool, float):
            return value
        if kind is Foreign:
            return Foreign(str(value.kind)[:LONGEST_TEXT])
        if kind is int:
            return value if abs(value) <= LARGEST_INT else Foreign("int with over 30 digits")
        if kind in (str, np.str_):  # an array of names gives the second
            return str(value[:LONGEST_TEXT])
        if kind is np.ndarray:
            names = value.dtype.kind == "U"
            return self.copy(value.tolist(), depth) if names else _plain_array(value)
        if kind in SCALARS:
            return value.item()
        for scalar, read in PLAIN_PART.items():
            if issubclass(kind, scalar):
                return self.copy(read(value), depth)
        base = next((base for base, abstract in READ_AS if issubclass(kind, abstract)), None)
        if base is None or issubclass(kind, NO_SEQUENCES) or depth >= DEEPEST:
            return Foreign(kind.__name__)
        if len(value) > self.left:
            return Foreign(f"{kind.__name__} {TOO_MUCH}")
        self.left -= len(value)
        if base is dict:
            names = list(value)[: len(value)]
            return {self.copy(k, DEEPEST): self.copy(value[k], depth + 1) for k in names}
        return base(self.copy(one, depth + 1) for one in islice(value, len(value)))


def _plain_array(value: Any) -> Any:
    little = value.dtype.newbyteorder("<")
    if value.ndim > MOST_AXES:
        return Foreign(f"array with {value.ndim} axes")
    if little.str.replace("|", "<") not in DTYPES:
        return Foreign(f"array of {value.dtype.name}")
    return np.array(value, dtype=little, order="C")


def encode(value: Any) -> bytes:
    """Return plain values as bytes."""
    arrays: list[Any] = []
    header = json.dumps(_node(value, arrays)).encode("ascii")
    parts = [len(header).to_bytes(8, "big"), header, *(array.tobytes() for array in arrays)]
    return b"".join(parts)


def _node(value: Any, arrays: list[Any]) -> Any:
    if isinstance(value, Foreign):
        return {"foreign": value.kind}
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": value.dtype.str.replace("|", "<"), "shape": list(value.shape)}
    if isinstance(value, dict):
        return {"dict": [[_node(k, arrays), _node(v, arrays)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [_node(one, arrays) for one in value]}
    return value


def decode(content: bytes) -> Any:
    """Return the values that ``encode`` turned into these bytes; trust nothing in them.

    Raises:
        EncodingError: they are anything else.
    """
    size = int.from_bytes(content[:8], "big")
    if len(content) < 8 or size > min(LARGEST_HEADER, len(content) - 8):
        raise EncodingError("no header")
    try:
        node = json.loads(content[8 : 8 + size].decode("ascii"))
        reader = _Reader(memoryview(content)[8 + size :])
        value = reader.value(node, 0)
    except (ValueError, TypeError, RecursionError, KeyError, IndexError) as error:
        raise EncodingError(str(error)) from None
    if reader.rest:
        raise EncodingError("bytes left over")
    return value


class _Reader:
    """Turns nodes into values, taking arrays off the front of the bytes."""

    def __init__(self, rest: memoryview) -> None:
        self.rest = rest

    def value(self, node: Any, depth: int) -> Any:
        if depth > DEEPEST + 4:
            raise ValueError("nested too deeply")
        if not isinstance(node, dict):
            if isinstance(node, list) or (type(node) is int and abs(node) > LARGEST_INT):
                raise TypeError("bare list or endless int")
            return node
        if set(node) == {"foreign"}:
            return Foreign(str(node["foreign"])[:100])
        if set(node) == {"array", "shape"}:
            return self.array(node["array"], node["shape"])
        ((kind, content),) = node.items()
        if kind == "dict":
            return {self.value(k, depth + 1): self.value(v, depth + 1) for k, v in content}
        made = [self.value(one, depth + 1) for one in content]
        return {"list": list, "tuple": tuple}[kind](made)

    def array(self, dtype: Any, shape: Any) -> Any:
        if dtype not in DTYPES or not isinstance(shape, list) or len(shape) > MOST_AXES:
            raise ValueError("no array of ours")
        if not all(type(length) is int and length >= 0 for length in shape):
            raise ValueError("no shape")
        count = 1
        for length in shape:
            count *= length
        size = count * np.dtype(dtype).itemsize
        if size > len(self.rest):
            raise ValueError("array longer than its bytes")
        raw, self.rest = self.rest[:size], self.rest[size:]
        if dtype == "<b1":  # any byte but 0 and 1 would be no bool
            return np.frombuffer(raw, "<u1").reshape(shape) != 0
        return np.frombuffer(raw, dtype).reshape(shape).copy()
