"""Inits as a user gives them -> checked tuples, or one clear sentence."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from initlab.errors import ArgumentError, invalid_argument
from initlab.initialization.case import (
    Case,
    Start,
    bias_init_of,
    parameter_words,
    parse_init,
)
from initlab.initialization.rules import Rules
from initlab.initialization.user_values import IN_MEMORY, UserArray, UserFunction
from initlab.initializers import Initializer
from initlab.initializers.layer_dims import checked_layer_dims
from initlab.settings.kinds import LONGEST_GRID, distinct
from initlab.validation import items_of

NOT_IN_FILE = "The study cannot be run again, because its {} existed in memory only."
ALIASES = {"default": "torch_default"}  # a PyTorch model's own has this name in a dense network


def checked_inits(
    value: Any, others: Sequence[str] = (), layer_dims: Any = None
) -> dict[str, Start | None]:
    """Return the inits by their canonical spelling; None stands for ``others``.

    Args:
        value: one init, or a list of them.
        others: names that are inits too.
        layer_dims: of the network, for a message that names its parameters; None if not known.
    """
    if isinstance(value, str | Initializer | Case | Rules):
        value = [value]
    expected = "an init or a list of inits"
    inits: list[tuple[str, Start | None]] = []
    typed = items_of("inits", value, expected, most=LONGEST_GRID)
    for item in typed:
        known = isinstance(item, str) and item in others
        same = ALIASES.get(item, item) if isinstance(item, str) else item
        with contextlib.nullcontext() if known else _naming_parameters(layer_dims):
            read = None if known else parse_init(same)
            inits.append((item if known else str(read), read))
    texts = [text for text, _ in inits]
    for k, init in enumerate(texts):
        first = typed[texts.index(init)]
        if str(first) != str(typed[k]):
            expected, hint = (
                "a list that names each init only once",
                f"{first} and {typed[k]} are the same init.",
            )
            raise invalid_argument("inits", expected, typed, hint=hint)
    distinct("inits", texts, "init")
    return dict(inits)


def user_values(inits: Mapping[str, Start | None]) -> dict[str, UserFunction | UserArray]:
    """Return the functions and arrays of a user's that inits take values from, by their text."""
    return {
        str(init): init
        for rules in inits.values() if isinstance(rules, Rules)
        for init in rules.inits if isinstance(init, UserFunction | UserArray)
    }  # fmt: skip


def in_memory(inits: Sequence[str]) -> bool:
    """Whether an init names values that no other process can find."""
    return any(IN_MEMORY in text for text in inits)


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
    init = str(bias_init_of(value))
    for builder in builders:
        hint = f"{builder!r} sets the biases too."
        raise invalid_argument(
            "bias_init", f"left out when {builder!r} is one of the inits", init, hint=hint
        )
    return init
