"""Trace -> a picture: the network once per step, with the numbers on its units and weights."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from initlab.tracing.card import INK, QUIET
from initlab.tracing.explanation import conclusion
from initlab.tracing.legend import draw_legend
from initlab.tracing.panel import Panel
from initlab.tracing.svg import Canvas
from initlab.tracing.table import heading, loss_words

if TYPE_CHECKING:
    from initlab.tracing.trace import Trace

MARGIN = 24.0
NARROWEST = 1200.0  # the legend needs it
MOST_PANELS = 12  # steps that are drawn
CHARACTER = 7.3  # pixels of one at 14 px, to wrap lines


def picture(trace: Trace) -> str:
    """Return the SVG document.

    It explains itself: what a box holds, what the colours mean, and at which product the error
    signal of each step ends.
    """
    drawn = trace.steps[:MOST_PANELS]
    panels = [Panel(step) for step in drawn]
    width = max(NARROWEST, *(panel.width for panel in panels)) + 2 * MARGIN
    canvas = Canvas()
    y = MARGIN + 18
    canvas.text(MARGIN, y, heading(trace), size=17, font_weight="bold", fill=INK)
    y = draw_legend(canvas, MARGIN, y + 18, width - 2 * MARGIN, trace.network, drawn[0].samples)
    for panel, step in zip(panels, drawn, strict=True):
        y += 22
        canvas.line(MARGIN, y, width - MARGIN, y, stroke="#d5d5da", stroke_width=1)
        y += 26
        canvas.text(MARGIN, y, f"Step {step.step:,}", size=17, font_weight="bold", fill=INK)
        canvas.text(MARGIN + 80, y, loss_words(step), size=13, fill=QUIET)
        for line in textwrap.wrap(conclusion(step), int((width - 2 * MARGIN) / CHARACTER)):
            y += 20
            canvas.text(MARGIN, y, line, size=14, fill=INK)
        panel.draw(canvas, MARGIN + (width - 2 * MARGIN - panel.width) / 2, y + 16)
        y += 16 + panel.height
    if len(trace.steps) > len(drawn):
        y += 30
        steps = f"{len(trace.steps):,}"
        words = (
            f"Only the first {len(drawn)} of {steps} steps are drawn; "
            f"the printed table and the trace saved as .json hold all {steps}."
        )
        canvas.text(MARGIN, y, words, size=13, fill=QUIET)
    conclusions = " ".join(f"Step {step.step:,}: {conclusion(step)}" for step in drawn)
    return canvas.document(width, y + MARGIN, title=heading(trace), description=conclusions)
