"""A positive number per layer -> where it shrinks or grows, and whether one layer does it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

ONE_PLACE = 0.6  # share of a change that one step makes, to be called its place
LEAST = 1e-300  # stands for 0 in logarithms


@dataclass(frozen=True)
class Trend:
    """How a number changes over the layers.

    Attributes:
        ratio: the most extreme value over the value it is held against.
        start: index of the layer after which it changes.
        end: index of the layer where it is most extreme.
        jump: index of the one layer that makes most of the change; None where many do.
    """

    ratio: float
    start: int
    end: int
    jump: int | None

    @property
    def times(self) -> float:
        """How many times one of the two values is the other."""
        return max(self.ratio, 1 / max(self.ratio, LEAST))

    @property
    def steps(self) -> int:
        """Number of layers on the way."""
        return self.end - self.start

    @property
    def guilty(self) -> slice:
        """The layers that make the change: the one that makes most of it, or all on the way."""
        if self.jump is not None:
            return slice(self.jump, self.jump + 1)
        return slice(self.start + 1, self.end + 1)

    @property
    def passed(self) -> slice:
        """The same on the way back: a gradient at a layer has passed those that follow it."""
        return slice(self.guilty.start - 1, self.guilty.stop - 1)


def shrinking(values: Sequence[float]) -> Trend:
    """Return the largest fall that no later value undoes: a side branch is no trend."""
    return _largest_fall([*itertools.accumulate(reversed(values), max)][::-1])


def growing(values: Sequence[float]) -> Trend:
    """Return the largest rise above all earlier values."""
    tops = itertools.accumulate(values, max)
    fall = _largest_fall([1 / max(value, LEAST) for value in tops])
    return Trend(1 / max(fall.ratio, LEAST), fall.start, fall.end, fall.jump)


def _largest_fall(values: Sequence[float]) -> Trend:
    logs = [math.log(max(value, LEAST)) for value in values]
    top, best = 0, (0.0, 0, 0)
    for k, value in enumerate(logs):
        if value > logs[top]:
            top = k
        best = min(best, (value - logs[top], top, k))
    fall, start, end = best
    steps = [(logs[k] - logs[k - 1], k) for k in range(start + 1, end + 1)]
    jump = min(steps, default=(0.0, 0))
    return Trend(math.exp(fall), start, end, jump[1] if jump[0] <= ONE_PLACE * fall < 0 else None)
