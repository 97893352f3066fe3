"""Inits, seeds, learning rates as a user gives them -> checked tuples, or one clear sentence."""

from __future__ import annotations

import contextlib
import numbers
from collections.abc import Iterator, Sequence
from typing import Any

from initlab.errors import ArgumentError, InitlabError, refusal
from initlab.initializers import Initializer, parse
from initlab.initializers.case import Case, parameter_words, parse_start
from initlab.initializers.layer_dims import checked_layer_dims
from initlab.records.training import LARGEST_LEARNING_RATE
from initlab.validation import (
    LARGEST_SEED,
    finite_number,
    is_whole,
    items_of,
    named_values,
    seed_number,
    whole_number,
)

LONGEST_GRID = 1_000  # inits or learning rates of one study: more is a slip of the pen
ALIASES = {"default": "torch_default"}  # a PyTorch model's own has this name in a dense network
LARGEST_STUDY = 100_000  # cells: above, days of training and a gigabyte of curves


def checked_inits(
    value: Any, others: Sequence[str] = (), layer_dims: Any = None
) -> tuple[str, ...]:
    """Return the inits in canonical spelling.

    Args:
        value: one init, or a list of them.
        others: names that are inits too.
        layer_dims: of the network, for a message that names its parameters; None if not known.
    """
    if isinstance(value, str | Initializer | Case):
        value = [value]
    expected = "an init or a list of inits"
    inits = []
    for item in items_of("inits", value, expected, most=LONGEST_GRID):
        known = isinstance(item, str) and item in others
        same = ALIASES.get(item, item) if isinstance(item, str) else item
        with contextlib.nullcontext() if known else _naming_parameters(layer_dims):
            inits.append(item if known else str(parse_start(same)))
    return _distinct("inits", inits, "init")


@contextlib.contextmanager
def _naming_parameters(layer_dims: Any) -> Iterator[None]:
    """Add the parameters of the network to what is wrong with the names of a case."""
    try:
        yield
    except ArgumentError as error:
        try:
            words = parameter_words(checked_layer_dims(layer_dims))
        except ArgumentError:
            raise error from None
        if error.where != "case":
            raise
        raise ArgumentError(
            f"{error} {words}", argument=error.argument, value=error.value,
            expected=error.expected, where=error.where,
        ) from None  # fmt: skip


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
    if is_whole(value):
        if not 1 <= int(value) <= LARGEST_STUDY:
            expected = f"a count from 1 to {LARGEST_STUDY:,}, or a list of seeds"
            raise refusal("seeds", expected, value)
        return tuple(range(int(value)))
    listed = items_of("seeds", value, "a count of seeds or a list of seeds", most=LARGEST_STUDY)
    return _distinct("seeds", [seed_number(seed) for seed in listed], "seed")


def checked_rates(value: Any) -> tuple[float, ...]:
    """Learning rates: one number, or a list to choose from."""
    listed = [value]
    if not isinstance(value, numbers.Real | str):
        expected = "a number > 0 or a list of them"
        listed = items_of("learning_rate", value, expected, most=LONGEST_GRID)
    rates = [
        finite_number("learning_rate", rate, above=0, maximum=LARGEST_LEARNING_RATE)
        for rate in listed
    ]
    return _distinct("learning_rate", rates, "rate")


def checked_arguments(value: Any) -> dict[str, Any]:
    """Return the arguments of an optimizer, of values that a study's file can hold."""
    argument = "optimizer_arguments"
    named = named_values(argument, value, "a mapping of names to values")
    return {name: _plain(f"{argument}[{name!r}]", one) for name, one in named.items()}


def _plain(argument: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, list | tuple):
        return type(value)(_plain(argument, one) for one in items_of(argument, value, "a list"))
    if is_whole(value):
        return whole_number(argument, value, minimum=-LARGEST_SEED, maximum=LARGEST_SEED)
    hint = "" if isinstance(value, numbers.Real) else "A study's file must be able to hold it."
    return finite_number(argument, value, hint=hint)


def _distinct(argument: str, values: Sequence[Any], noun: str) -> tuple[Any, ...]:
    if not values:
        raise refusal(argument, f"one {noun} or more", [])
    seen = set()
    for value in values:
        if value in seen:
            raise refusal(argument, f"a list that names every {noun} once", list(values),
                          hint=f"{value} is there twice.")  # fmt: skip
        seen.add(value)
    return tuple(values)
