"""One step -> its panel: layers as columns of units, weights between them, equations around.

Above a layer stand its forward equations, below it the backward ones, each with its remarks.
"""

from __future__ import annotations

import textwrap

from initlab.tracing import card
from initlab.tracing.card import BACKWARD, FORWARD, INK, LINE, QUIET, Mark, unit_marks, weight_marks
from initlab.tracing.causes import is_zero
from initlab.tracing.equations import equation
from initlab.tracing.remarks import remarks
from initlab.tracing.step import Step
from initlab.tracing.svg import Canvas

MOST_UNITS = 12  # of a layer that are drawn
MOST_LABELS = 24  # weights of a layer that get cells on lines of their own
MOST_ENTRIES = 120  # weights of a layer that are written as two matrices
ENTRY_WIDTH = 50.0
UNIT_GAP = 18.0
LABEL_PITCH = 27.0
GAP = card.WEIGHT_WIDTH + 64
TEXT, TEXT_PITCH, CHARACTER = 11.5, 15.0, 6.5
MOST_CLAUSES = 3  # remarks per quantity; the table has them all

Rows = list[list[card.Cell]]


class Panel:
    """Lays out one step and draws it.

    Attributes:
        width: in pixels.
        height: in pixels.
    """

    def __init__(self, step: Step) -> None:
        self._step, self._dims, self._depth = step, step.network.layer_dims, step.network.depth
        layers = range(1, self._depth + 1)
        inputs: list[Rows] = [
            [[("x", mark, FORWARD)]] for mark in unit_marks(step.inputs)[:MOST_UNITS]
        ]
        self._units = [inputs, *(self._layer(k) for k in layers)]  # those that are drawn
        self._x = [0.0]
        for k in layers:
            self._x.append(self._x[-1] + card.UNIT_WIDTH + self._gap(k))
        self._above = [self._words(k, above=True) for k in range(self._depth + 1)]
        self._below = [self._words(k, above=False) for k in range(self._depth + 1)]
        self._between = [
            self._quantity_words(f"dW{k}", BACKWARD, self._gap(k) - 52) for k in layers
        ]
        self._middle = max(
            [self._column_height(k) for k in range(self._depth + 1)]
            + [self._labels_height(k) for k in layers]
        )
        self._top = TEXT_PITCH * max(map(len, self._above)) + 10
        bottom = TEXT_PITCH * max(map(len, [*self._below, *self._between])) + 6
        self.width = self._x[-1] + card.UNIT_WIDTH
        self.height = self._top + self._middle + 14 + bottom

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw the panel with its upper left corner at the point."""
        centre = y + self._top + self._middle / 2
        for k in range(1, self._depth + 1):
            self._draw_weights(canvas, x, centre, k)
        for k, layer in enumerate(self._units):
            left = x + self._x[k]
            for index, rows in enumerate(layer):
                card.unit(canvas, left, self._unit_y(k, index, centre), self._name(k, index), rows)
            rest = self._dims[k] - MOST_UNITS
            if rest > 0:
                noun = ("unit" if k else "input") + ("s" if rest > 1 else "")
                canvas.text(left + card.UNIT_WIDTH / 2, centre + self._column_height(k) / 2 - 8,
                            f"… and {rest} more {noun}", size=12, anchor="middle",
                            fill=QUIET)  # fmt: skip
        self._draw_losses(canvas, x, centre)
        self._draw_words(canvas, x, y)

    # -- what the boxes hold

    def _layer(self, k: int) -> list[Rows]:
        step, last = self._step, k == self._depth
        forward, backward = step.forward, step.backward
        sent = [("a", forward[f"A{k}"], FORWARD)] if f"A{k}" in forward else []
        lines = [
            [("z", forward[f"Z{k}"], FORWARD), *sent],
            [("dz", backward[f"dZ{k}"], BACKWARD)],
            [("b", step.before[f"B{k}"], FORWARD), ("db", backward[f"dB{k}"], BACKWARD),
             ("→ b", step.parameters[f"B{k}"], QUIET)],
        ]  # fmt: skip
        if last:
            lines[0].append(("y", step.targets, FORWARD))
        else:
            lines[1].append(("da", backward[f"dA{k}"], BACKWARD))
        marked = [
            [(label, unit_marks(array), colour) for label, array, colour in line] for line in lines
        ]
        return [
            [[(label, marks[index], colour) for label, marks, colour in line] for line in marked]
            for index in range(min(self._dims[k], MOST_UNITS))
        ]

    def _name(self, k: int, index: int) -> str:
        ends = {0: "input", self._depth: "output"}
        single = k in ends and self._dims[k] == 1
        return ends[k] if single else f"{ends.get(k, f'layer {k}, unit')} {index}"

    # -- where they stand

    def _style(self, k: int) -> str:
        """How the weights of a layer are shown: on lines, as matrices, or as lines only."""
        before, here = self._dims[k - 1], self._dims[k]
        if before > MOST_UNITS or here > MOST_UNITS:
            return "lines"
        if before * here <= MOST_LABELS:
            return "labels"
        return "matrices" if before * here <= MOST_ENTRIES and here <= 8 else "lines"

    def _gap(self, k: int) -> float:
        if self._style(k) == "matrices":
            return max(GAP, ENTRY_WIDTH * self._dims[k] + 70)
        return GAP

    def _column_height(self, k: int) -> float:
        rest = 24 if self._dims[k] > MOST_UNITS else 0
        heights = [card.unit_height(rows) for rows in self._units[k]]
        return sum(heights) + UNIT_GAP * (len(heights) - 1) + rest

    def _labels_height(self, k: int) -> float:
        before, here = self._dims[k - 1], self._dims[k]
        style = self._style(k)
        if style == "labels":
            return before * here * LABEL_PITCH
        return 2 * before * card.CELL + 80 if style == "matrices" else 60

    def _unit_y(self, k: int, index: int, centre: float) -> float:
        pitch = card.unit_height(self._units[k][0]) + UNIT_GAP
        return centre - self._column_height(k) / 2 + index * pitch

    def _port(self, k: int, index: int, centre: float) -> float:
        """Height at which lines meet a unit."""
        return self._unit_y(k, index, centre) + card.unit_height(self._units[k][index]) / 2

    # -- drawing

    def _draw_weights(self, canvas: Canvas, x: float, centre: float, k: int) -> None:
        w = self._step.before[f"W{k}"]
        left, right = x + self._x[k - 1] + card.UNIT_WIDTH, x + self._x[k]
        style, largest = self._style(k), float(abs(w).max()) or 1.0
        rows, columns = len(self._units[k - 1]), len(self._units[k])
        marks = [weight_marks(array, rows_are_units=k > 1) for array in
                 (w, self._step.backward[f"dW{k}"], self._step.parameters[f"W{k}"])]  # fmt: skip
        middle = left + (right - left - card.WEIGHT_WIDTH) / 2
        # from the upper ends to the lower ones, so that lines cross as little as possible
        order = sorted(((i, j) for i in range(rows) for j in range(columns)),
                       key=lambda ij: ij[0] / rows + ij[1] / columns)  # fmt: skip
        for place, (i, j) in enumerate(order):
            ends = (self._port(k - 1, i, centre), self._port(k, j, centre))
            line = _line_style(float(w[i, j]), largest)
            if style == "labels":
                y = centre + (place - (len(order) - 1) / 2) * LABEL_PITCH
                canvas.curve(left, ends[0], middle, y, **line)
                canvas.curve(middle + card.WEIGHT_WIDTH, y, right, ends[1], **line)
                card.weight(canvas, middle, y - card.CELL / 2, *(values[i][j] for values in marks))
            else:
                line["stroke_opacity"] = 0.45
                canvas.line(left, ends[0], right, ends[1], **line)
        if style == "matrices":
            self._draw_matrices(canvas, (left + right) / 2, centre, k, marks)
        elif style == "lines":
            zeros = int((w == 0).sum())
            text = f"W{k}: {w.shape[0]} × {w.shape[1]} weights, {zeros or 'none'} of them 0"
            width = len(text) * 6.4 + 16
            canvas.rect((left + right) / 2 - width / 2, centre - 14, width, 26, fill="#ffffff",
                        stroke=LINE, rx=3)  # fmt: skip
            canvas.text((left + right) / 2, centre + 3, text, size=11, anchor="middle", fill=INK)

    def _draw_matrices(
        self, canvas: Canvas, middle: float, centre: float, k: int, marks: list[list[list[Mark]]]
    ) -> None:
        count, across = len(marks[0]), len(marks[0][0])
        width, height = across * ENTRY_WIDTH, 2 * (count * card.CELL + 20) + 14
        x, y = middle - width / 2, centre - height / 2
        canvas.rect(x - 8, y - 4, width + 16, height + 8, fill="#ffffff", stroke=LINE, rx=3)
        units = f"units of layer {k - 1}" if k > 1 else "inputs"
        heads = ((f"W{k}", FORWARD), (f"dW{k}", BACKWARD))
        for (name, colour), values in zip(heads, marks, strict=False):
            text = f"{name}: rows = {units}, columns = units of layer {k}"
            if len(text) * 5.3 > width:
                text = f"{name} (rows = {units})"
            canvas.text(x, y + 13, text, size=10.5, fill=colour)
            for i, row in enumerate(values):
                for j, mark in enumerate(row):
                    card.cell(canvas, x + j * ENTRY_WIDTH, y + 20 + i * card.CELL, ENTRY_WIDTH,
                         ("", mark, INK))  # fmt: skip
            y += count * card.CELL + 34

    def _draw_losses(self, canvas: Canvas, x: float, centre: float) -> None:
        """Mark every unit at which an error that was there is there no longer."""
        for k in range(1, self._depth):
            da, dz = self._step.backward[f"dA{k}"], self._step.backward[f"dZ{k}"]
            arrives = not is_zero(self._step.backward[f"dZ{k + 1}"])
            for index in range(len(self._units[k])):
                edge = x + self._x[k] + card.UNIT_WIDTH
                if arrives and is_zero(da[:, index]):
                    card.lost(canvas, edge + 13, self._port(k, index, centre))
                elif not is_zero(da[:, index]) and is_zero(dz[:, index]):
                    y = self._unit_y(k, index, centre) + card.HEAD + 1.5 * card.CELL
                    card.lost(canvas, edge - card.UNIT_WIDTH - 5, y)

    # -- words

    def _words(self, k: int, *, above: bool) -> list[tuple[str, str]]:
        """Lines of text above or below a layer, each with its colour."""
        if k == 0:
            return [("forward: values →", FORWARD)] if above else [("← back: the error", BACKWARD)]
        names = [f"Z{k}", f"A{k}"] if above else [f"dA{k}", f"dZ{k}", f"dB{k}"]
        known = {**self._step.forward, **self._step.backward}
        colour = FORWARD if above else BACKWARD
        return [line for name in names if name in known
                for line in self._quantity_words(name, colour, card.UNIT_WIDTH + 44)]  # fmt: skip

    def _quantity_words(self, name: str, colour: str, width: float) -> list[tuple[str, str]]:
        found = remarks(self._step, name)
        head = equation(self._step.network, name, samples=self._step.samples)
        across = int(width / CHARACTER)
        lines = [(line, colour) for line in textwrap.wrap(head, across)]
        for remark in found[:MOST_CLAUSES]:
            lines += [(line, INK) for line in textwrap.wrap(remark.clause, across)]
        if len(found) > MOST_CLAUSES:
            rest = len(found) - MOST_CLAUSES
            noun = "remark" if rest == 1 else "remarks"
            lines.append((f"… and {rest} more {noun} in the table", QUIET))
        return lines

    def _draw_words(self, canvas: Canvas, x: float, y: float) -> None:
        below = y + self._top + self._middle + 14
        for k in range(self._depth + 1):
            middle = x + self._x[k] + card.UNIT_WIDTH / 2
            _paragraph(canvas, middle, y + self._top - 10 - TEXT_PITCH * len(self._above[k]),
                       self._above[k])  # fmt: skip
            _paragraph(canvas, middle, below, self._below[k])
        for k, words in enumerate(self._between):
            middle = x + (self._x[k] + card.UNIT_WIDTH + self._x[k + 1]) / 2
            _paragraph(canvas, middle, below, words)


def _line_style(value: float, largest: float) -> dict[str, object]:
    if value == 0:
        return {"stroke": "#9a9aa2", "stroke_width": 1.4, "stroke_dasharray": "4 4"}
    return {"stroke": "#6a6a72", "stroke_width": round(1 + 1.8 * abs(value) / largest, 2)}


def _paragraph(canvas: Canvas, x: float, y: float, lines: list[tuple[str, str]]) -> None:
    for number, (line, colour) in enumerate(lines):
        canvas.text(x, y + TEXT_PITCH * (number + 0.8), line, size=TEXT, anchor="middle",
                    fill=colour, font_weight="normal" if colour == INK else "bold")  # fmt: skip
