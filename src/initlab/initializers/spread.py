"""A std, gain or scale from outside -> the same number, checked to leave no weight at zero."""

from __future__ import annotations

from typing import Any

from initlab.validation import finite_number


def spread(argument: str, value: Any, *, where: str) -> float:
    """Return a finite number > 0; 0 is refused with the name of the start that means it."""
    is_zero = isinstance(value, (int, float)) and not isinstance(value, bool) and value == 0
    hint = "For weights that are all 0 use zeros." if is_zero else ""
    return finite_number(argument, value, above=0, where=where, hint=hint)
