"""Values from outside -> the same values, checked, or one clear refusal."""

from __future__ import annotations

import contextlib
import difflib
import math
import numbers
import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from initlab.errors import refusal

LARGEST_SEED = 2**63 - 1  # fits a signed 64-bit column, JSON readers and every generator we key
COMPARISONS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}


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
    bounds = {">": above, ">=": minimum, "<": below, "<=": maximum}
    number = math.nan
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):
            number = float(value)
    if not math.isfinite(number) or not _inside(number, bounds):
        raise refusal(argument, "a finite number" + _words(bounds), value, where=where, hint=hint)
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
    bounds = {">=": minimum, "<=": maximum}
    if not _is_whole(value) or not _inside(int(value), bounds):
        raise refusal(argument, "an integer" + _words(bounds), value, where=where, hint=hint)
    return int(value)


def seed_number(value: Any, *, argument: str = "seed", where: str = "") -> int:
    """Return a seed: an integer from 0 to 2**63 - 1."""
    if not _is_whole(value) or not 0 <= int(value) <= LARGEST_SEED:
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


def _is_whole(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _inside(number: float, bounds: Mapping[str, float | None]) -> bool:
    return all(
        COMPARISONS[sign](number, bound) for sign, bound in bounds.items() if bound is not None
    )


def _words(bounds: Mapping[str, float | None]) -> str:
    """Return " > 0 and <= 1", or an empty string."""
    parts = [
        f"{sign} {bound:g}" if isinstance(bound, float) else f"{sign} {bound}"
        for sign, bound in bounds.items()
        if bound is not None
    ]
    return " " + " and ".join(parts) if parts else ""
