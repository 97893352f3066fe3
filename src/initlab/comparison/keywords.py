"""A public function -> the same, which names the argument that an unknown keyword may mean."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from initlab.errors import ArgumentError
from initlab.settings.synonyms import meant

P = ParamSpec("P")
R = TypeVar("R")


def keywords_checked(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function; Python's own TypeError does not say which argument is meant.

    Raises:
        ArgumentError: when it is called with a keyword that it does not have.
    """
    known = tuple(inspect.signature(function).parameters)

    @functools.wraps(function)
    def checked(*args: P.args, **given: P.kwargs) -> R:
        for name, value in given.items():
            if name not in known:
                called = function.__name__
                near = " or ".join(map(repr, meant(name, known)))
                hint = f"Did you mean {near}?" if near else f"See help(initlab.{called})."
                raise ArgumentError(
                    f"{called} has no argument {name!r}. {hint}",
                    argument=name, value=value, expected=f"an argument of {called}",
                )  # fmt: skip
        return function(*args, **given)

    return checked
