"""One quantity of a step -> what is to be noticed about it, and the cause, as a sentence.

Nothing here knows a case: every cause is read off the factors that give the quantity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from initlab.networks import DenseNetwork
from initlab.tracing.equals import EqualReader, equal_classes
from initlab.tracing.equations import equation, split
from initlab.tracing.step import Step
from initlab.tracing.wording import lines
from initlab.tracing.zeros import EVERY, ZeroReader, is_zero

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


def remarks(network: DenseNetwork, step: Step, name: str) -> tuple[Remark, ...]:
    """Return what is to be noticed about one quantity of a step.

    Of a parameter, the value after the update is meant.
    """
    value, (kind, layer) = quantity(step, name), split(name)
    left = equation(network, name, samples=step.samples)
    if is_zero(value):
        return (Remark(left, "zero", "is 0", ZeroReader(network, step).why(name)),)
    found = []
    if kind in ("W", "B") and np.array_equal(value, step.before[name]):
        still = is_zero(step.backward[f"d{name}"])
        because = f"d{name} is 0" if still else f"η d{name} is too small to change it"
        found.append(Remark(left, "unchanged", "stays as it was", because))
    found += _line_remarks(network, step, name, left, "column", value)
    if kind in ("W", "dW") and layer > 1:  # rows of W1 belong to inputs, which are what they are
        found += _line_remarks(network, step, name, left, "row", value.T)
    return tuple(found)


def quantity(step: Step, name: str) -> Array:
    """Return a quantity by its name; a parameter after the update."""
    return {**step.forward, **step.backward, **step.parameters}[name]


def _line_remarks(
    network: DenseNetwork, step: Step, name: str, left: str, line: str, matrix: Array
) -> list[Remark]:
    """Zero and equal columns of ``matrix``; they are ``line``s of the quantity."""
    found = []
    width = matrix.shape[1]
    silent = np.flatnonzero(~matrix.any(axis=0))
    if len(silent):
        rows, columns = (silent, EVERY) if line == "row" else (EVERY, silent)
        because = ZeroReader(network, step).why(name, rows, columns)
        found.append(Remark(left, "zero", f"is 0 in {lines(line, silent, width)}", because))
    reader = EqualReader(network, step)
    several = [c for c in equal_classes(matrix) if len(c) > 1 and matrix[:, c[0]].any()]
    for units in several[:MOST_CLASSES]:
        because = reader.why(name, line, units, width)
        found.append(Remark(left, "equal", f"has {lines(line, units, width)} equal", because))
    return found
