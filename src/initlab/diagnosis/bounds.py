"""Outputs, and the nonlinearity behind them -> the numbers between which they have to lie."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from initlab.nonlinearities.table import Nonlinearity

ONE = 1e-3  # how far sums of probabilities may be from 1, in half precision
FAR = 50.0  # inputs
FLAT = 1e-3  # by how little of its range a bounded function still moves there


def bounds_of(outputs: Any, row: Nonlinearity | None) -> tuple[float, float] | None:
    """Return the bounds of a module's outputs; None where none are known.

    Those of a softmax are seen by their numbers, whatever computed them; others by the nonlinearity
    that follows the last layer, where the outputs lie between its bounds.
    """
    values = outputs.detach().double()
    if not values.numel() or values.isnan().any():
        return None
    low, high = float(values.min()), float(values.max())
    shares = values.dim() > 1 and values.shape[1] > 1 and low >= 0 and high > low
    if shares and bool(((values.sum(dim=1) - 1).abs() < ONE).all()):
        return 0.0, 1.0
    if row is None:
        return None
    least, most = _range(row)
    if not (math.isfinite(least) or math.isfinite(most)):
        return None
    return (least, most) if least - ONE <= low and high <= most + ONE else None


def _range(row: Nonlinearity) -> tuple[float, float]:
    """Return the least and the largest value of a nonlinearity; infinite ones without."""
    values = row.value(np.linspace(-FAR, FAR, 10_001))
    quarter, still = len(values) // 4, FLAT * np.ptp(values)
    return (
        -math.inf if abs(values[0] - values[quarter]) > still else float(values.min()),
        math.inf if abs(values[-1] - values[-quarter]) > still else float(values.max()),
    )
