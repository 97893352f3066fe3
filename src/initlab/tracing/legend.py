"""Legend of the picture: what a box holds, what the colours mean."""

from __future__ import annotations

import numpy as np

from initlab.networks import DenseNetwork
from initlab.nonlinearities.table import nonlinearity
from initlab.tracing import card
from initlab.tracing.card import BACKWARD, FORWARD, INK, QUIET, Mark
from initlab.tracing.svg import Canvas

HEIGHT = 197.0
WEIGHT_X, COLOUR_X = 560.0, 856.0  # where the second and third part begin


def draw_legend(
    canvas: Canvas, x: float, y: float, width: float, network: DenseNetwork, samples: int
) -> float:
    """Draw the legend and return the y below it."""
    height = HEIGHT + (36 if samples > 1 else 0)
    canvas.rect(x, y, width, height, fill="#fbfbfc", stroke="#d5d5da", stroke_width=1, rx=4)
    _unit(canvas, x + 14, y + 12, network)
    _weight(canvas, x + WEIGHT_X, y + 12)
    _colours(canvas, x + COLOUR_X, y + 12, network.nonlinearity)
    notes = [
        "Units, rows and columns are counted from 0. Column 3 of Z2, A2, B2 or W2 belongs to unit "
        "3 of layer 2, and row 3 of W2 to unit 3 of layer 1. X = inputs, Y = targets, "
        "⊙ = elementwise product."
    ]
    if samples > 1:
        notes += [
            f"Each x, z, a, y, da and dz is the mean over the {samples:,} samples of the "
            "batch. ±0 stands for a mean of 0 over numbers that are not all 0.",
            "A cell is grey only if its number is 0 for every sample. The cells of two units of a "
            "layer are coloured only if their numbers are equal for every sample.",
        ]
    for number, note in enumerate(reversed(notes)):
        _small(canvas, x + 14, y + height - 12 - 18 * number, note, INK)
    return y + height


def _unit(canvas: Canvas, x: float, y: float, network: DenseNetwork) -> None:
    f = nonlinearity(network.nonlinearity)
    z = np.array([0.3])
    a = np.asarray(f.value(z))
    value, error = float(a[0]), -0.14
    change = error * float(f.derivative(z, a)[0])
    rows: list[list[card.Cell]] = [
        [("z", Mark(0.3), FORWARD), ("a", Mark(value), FORWARD)],
        [("dz", Mark(change), BACKWARD), ("da", Mark(error), BACKWARD)],
        [
            ("b", Mark(0.1), FORWARD),
            ("db", Mark(change), BACKWARD),
            ("→ b", Mark(0.1 - 0.1 * change), QUIET),
        ],
    ]
    canvas.text(x, y + 10, "A box is one unit", size=12, font_weight="bold", fill=INK)
    y += 18
    card.unit(canvas, x, y, "unit 0", rows)
    name = network.nonlinearity
    words = (
        (f"z: the unit's input; a = {name}(z): the unit's output", FORWARD),
        (f"da: error that comes back; dz = da · {name}′(z)", BACKWARD),
        ("b: bias; db: gradient of b; → b: bias after the step", QUIET),
    )
    for number, (text, colour) in enumerate(words):
        # two columns would not fit: each row's words stand beside it
        _small(canvas, x + card.UNIT_WIDTH + 8, y + 19 + 20 * number + 13.5, text, colour)
    _small(canvas, x, y + 97, "Blue: values on their way forward, left to right.", FORWARD)
    _small(canvas, x, y + 113, "Brown: the error and gradients on their way back, right to left.",
           BACKWARD)  # fmt: skip


def _weight(canvas: Canvas, x: float, y: float) -> None:
    canvas.text(x, y + 10, "Three cells on a line belong to one weight", size=12,
                font_weight="bold", fill=INK)  # fmt: skip
    y += 34
    canvas.line(
        x - 4, y + 10, x + card.WEIGHT_WIDTH + 12, y + 10, stroke="#8a8a92", stroke_width=1.6
    )
    card.weight(canvas, x + 4, y, Mark(0.5), Mark(-0.2), Mark(0.52))
    _small(canvas, x, y + 36, "w: weight; dw: gradient of w; → w: w after the step", INK)
    canvas.line(x, y + 56, x + 40, y + 56, stroke="#9a9aa2", stroke_width=1.4,
                stroke_dasharray="4 4")  # fmt: skip
    _small(canvas, x + 48, y + 60, "dashed line: the weight is 0, so", INK)
    _small(canvas, x + 48, y + 76, "nothing passes in either direction", INK)


def _colours(canvas: Canvas, x: float, y: float, f: str) -> None:
    canvas.text(x, y + 10, "Colours", size=12, font_weight="bold", fill=INK)
    card.cell(canvas, x, y + 20, 62, ("", Mark(0.0, zero=True), INK))
    _small(canvas, x + 70, y + 34, "exactly 0", INK)
    card.cell(canvas, x, y + 48, 62, ("", Mark(0.7616, group=0), INK))
    _small(canvas, x + 70, y + 62, "equal in several units of the layer,", INK)
    _small(canvas, x + 70, y + 77, "one colour per set of equal units", INK)
    card.cell(canvas, x, y + 88, 62, ("", Mark(0.1234), INK))
    _small(canvas, x + 70, y + 102, "any other number", INK)
    card.lost(canvas, x + 52, y + 122)
    _small(canvas, x + 70, y + 120, "the error ends here. This mark is", INK)
    _small(canvas, x + 70, y + 135, "right of a unit if the weights make da 0,", INK)
    _small(canvas, x + 70, y + 150, f"left of a unit if {f}′(z) = 0", INK)


def _small(canvas: Canvas, x: float, y: float, text: str, colour: str) -> None:
    canvas.text(x, y, text, size=11, fill=colour)
