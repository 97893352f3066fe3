"""One quantity of a step -> what is to be noticed about it, and the cause, as a sentence.

Nothing here knows a case: every cause is read off the factors that give the quantity.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from initlab.tracing.causes import EVERY, equal_groups, is_zero, why_equal, why_zero
from initlab.tracing.equations import equation, split
from initlab.tracing.step import Step
from initlab.tracing.wording import lines

Array = NDArray[np.float64]
MOST_CLASSES = 4  # classes of equal lines that are listed for one quantity


@dataclass(frozen=True)
class Remark:
    """Something to notice about a quantity, and its cause.

    Attributes:
        equation: of the quantity, such as "dW2 = A1ᵀ dZ2".
        kind: "zero", "equal" or "unchanged".
        what: what to notice, such as "is 0".
        because: the cause, such as "A1 is 0".
    """

    equation: str
    kind: str
    what: str
    because: str

    @property
    def clause(self) -> str:
        """The remark beside a quantity that is named already: "is 0 because A1 is 0"."""
        return f"{self.what} because {self.because}"

    def __str__(self) -> str:
        return f"{self.equation} {self.clause}"


def remarks(step: Step, name: str) -> tuple[Remark, ...]:
    """Return what is to be noticed about one quantity of a step.

    Of a parameter, the value after the update is meant.
    """
    value, (kind, layer) = quantity(step, name), split(name)
    left = equation(step.network, name, samples=step.samples)
    if is_zero(value):
        return (Remark(left, "zero", "is 0", why_zero(step, name)),)
    found = []
    if kind in ("W", "B") and np.array_equal(value, step.before[name]):
        still = is_zero(step.backward[f"d{name}"])
        because = f"d{name} is 0" if still else f"η d{name} is too small to change {name}"
        found.append(Remark(left, "unchanged", "stays as it was", because))
    found += _line_remarks(step, name, left, "column", value)
    if kind in ("W", "dW") and layer > 1:  # rows of W1 belong to inputs, which are what they are
        found += _line_remarks(step, name, left, "row", value.T)
    return tuple(found)


def quantity(step: Step, name: str) -> Array:
    """Return a quantity by its name; a parameter after the update."""
    return {**step.forward, **step.backward, **step.parameters}[name]


def _line_remarks(step: Step, name: str, left: str, line: str, matrix: Array) -> Iterator[Remark]:
    """Yield remarks on zero and equal columns of ``matrix``: ``line``s of the quantity."""
    width = matrix.shape[1]
    silent = np.flatnonzero(~matrix.any(axis=0))
    if len(silent):
        rows, columns = (silent, EVERY) if line == "row" else (EVERY, silent)
        because = why_zero(step, name, rows, columns)
        yield Remark(left, "zero", f"is 0 in {lines(line, silent, width)}", because)
    for units in equal_groups(matrix)[:MOST_CLASSES]:
        because = why_equal(step, name, line, units, width)
        yield Remark(left, "equal", f"has {lines(line, units, width)} equal", because)
