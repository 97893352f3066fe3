"""Inits, seeds, learning rates as a user gives them -> checked tuples, or one clear sentence."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Sequence
from typing import Any

from initlab.errors import ArgumentError, InitlabError, refusal
from initlab.initializers import Initializer, parse
from initlab.initializers.case import Case, parse_start
from initlab.records.training import LARGEST_LEARNING_RATE
from initlab.validation import finite_number, seed_number

LARGEST_STUDY = 100_000  # cells: above, days of training and a gigabyte of curves


def checked_inits(value: Any, others: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the inits in canonical spelling; ``others`` are inits by these names too."""
    if isinstance(value, str | Initializer | Case):
        value = [value]
    if not isinstance(value, Iterable):
        raise refusal("inits", "a start or a list of starts", value)
    inits = [
        item if isinstance(item, str) and item in others else str(parse_start(item))
        for item in value
    ]
    return _distinct("inits", inits, "start")


def checked_bias_init(value: Any, builders: Sequence[str]) -> str | None:
    """Return it in canonical spelling; ``builders`` are the chosen inits that make biases too."""
    if value is None:
        return None
    try:
        init = str(parse(value))
    except InitlabError as error:
        if error.argument != "init":
            raise
        raise ArgumentError(
            f"bias_{error}", argument="bias_init", value=value, expected=error.expected
        ) from None
    for builder in builders:
        hint = f"{builder!r} brings its own biases."
        raise refusal("bias_init", f"left out with {builder!r}", init, hint=hint)
    return init


def checked_seeds(value: Any) -> tuple[int, ...]:
    """An int counts (50 means 0, ..., 49), a list lists."""
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        if not 1 <= int(value) <= LARGEST_STUDY:
            expected = f"a count from 1 to {LARGEST_STUDY:,}, or a list of seeds"
            raise refusal("seeds", expected, value)
        return tuple(range(int(value)))
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise refusal("seeds", "a count of seeds or a list of seeds", value)
    return _distinct("seeds", [seed_number(seed) for seed in value], "seed")


def checked_rates(value: Any) -> tuple[float, ...]:
    """Learning rates: one number, or a list to choose from."""
    listed = value if isinstance(value, list | tuple) else [value]
    rates = [
        finite_number("learning_rate", rate, above=0, maximum=LARGEST_LEARNING_RATE)
        for rate in listed
    ]
    return _distinct("learning_rate", rates, "rate")


def checked_flag(argument: str, value: Any) -> bool:
    """Return True or False; nothing else is one of them."""
    if not isinstance(value, bool):
        raise refusal(argument, "True or False", value)
    return value


def _distinct(argument: str, values: Sequence[Any], noun: str) -> tuple[Any, ...]:
    if not values:
        raise refusal(argument, f"one {noun} or more", [])
    for k, value in enumerate(values):
        if value in values[:k]:
            raise refusal(argument, f"a list that names every {noun} once", value)
    return tuple(values)
