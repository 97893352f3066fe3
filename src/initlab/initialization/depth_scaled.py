"""Text "depth_scaled(std=0.02)" <-> normal numbers whose std falls with the number of branches."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from initlab.errors import invalid_argument
from initlab.initializers.distributions import Normal
from initlab.validation import finite_number

NAME = re.compile(r"depth_scaled\s*(\(|$)")
TEXT = re.compile(
    r"depth_scaled\(\s*std\s*=\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*\)", re.ASCII
)


@dataclass(frozen=True)
class DepthScaled:
    """Normal numbers with std ``std`` over the square root of how many weights take this init.

    Each such weight ends a residual branch: what n branches add up to has the variance of one
    (Radford et al. 2019, GPT-2, sec. 2.3).

    Attributes:
        std: standard deviation for one branch, finite, > 0.
    """

    std: float

    def __post_init__(self) -> None:
        number = finite_number("std", self.std, above=0, where="depth_scaled")
        object.__setattr__(self, "std", number)

    @staticmethod
    def names(text: str) -> bool:
        """Whether a text begins with its name, right or wrong as the rest may be."""
        return bool(NAME.match(text.strip()))

    @classmethod
    def of(cls, text: Any) -> DepthScaled | None:
        """Return what a text means; None where it is another init."""
        if not isinstance(text, str) or not cls.names(text):
            return None
        found = TEXT.fullmatch(text.strip())
        if found is None:
            raise invalid_argument("init", "a call such as 'depth_scaled(std=0.02)'", text)
        return cls(float(found[1]))

    def distribution(self, branches: int) -> Normal:
        """Return the distribution of one of so many weights."""
        return Normal(0.0, self.std / math.sqrt(max(branches, 1)))

    def __str__(self) -> str:
        return f"depth_scaled(std={self.std:g})"
