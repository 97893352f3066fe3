"""A step -> a row per quantity (equation, value, remarks), and where its error signal ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from initlab.tracing.causes import equal_classes, is_zero, why_zero
from initlab.tracing.equations import equation
from initlab.tracing.remarks import Remark, quantity, remarks
from initlab.tracing.step import Step
from initlab.validation import listed


@dataclass(frozen=True)
class Row:
    """One quantity of one step.

    Attributes:
        step: number of the step, from 1.
        part: "forward", "backward" or "parameters" (after the update).
        name: such as "dW2".
        equation: such as "dW2 = A1ᵀ dZ2".
        value: rows are samples; of W and dW, rows are inputs.
        remarks: why it is 0, equal or unchanged, where it is.
    """

    step: int
    part: str
    name: str
    equation: str
    value: NDArray[np.float64]
    remarks: tuple[Remark, ...]

    def __str__(self) -> str:
        said = "; ".join(remark.clause for remark in self.remarks)
        return f"step {self.step}: {self.equation} {said}".rstrip()


def rows(step: Step) -> list[Row]:
    """Return a row per quantity, in the order of computation."""
    parts = {"forward": step.forward, "backward": step.backward, "parameters": step.parameters}
    return [
        Row(
            step.step, part, name, equation(step.network, name, samples=step.samples),
            quantity(step, name), remarks(step, name),
        )
        for part, quantities in parts.items()
        for name in quantities
    ]  # fmt: skip


def signal_end(step: Step) -> str | None:
    """Name the first error signal that is 0, on the way from the output to the input."""
    return next((name for name, value in step.backward.items()
                 if name.startswith(("dZ", "dA")) and is_zero(value)), None)  # fmt: skip


def conclusion(step: Step) -> str:
    """Say in two sentences how far the error came, and what changed."""
    return f"{_error_words(step)} {_moved_words(step)}"


def _error_words(step: Step) -> str:
    bad = step.first_nonfinite()
    if bad is not None:
        return f"Training breaks down: {bad} contains an infinite number or NaN."
    network, end = step.network, signal_end(step)
    if end is not None:
        left = equation(network, end, samples=step.samples)
        if end == f"dZ{network.depth}":
            return f"There is no error to send back: {left} is 0."
        return f"The error signal becomes 0 at {left}, because {why_zero(step, end)}."
    if network.depth == 1:
        return "The error reaches the network's only layer."
    silent, copies = [], []
    for k in range(1, network.depth):
        dz = step.backward[f"dZ{k}"]
        width, dead = dz.shape[1], int((~dz.any(axis=0)).sum())
        classes = _copies(step, k)
        if dead:
            silent.append(f"{dead} of the {width} units of layer {k}")
        if classes < width:
            who = "Both units" if width == 2 else f"All {width} units"
            if classes > 1:
                who = f"Some of the {width} units"
            copies.append(f"{who} of layer {k} get the same gradient and stay copies of each other")
    words = "The error reaches every layer"
    if silent:
        words += f", but it does not reach {listed(silent)}"
    return ". ".join([words, *copies]) + "."


def _copies(step: Step, layer: int) -> int:
    """Number of units of a layer that differ in what comes in or in its gradient."""
    parts = [
        source[f"{prefix}{kind}{layer}"]
        for prefix, source in (("", step.before), ("d", step.backward))
        for kind in "WB"
    ]
    # each part in units of its own largest entry: a small gradient is no small difference
    return len(equal_classes(np.vstack([part / (np.abs(part).max() or 1.0) for part in parts])))


def _moved_words(step: Step) -> str:
    moved = [name for name, value in step.parameters.items()
             if not np.array_equal(value, step.before[name])]  # fmt: skip
    still = [name for name in step.parameters if name not in moved]
    if not still:
        return "Every W and every B changes."
    if not moved:
        return "No parameter changes."
    verb = "changes" if len(moved) == 1 else "change"
    stay = f"{listed(still)} {'stays' if len(still) == 1 else 'stay'}"
    return f"Only {listed(moved)} {verb}; {stay} as {'it was' if len(still) == 1 else 'they were'}."
