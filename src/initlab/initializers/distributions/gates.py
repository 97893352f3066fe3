"""Distribution of the biases of an LSTM's gates, in torch's order: input, forget, cell, output."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from initlab.errors import ShapeError, invalid_argument
from initlab.initializers.distributions.distribution import Array, Distribution
from initlab.randomness import RandomSource
from initlab.validation import finite_number


@dataclass(frozen=True)
class TimeScales(Distribution):
    """Forget biases ln U(1, longest − 1), input biases their negatives, the others 0.

    Attributes:
        longest: the longest dependence, in steps, above 2.

    Example:
        >>> round(TimeScales(longest=100).std, 6)
        2.650148
    """

    longest: float
    mean = 0.0

    def __post_init__(self) -> None:
        longest = finite_number("longest", self.longest, above=2, where="TimeScales")
        object.__setattr__(self, "longest", longest)

    @property
    def std(self) -> float:
        """Standard deviation of an entry: of four gates two hold ± ln U."""
        a = self.longest - 1
        log = math.log(a)
        square = (a * log * log - 2 * a * log + 2 * a - 2) / (a - 1)  # E ln² U(1, a)
        return math.sqrt(square / 2)

    def draw(self, shape: tuple[int, ...], generator: RandomSource) -> Array:
        """Return the biases; the last axis holds the four gates."""
        if not shape or shape[-1] % 4:
            raise invalid_argument("shape", "(..., 4 * hidden_size), the shape of an LSTM bias",
                                   shape, where="TimeScales", kind=ShapeError)  # fmt: skip
        width = shape[-1] // 4
        times = 1 + (self.longest - 2) * np.asarray(generator.random((*shape[:-1], width)))
        bias = np.zeros(shape)
        bias[..., width : 2 * width] = np.log(times)
        bias[..., :width] = -bias[..., width : 2 * width]
        return bias
