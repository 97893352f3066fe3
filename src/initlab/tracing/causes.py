"""One step's numbers -> why a quantity is 0, and why columns or rows of it are equal.

A product is 0 where a factor is, or where its terms cancel; lines of it are equal where those of
its factors are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from initlab.networks.distinct import TOLERANCE, first_equal
from initlab.networks.losses import CLASSES, TABLE
from initlab.nonlinearities.table import nonlinearity
from initlab.tracing.equations import activation_name, split
from initlab.tracing.step import Step, ordered_product
from initlab.tracing.wording import are, lines
from initlab.validation import listed

if TYPE_CHECKING:
    from jaxtyping import Float, Int

Array = NDArray[np.float64]
Units = NDArray[np.intp]
Lines = Units | slice
EVERY = slice(None)


def why_zero(step: Step, name: str, rows: Lines = EVERY, columns: Lines = EVERY) -> str:
    """Return why some rows and columns of a quantity are 0, as a clause that follows "because".

    Columns of Z, A, dA, dZ, B, dB, W and dW are units of their layer; rows of W and dW are units
    of the layer before.
    """
    kind, k = split(name)
    there = "" if rows is EVERY and columns is EVERY else " there"
    if kind in ("W", "B"):
        values = (step.before[name], step.backward[f"d{name}"])
        if all(is_zero(value[rows][:, columns]) for value in values):
            return f"{name} was 0{there} and d{name} is 0{there}"
        return f"the old {name} was equal to η d{name}{there}"
    if kind == "A":
        return _activation(step, k, columns, there)
    if kind == "dZ":
        return _slope(step, k, columns, there)
    return _turned(step, kind, k, rows, columns) or _sum(step, kind, k, rows, columns) + there


def _activation(step: Step, k: int, columns: Lines, there: str) -> str:
    f = step.network.nonlinearity
    if k == step.network.depth:
        if TABLE[step.network.loss].targets == CLASSES:
            larger = f"each row of Z{k} has a much larger number in another column"
            return f"{larger}, so that A{k} rounds to 0{there}"
        return f"Z{k} is so far below 0{there} that A{k} rounds to 0"
    if is_zero(step.forward[f"Z{k}"][:, columns]):
        return f"Z{k} is 0{there} and {f}(0) = 0"
    if f == "relu":
        return f"no number in Z{k} is above 0{there}"
    return f"{f} is 0 for every number in Z{k}{there}"


def _slope(step: Step, k: int, columns: Lines, there: str) -> str:
    if k == step.network.depth:
        return f"prediction and target are equal{there}"
    if is_zero(step.backward[f"dA{k}"][:, columns]):
        return f"dA{k} is 0{there}"
    f = step.network.nonlinearity
    z, a = step.forward[f"Z{k}"][:, columns], step.forward[f"A{k}"][:, columns]
    if is_zero(np.asarray(nonlinearity(f).derivative(z, a), dtype=np.float64)):
        flat = f" (saturated {f})" if nonlinearity(f).largest_slope is not None else ""
        dead = f" (dead ReLU: no number in Z{k} is above 0{there})" if f == "relu" else flat
        return f"{f}'(Z{k}) is 0{there}{dead}"
    return f"in every entry, dA{k} or {f}'(Z{k}) is 0{there}"


def _turned(step: Step, kind: str, k: int, rows: Lines, columns: Lines) -> str:
    """Name the rows of W that make columns of dA 0, or the columns of A that make rows of dW 0."""
    if kind == "dA" and not isinstance(columns, slice):
        name, line, units, factor = f"W{k + 1}", "row", columns, step.before[f"W{k + 1}"].T
    elif kind == "dW" and not isinstance(rows, slice):
        name, line, units, factor = activation_name(k - 1), "column", rows, step.activation(k - 1)
    else:
        return ""
    zero = is_zero(factor[:, units])
    return f"{name} is 0 in {lines(line, units, factor.shape[1])}" if zero else ""


def _sum(step: Step, kind: str, k: int, rows: Lines, columns: Lines) -> str:
    """Why the sums of a matrix product are 0."""
    sent = activation_name(k - 1)
    if kind == "dA":
        dz, w = step.backward[f"dZ{k + 1}"], step.before[f"W{k + 1}"][columns]
        return _product(dz, w.T, f"dZ{k + 1}", f"W{k + 1}", "term")
    if kind == "Z":
        a, w = step.activation(k - 1), step.before[f"W{k}"][:, columns]
        if not is_zero(step.before[f"B{k}"][:, columns]):
            return f"{sent} W{k} and B{k} cancel"
        zero = [name for name, v in ((sent, a), (f"W{k}", w)) if is_zero(v)]
        if zero:
            return are([*zero, f"B{k}"], "0")
        return f"{_product(a, w, sent, f'W{k}', 'term')}, and B{k} is 0"
    dz = step.backward[f"dZ{k}"][:, columns]
    if kind == "dW":
        return _product(step.activation(k - 1)[:, rows].T, dz, sent, f"dZ{k}", "sample")
    return f"dZ{k} is 0" if is_zero(dz) else f"dZ{k} sums to 0 over the samples"


def is_zero(value: Array) -> bool:
    """Whether every entry is exactly 0."""
    return not value.any()


def _product(a: Array, b: Array, a_name: str, b_name: str, term: str) -> str:
    """Why the matrix product of a and b is 0."""
    zero = [name for name, value in ((a_name, a), (b_name, b)) if is_zero(value)]
    if zero:
        return are(zero, "0")
    if is_zero(ordered_product(np.abs(a), np.abs(b))):
        return (
            f"a factor from {a_name} or {b_name} is 0 in every term of the matrix product"
            if term == "term" else f"in every sample, {a_name} or {b_name} is 0"
        )  # fmt: skip
    return (
        "the terms of the matrix product cancel" if term == "term"
        else f"the contributions of the {term}s cancel"
    )  # fmt: skip


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
    these = f"these {line}s" if there else f"the {line}s"
    if kind in ("W", "B"):
        return _parameter(step, name, line, units, these, there)
    if kind == "dZ" and k == step.network.depth:
        return f"prediction minus target is equal in {these if there else f'all {line}s'}"
    other, factors = _factors(step, kind, k, line)
    if other != line:
        these = lines(other, units, width) if there else f"the {other}s"
    return _cause(these, factors, units, there)


def _factors(step: Step, kind: str, k: int, line: str) -> tuple[str, dict[str, Array]]:
    """Which lines of which factors make the quantity's; the arrays have units as columns."""
    if kind == "dA":
        return "row", {f"W{k + 1}": step.before[f"W{k + 1}"].T}
    if kind == "dW" and line == "row":
        return "column", {activation_name(k - 1): step.activation(k - 1)}
    names = {
        "Z": (f"W{k}", f"B{k}"), "A": (f"Z{k}",), "dZ": (f"dA{k}", f"Z{k}"),
        "dW": (f"dZ{k}",), "dB": (f"dZ{k}",),
    }  # fmt: skip
    known = {**step.before, **step.forward, **step.backward}
    return "column", {name: known[name] for name in names[kind]}


def _parameter(step: Step, name: str, line: str, units: Units, these: str, there: str) -> str:
    before, change = step.before[name], step.backward[f"d{name}"]
    if line == "row":
        before, change = before.T, change.T
    if not (all_equal(before, units) and all_equal(change, units)):
        return f"the update happens to make {these} equal"
    was = "0" if is_zero(before[:, units]) else "equal"
    if is_zero(change[:, units]):
        return f"{these} were {was} and d{name} is 0{there}"
    return f"{these} were {was} and {these} of d{name} are equal"


def _cause(these: str, factors: dict[str, Array], units: Units, there: str) -> str:
    zero = [name for name, matrix in factors.items() if is_zero(matrix[:, units])]
    equal = [name for name, matrix in factors.items()
             if name not in zero and all_equal(matrix, units)]  # fmt: skip
    different = [name for name in factors if name not in zero + equal]
    if different:
        return f"{these} of {listed(different)} differ but give the same result"
    parts = [are(zero, "0") + there] if zero else []
    if equal:
        first, *others = equal
        parts.append(f"{these} of {first} are equal")
        parts += [f"so are those of {name}" for name in others]
    return " and ".join(parts)
