"""Inits as a user gives them -> checked tuples, or one clear sentence."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from initlab.errors import ArgumentError, InitlabError, refusal
from initlab.initializers import Initializer, parse
from initlab.initializers.case import Case, parameter_words, parse_start
from initlab.initializers.layer_dims import checked_layer_dims
from initlab.settings.kinds import LONGEST_GRID, distinct
from initlab.validation import items_of

ALIASES = {"default": "torch_default"}  # a PyTorch model's own has this name in a dense network


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
    inits: list[str] = []
    typed = items_of("inits", value, expected, most=LONGEST_GRID)
    for item in typed:
        known = isinstance(item, str) and item in others
        same = ALIASES.get(item, item) if isinstance(item, str) else item
        with contextlib.nullcontext() if known else _naming_parameters(layer_dims):
            inits.append(item if known else str(parse_start(same)))
    for k, init in enumerate(inits):
        first = typed[inits.index(init)]
        if str(first) != str(typed[k]):
            expected, hint = "a list that names every init once", f"{first} and {typed[k]} are one."
            raise refusal("inits", expected, typed, hint=hint)
    return distinct("inits", inits, "init")


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
