"""One step's numbers -> which columns or rows of a quantity are equal, and which factors' are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from initlab.networks.distinct import TOLERANCE, first_equal
from initlab.tracing.equations import activation_name, split
from initlab.tracing.step import Step
from initlab.tracing.wording import are
from initlab.tracing.zeros import is_zero

if TYPE_CHECKING:
    from jaxtyping import Float, Int

Array = NDArray[np.float64]
Units = NDArray[np.intp]


def equal_classes(matrix: Float[Array, "n units"]) -> list[Units]:
    """Group the columns of a matrix that are equal, to :data:`TOLERANCE`.

    Example:
        >>> [units.tolist() for units in equal_classes(np.array([[1.0, 2.0, 1.0]]))]
        [[0, 2], [1]]
    """
    first = first_equal(matrix.T, TOLERANCE)
    return [np.flatnonzero(first == head) for head in np.unique(first)]


def all_equal(matrix: Float[Array, "n units"], units: Int[Units, " chosen"]) -> bool:
    """Whether these columns are equal, to :data:`TOLERANCE`."""
    return len(np.unique(first_equal(matrix.T, TOLERANCE)[units])) == 1


def equal_groups(matrix: Float[Array, "n units"]) -> list[Units]:
    """Classes of columns that have an equal one and are not 0."""
    return [c for c in equal_classes(matrix) if len(c) > 1 and matrix[:, c[0]].any()]


def why_equal(step: Step, name: str, line: str, units: Units, width: int) -> str:
    """Return why columns (or rows) are equal, as a clause that follows "because".

    The cause is found in the same lines of the factors. ``line`` is "column" or "row", ``units``
    those of the ``width`` there are that are equal.
    """
    kind, k = split(name)
    there = "" if len(units) == width else " there"
    if kind in ("W", "B"):
        return _parameter(step, name, line, units) + there
    if kind == "dZ" and k == step.network.depth:
        return f"prediction and target differ by the same{there}"
    return _cause(*_factors(step, kind, k, line), units, there)


def _factors(step: Step, kind: str, k: int, line: str) -> tuple[str, dict[str, Array]]:
    """Which lines of which factors make the quantity's; the arrays have units as columns."""
    if kind == "dA":
        return "rows", {f"W{k + 1}": step.before[f"W{k + 1}"].T}
    if kind == "dW" and line == "row":
        return "columns", {activation_name(k - 1): step.activation(k - 1)}
    names = {
        "Z": (f"W{k}", f"B{k}"), "A": (f"Z{k}",), "dZ": (f"dA{k}", f"Z{k}"),
        "dW": (f"dZ{k}",), "dB": (f"dZ{k}",),
    }  # fmt: skip
    known = {**step.before, **step.forward, **step.backward}
    return "columns", {name: known[name] for name in names[kind]}


def _parameter(step: Step, name: str, line: str, units: Units) -> str:
    before, change = step.before[name], step.backward[f"d{name}"]
    if line == "row":
        before, change = before.T, change.T
    if not (all_equal(before, units) and all_equal(change, units)):
        return "the update happens to make them so"
    was = "0" if is_zero(before[:, units]) else "equal"
    if is_zero(change[:, units]):
        return f"they were {was} and d{name} is 0"
    return f"they were {was} and those of d{name} are equal"


def _cause(lines: str, factors: dict[str, Array], units: Units, there: str) -> str:
    zero = [name for name, matrix in factors.items() if is_zero(matrix[:, units])]
    equal = [name for name, matrix in factors.items()
             if name not in zero and all_equal(matrix, units)]  # fmt: skip
    if len(zero) + len(equal) < len(factors):
        return f"its sums agree{there}, though the {lines} of {' or '.join(factors)} differ"
    parts = [are(zero, "0")] if zero else []
    if equal:
        parts.append(f"the {lines} of {' and '.join(equal)} are equal")
    return " and ".join(parts) + there
