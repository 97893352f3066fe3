"""An array of a step -> the numbers a picture shows, and which of them are 0 or equal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from initlab.numbers import decimals
from initlab.tracing.causes import equal_groups

Array = NDArray[np.float64]
DIGITS = 4


@dataclass(frozen=True)
class Mark:
    """One number of the picture.

    Attributes:
        value: mean over the samples.
        zero: 0 in every sample.
        group: number of its class of equal units, from 0; None where it has no equal.
    """

    value: float
    zero: bool = False
    group: int | None = None

    @property
    def text(self) -> str:
        """The number as it is written."""
        if self.value == 0 and not self.zero:
            return "±0"  # the samples cancel
        return decimals(self.value, DIGITS)


def unit_marks(array: Array) -> list[Mark]:
    """Mark each column of Z, A, dA, dZ, B or dB: rows are samples."""
    groups = _groups(array)
    return [
        Mark(float(column.mean()), not column.any(), groups.get(unit))
        for unit, column in enumerate(array.T)
    ]


def weight_marks(matrix: Array, *, rows_are_units: bool) -> list[list[Mark]]:
    """Mark each entry of W or dW (in, out); equal where its column or its row is."""
    columns = _groups(matrix)
    rows = _groups(matrix.T) if rows_are_units else {}
    return [
        [Mark(float(value), value == 0, columns.get(j, rows.get(i))) for j, value in enumerate(row)]
        for i, row in enumerate(matrix)
    ]


def _groups(matrix: Array) -> dict[int, int]:
    """Number of the class of each column that has an equal one and is not 0."""
    classes = enumerate(equal_groups(matrix))
    return {int(unit): number for number, units in classes for unit in units}
