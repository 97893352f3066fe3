"""Preactivations and activations -> the shares that a nonlinearity lets no gradient through."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from initlab.nonlinearities.table import Nonlinearity

SATURATED_SLOPE = 0.01  # of the largest: below, a unit lets 1 % of the error signal through
Array = NDArray[np.floating]


def flat_shares(
    row: Nonlinearity, parts: Iterable[tuple[Array, Array]], units: int
) -> tuple[float, float | None]:
    """Return the shares of what a nonlinearity lets no gradient through, and hardly any.

    Args:
        row: the nonlinearity.
        parts: preactivations and activations, some of the points at a time; where its slope needs
            no preactivations, anything may stand for them.
        units: their axis of units.

    Returns:
        The share of units whose slope is 0 at every point; and of (unit, point) pairs whose slope
        is below 1 % of the largest, None of a function that is not bounded.
    """
    blocked: NDArray[np.bool_] | None = None
    below = count = 0
    for z, a in parts:
        slope = row.derivative(z, a)
        rest = tuple(axis for axis in range(a.ndim) if axis != units % a.ndim)
        flat = ((slope == 0) & ~np.isnan(a)).all(axis=rest)
        blocked = flat if blocked is None else blocked & flat
        count += a.size
        if row.largest_slope is not None:
            below += int((np.abs(slope) < SATURATED_SLOPE * row.largest_slope).sum())
    share = None if row.largest_slope is None else below / max(1, count)
    return 0.0 if blocked is None else float(blocked.mean()), share
