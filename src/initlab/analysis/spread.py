"""Numbers of several seeds -> their mean, smallest and largest."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """Mean, smallest and largest of one measurement over the seeds of an initialization."""

    mean: float
    min: float
    max: float

    @classmethod
    def over(cls, values: Iterable[float | None]) -> Spread | None:
        """Return the spread of the numbers that are known and not NaN; None if there are none."""
        numbers = [float(one) for one in values if one is not None and not math.isnan(one)]
        if not numbers:
            return None
        low, high = min(numbers), max(numbers)
        if low == high:  # rounding must not move a constant
            return cls(low, low, low)
        return cls(sum(numbers) / len(numbers), low, high)
