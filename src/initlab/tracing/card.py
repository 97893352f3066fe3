"""An array of a step -> its numbers, marked where they are 0 or equal, and their small boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from initlab.numbers import decimals
from initlab.tracing.causes import equal_groups
from initlab.tracing.svg import Canvas

INK, QUIET, LINE = "#222222", "#6b6b6b", "#b4b4bc"
FORWARD, BACKWARD, LOST = "#0072B2", "#A8480A", "#C8102E"
ZERO_FILL, ZERO_INK = "#e6e6ea", "#74747c"
# fill and border of equal numbers, one pair per class of a layer
EQUAL = (("#e7dcfb", "#7b52c7"), ("#d3f0e6", "#0b8a68"), ("#fcdcea", "#c2337e"))
CELL = 20.0  # height
UNIT_WIDTH = 240.0
HEAD = 19.0
WEIGHT_CELLS = (70.0, 78.0, 82.0)  # w, dw, w after the step: "−0.0362" beside "→ w"
WEIGHT_WIDTH = sum(WEIGHT_CELLS)
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


Cell = tuple[str, Mark, str]  # label, number, colour of the label


def cell(canvas: Canvas, x: float, y: float, width: float, content: Cell) -> None:
    """Draw one number: grey and dashed if 0, tinted, with a bar, if equal to another unit's."""
    label, mark, colour = content
    fill, border, ink = "#ffffff", LINE, INK
    dashes: dict[str, str] = {}
    if mark.zero:
        fill, ink, dashes = ZERO_FILL, ZERO_INK, {"stroke_dasharray": "3 2"}
    elif mark.group is not None:
        fill, border = EQUAL[mark.group % len(EQUAL)]
    canvas.rect(x, y, width, CELL, fill=fill, stroke=border, stroke_width=1, **dashes)
    if border != LINE:
        canvas.rect(x, y, 4, CELL, fill=border)  # a sign that print without colour keeps
    base = y + CELL / 2 + 4
    if label:
        canvas.text(x + 6, base, label, size=10.5, fill=colour)
    canvas.text(x + width - 4, base, mark.text, size=11, anchor="end", fill=ink)


def unit_height(rows: Sequence[Sequence[Cell]]) -> float:
    """Height of a unit's box."""
    return HEAD + CELL * len(rows)


def unit(canvas: Canvas, x: float, y: float, name: str, rows: Sequence[Sequence[Cell]]) -> None:
    """Draw a unit: its name, and rows of cells across its width."""
    height = unit_height(rows)
    canvas.rect(x, y, UNIT_WIDTH, height, fill="#f7f7f9", stroke="#55555c", stroke_width=1.4, rx=3)
    canvas.text(x + UNIT_WIDTH / 2, y + 14, name, size=11, anchor="middle", fill=INK,
                font_weight="bold")  # fmt: skip
    for number, row in enumerate(rows):
        width = UNIT_WIDTH / len(row)
        for place, content in enumerate(row):
            cell(canvas, x + place * width, y + HEAD + number * CELL, width, content)


def weight(canvas: Canvas, x: float, y: float, w: Mark, dw: Mark, after: Mark) -> None:
    """Draw a weight: its value, its gradient, its value after the step."""
    contents: tuple[Cell, ...] = (("w", w, FORWARD), ("dw", dw, BACKWARD), ("→ w", after, QUIET))
    for width, content in zip(WEIGHT_CELLS, contents, strict=True):
        cell(canvas, x, y, width, content)
        x += width


def lost(canvas: Canvas, x: float, y: float) -> None:
    """Draw the sign that the error signal stops here."""
    size = 6.0
    canvas.rect(x - size - 2, y - size - 2, 2 * size + 4, 2 * size + 4, fill="#ffffff", rx=3,
                stroke=LOST, stroke_width=1)  # fmt: skip
    for end in (-size + 2, size - 2):
        canvas.line(x - size + 2, y + end, x + size - 2, y - end, stroke=LOST, stroke_width=2.6)
