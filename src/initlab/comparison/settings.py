"""Inits as a user gives them -> checked tuples, or one clear sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from initlab.errors import ArgumentError, InitlabError, refusal
from initlab.initializers import Initializer, parse
from initlab.initializers.case import Case, parse_start
from initlab.settings.kinds import LONGEST_GRID, distinct
from initlab.validation import items_of


def checked_inits(value: Any, others: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the inits in canonical spelling; ``others`` are inits by these names too."""
    if isinstance(value, str | Initializer | Case):
        value = [value]
    inits = [
        item if isinstance(item, str) and item in others else str(parse_start(item))
        for item in items_of("inits", value, "a start or a list of starts", most=LONGEST_GRID)
    ]
    return distinct("inits", inits, "start")


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
