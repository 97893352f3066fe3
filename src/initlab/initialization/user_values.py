"""A user's function or array -> the values of a parameter, checked."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.errors import ShapeError, invalid_argument
from initlab.initializers.distributions import Distribution
from initlab.initializers.fan import Fan
from initlab.randomness import RandomSource
from initlab.references import load_object, reference_of
from initlab.user_code import user_code
from initlab.validation import real_numbers

Array = NDArray[np.float64]
IN_MEMORY = " (in memory)"  # ends the name of what no other process can find


@dataclass(frozen=True)
class UserFunction:
    """A function ``(shape, fan, generator) -> array``; ``fan`` is None where there is none.

    Attributes:
        function: the function.
        reference: text that imports it; "" where it lives in memory only.
    """

    function: Callable[..., Any]
    reference: str = ""

    @classmethod
    def of(cls, function: Callable[..., Any]) -> UserFunction:
        """Return a function with the text that imports it, if there is one."""
        return cls(function, reference_of(function) or "")

    @classmethod
    def named(cls, reference: str) -> UserFunction:
        """Import the function that a text such as "package.module:name" names."""
        found = load_object("init", reference)
        if not callable(found):
            expected = "the name of a function with the signature (shape, fan, generator) -> array"
            raise invalid_argument("init", expected, reference)
        return cls(found, reference)

    def values(
        self, shape: tuple[int, ...], fan: Fan | None, generator: RandomSource, *, where: str
    ) -> Array:  # fmt: skip
        """Return the values of one parameter."""
        with user_code("init", f"{self} failed for {where}"):
            given = self.function(shape, fan, generator)
        return _checked(given, shape, f"returned by {self} for {where}")

    def __str__(self) -> str:
        name = getattr(self.function, "__qualname__", type(self.function).__name__)
        return self.reference or f"{name}{IN_MEMORY}"


@dataclass(frozen=True, eq=False)
class UserArray:
    """The values themselves.

    Attributes:
        numbers: of the parameter's shape.
    """

    numbers: Array

    @staticmethod
    def is_one(value: Any) -> bool:
        """Whether a value is an array, a tensor or a nested list."""
        return isinstance(value, np.ndarray | list | tuple) or hasattr(value, "detach")

    @classmethod
    def of(cls, place: str, value: Any) -> UserArray:
        """Return a copy of a user's numbers, for the parameter or pattern named."""
        numbers = real_numbers("init", value, "an array of finite numbers", finite=True,
                               where=place).copy()  # fmt: skip
        numbers.flags.writeable = False
        return cls(numbers)

    def values(
        self, shape: tuple[int, ...], fan: Fan | None, generator: RandomSource, *, where: str
    ) -> Array:  # fmt: skip
        """Return the values of one parameter."""
        return _checked(self.numbers, shape, where)

    @property
    def digest(self) -> str:
        """SHA-256 of shape and numbers."""
        words = repr(self.numbers.shape).encode() + np.ascontiguousarray(self.numbers).tobytes()
        return hashlib.sha256(words).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UserArray) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __str__(self) -> str:
        shape = " x ".join(map(str, self.numbers.shape)) or "scalar"
        return f"array {shape} {self.digest[:8]}{IN_MEMORY}"


def _checked(given: Any, shape: tuple[int, ...], where: str) -> Array:
    numbers = real_numbers("init", given, "an array of finite numbers", finite=True, where=where)
    if numbers.shape != shape:
        raise invalid_argument("init", f"an array of shape {shape}", numbers.shape, where=where,
                               kind=ShapeError)  # fmt: skip
    return numbers


@dataclass(frozen=True)
class UserDistribution(Distribution):
    """What :mod:`initlab.initialization` draws from where a user gives the values.

    Attributes:
        own: the function or array.
        fan: fans of the weight; None where there are none.
        where: name of the parameter.
    """

    own: UserFunction | UserArray
    fan: Fan | None
    where: str
    mean = math.nan  # not known before it is asked
    std = math.nan

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Array:
        """Return the user's values."""
        return self.own.values(shape, self.fan, generator, where=self.where)
