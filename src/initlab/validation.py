"""Values from outside -> the same values, checked, or one clear refusal."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Iterable, Sequence
from typing import Any

from initlab.errors import refusal

LARGEST_SEED = 2**63 - 1  # fits a signed 64-bit column, JSON readers and every generator we key


def finite_number(
    argument: str,
    value: Any,
    *,
    above: float | None = None,
    minimum: float | None = None,
    below: float | None = None,
    maximum: float | None = None,
    where: str = "",
    hint: str = "",
) -> float:
    """Return ``value`` as a float if it is a finite real number within the bounds.

    bool and str are not numbers here. ``above`` and ``below`` exclude their bound, ``minimum``
    and ``maximum`` include it.
    """
    expected = "a finite number" + _bounds(above, minimum, below, maximum)
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise refusal(argument, expected, value, where=where, hint=hint)
    try:
        number = float(value)
    except OverflowError:
        raise refusal(argument, expected, value, where=where, hint=hint) from None
    if not math.isfinite(number) or not _inside(number, above, minimum, below, maximum):
        raise refusal(argument, expected, value, where=where, hint=hint)
    return number


def whole_number(
    argument: str,
    value: Any,
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    where: str = "",
    hint: str = "",
) -> int:
    """Return ``value`` as an int if it is an integer (not a bool) within the bounds."""
    expected = "an integer" + _bounds(None, minimum, None, maximum)
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise refusal(argument, expected, value, where=where, hint=hint)
    number = int(value)
    if not _inside(number, None, minimum, None, maximum):
        raise refusal(argument, expected, value, where=where, hint=hint)
    return number


def seed_number(value: Any, *, argument: str = "seed", where: str = "") -> int:
    """Return a seed: an integer from 0 to 2**63 - 1."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise refusal(argument, "an integer from 0 to 2**63 - 1", value, where=where)
    if not 0 <= int(value) <= LARGEST_SEED:
        raise refusal(argument, "an integer from 0 to 2**63 - 1", value, where=where)
    return int(value)


def one_of(argument: str, value: Any, allowed: Sequence[str], *, where: str = "") -> str:
    """Return ``value`` if it is exactly one of the allowed names; else suggest the nearest."""
    if isinstance(value, str) and value in allowed:
        return value
    expected = "one of " + ", ".join(allowed)
    raise refusal(argument, expected, value, where=where, hint=nearest_hint(value, allowed))


def nearest_hint(value: Any, allowed: Iterable[str]) -> str:
    """Return "Did you mean 'x'?" for a misspelt name, or an empty string."""
    if not isinstance(value, str):
        return ""
    near = difflib.get_close_matches(value.strip().lower(), list(allowed), n=1, cutoff=0.6)
    return f"Did you mean {near[0]!r}?" if near else ""


def _inside(
    number: float,
    above: float | None,
    minimum: float | None,
    below: float | None,
    maximum: float | None,
) -> bool:
    return (
        (above is None or number > above)
        and (minimum is None or number >= minimum)
        and (below is None or number < below)
        and (maximum is None or number <= maximum)
    )


def _bounds(
    above: float | None, minimum: float | None, below: float | None, maximum: float | None
) -> str:
    parts = []
    if above is not None:
        parts.append(f"> {above:g}")
    if minimum is not None:
        parts.append(f">= {minimum:g}" if isinstance(minimum, float) else f">= {minimum}")
    if below is not None:
        parts.append(f"< {below:g}")
    if maximum is not None:
        parts.append(f"<= {maximum:g}" if isinstance(maximum, float) else f"<= {maximum}")
    return " " + " and ".join(parts) if parts else ""
