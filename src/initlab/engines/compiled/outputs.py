"""Network and layout -> generated loops over the outputs: the gradient at them, and the losses.

Every step needs d = weight · (prediction - target); the losses are needed only where they are
recorded, so they are computed apart, from what the first loop leaves in ``work``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from initlab.engines.layout import Layout
from initlab.networks.dense import DenseNetwork


@dataclass(frozen=True)
class OutputLoops:
    """Text of the loops over the samples of one block, by y, weights and work.

    Attributes:
        error: writes d of the last layer.
        losses: writes the loss of each sample where :func:`losses_row` says.
        doubt: returns NaN where a loss may be NaN although every d is finite; may be empty.
    """

    error: list[str]
    losses: list[str]
    doubt: list[str] = field(default_factory=list)


def output_loops(network: DenseNetwork, layout: Layout) -> OutputLoops:
    """Loops of this network's loss."""
    make = {
        "binary_cross_entropy": _binary,
        "cross_entropy": _softmax,
        "half_mean_squared_error": _squared,
    }[network.loss]
    return make(network, layout)


def total_loss(layout: Layout) -> list[str]:
    """Sum of the block's losses."""
    return [
        "loss = 0.0",
        f"for s in range({layout.block}):",
        # padding repeats a sample with weight 0; 0 times an infinite loss would be NaN
        f"    loss += work[{losses_row(layout)} + s] if weights[s] > 0.0 else 0.0",
        "return loss",
    ]


def losses_row(layout: Layout) -> int:
    """Offset in ``work`` of the row of losses; two more free rows follow."""
    return layout.scratch


def _binary(network: DenseNetwork, layout: Layout) -> OutputLoops:
    block = layout.block
    z, a, d = (layout.row(kind, layout.depth) for kind in "zad")
    doubt = []
    if network.loss_form == "probability":
        loss = [
            f"    a = work[{a} + s]",
            "    loss = -logarithm(a if y[s] > 0.5 else 1.0 - a)",
        ]
    else:
        loss = [
            f"    z = work[{z} + s]",
            "    positive = z if z > 0.0 else 0.0",
            "    loss = positive - y[s] * z + logarithm_one_plus(exponential(-abs(z)))",
        ]
        doubt = [  # z = inf is a sure prediction, and where it is right the loss is inf - inf
            "doubt = 0.0",
            f"for s in range({block}):",
            f"    doubt += work[{z} + s] * 0.0",
            "return doubt",
        ]
    return OutputLoops(
        error=[
            f"for s in range({block}):",
            f"    a = sigmoid(work[{z} + s])",
            f"    work[{a} + s] = a",
            f"    work[{d} + s] = (a - y[s]) * weights[s]",
        ],
        losses=[f"for s in range({block}):", *loss, f"    work[{losses_row(layout)} + s] = loss"],
        doubt=doubt,
    )


def _softmax(network: DenseNetwork, layout: Layout) -> OutputLoops:
    block, classes = layout.block, layout.widths[-1].units
    z, d = (layout.row(kind, layout.depth) for kind in "zd")
    losses = losses_row(layout)
    top, total = losses + block, losses + 2 * block
    if network.loss_form == "probability":
        loss = f"-logarithm(exponential(work[{losses} + s]) / work[{total} + s])"
    else:
        loss = f"logarithm(work[{total} + s]) - work[{losses} + s]"
    error = [
        f"for s in range({block}):",
        f"    work[{top} + s] = work[{z} + s]",
        f"    work[{total} + s] = 0.0",
        f"for c in range(1, {classes}):",
        f"    for s in range({block}):",
        f"        z = work[{z} + c * {block} + s]",
        f"        work[{top} + s] = work[{top} + s] if work[{top} + s] >= z else z",
        f"for c in range({classes}):",
        f"    for s in range({block}):",
        f"        e = exponential(work[{z} + c * {block} + s] - work[{top} + s])",
        f"        work[{d} + c * {block} + s] = e",
        f"        work[{total} + s] += e",
        f"for c in range({classes}):",
        f"    for s in range({block}):",
        f"        p = work[{d} + c * {block} + s] / work[{total} + s]",
        f"        work[{d} + c * {block} + s] = (p - (y[s] == c)) * weights[s]",
    ]
    picked = [
        f"for c in range({classes}):",
        f"    for s in range({block}):",
        f"        picked = work[{z} + c * {block} + s] - work[{top} + s]",
        f"        work[{losses} + s] = picked if y[s] == c else work[{losses} + s]",
        f"for s in range({block}):",
        f"    work[{losses} + s] = {loss}",
    ]
    return OutputLoops(error, picked)


def _squared(network: DenseNetwork, layout: Layout) -> OutputLoops:
    block, outputs = layout.block, layout.widths[-1].units
    z, d = (layout.row(kind, layout.depth) for kind in "zd")
    losses = losses_row(layout)
    loops = [f"for c in range({outputs}):", f"    for s in range({block}):"]
    error = f"work[{z} + c * {block} + s] - y[c * {block} + s]"
    return OutputLoops(
        error=[*loops, f"        work[{d} + c * {block} + s] = ({error}) * weights[s]"],
        losses=[
            f"for s in range({block}):",
            f"    work[{losses} + s] = 0.0",
            *loops,
            f"        error = {error}",
            f"        work[{losses} + s] += 0.5 * error * error",
        ],
    )
