"""Network and layout -> generated loops over the outputs: the gradient at them, and the losses.

Every step needs d = weight · (prediction - target); the losses are needed only where they are
recorded, so they are computed apart, from what the first loop leaves in ``work``.
"""

from __future__ import annotations

from initlab.engines.layout import Layout
from initlab.networks.dense import DenseNetwork

Loops = dict[str, list[str]]


def output_loops(network: DenseNetwork, layout: Layout) -> Loops:
    """Loops over the samples of one block by this network's loss.

    Returns:
        By name: "output" writes d of the last layer; "losses" writes the loss of each sample to
        ``layout.scratch`` and "total_loss" returns their sum; "doubt", where there is one, returns
        NaN where a loss may be NaN although every d is finite.
    """
    total = [
        "loss = 0.0",
        f"for s in range({layout.block}):",
        # padding repeats a sample with weight 0; 0 times an infinite loss would be NaN
        f"    loss += work[{layout.scratch} + s] if weights[s] > 0.0 else 0.0",
        "return loss",
    ]
    make = {"binary_cross_entropy": _binary, "cross_entropy": _softmax}.get(network.loss, _squared)
    return {**make(network, layout), "total_loss": total}


def _binary(network: DenseNetwork, layout: Layout) -> Loops:
    block = layout.block
    z, a, d = (layout.row(kind, layout.depth) for kind in "zad")
    doubt = {}
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
        # z = inf is a sure prediction, and where it is right the loss is inf - inf
        sums = [f"for s in range({block}):", f"    doubt += work[{z} + s] * 0.0"]
        doubt = {"doubt": ["doubt = 0.0", *sums, "return doubt"]}
    error = [
        f"for s in range({block}):",
        f"    a = sigmoid(work[{z} + s])",
        f"    work[{a} + s] = a",
        f"    work[{d} + s] = (a - y[s]) * weights[s]",
    ]
    losses = [f"for s in range({block}):", *loss, f"    work[{layout.scratch} + s] = loss"]
    return {"output": error, "losses": losses, **doubt}


def _softmax(network: DenseNetwork, layout: Layout) -> Loops:
    block, classes = layout.block, layout.widths[-1].units
    z, d = (layout.row(kind, layout.depth) for kind in "zd")
    losses = layout.scratch
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
    return {"output": error, "losses": picked}


def _squared(network: DenseNetwork, layout: Layout) -> Loops:
    block, outputs = layout.block, layout.widths[-1].units
    z, d = (layout.row(kind, layout.depth) for kind in "zd")
    losses = layout.scratch
    loops = [f"for c in range({outputs}):", f"    for s in range({block}):"]
    error = f"work[{z} + c * {block} + s] - y[c * {block} + s]"
    return {
        "output": [*loops, f"        work[{d} + c * {block} + s] = ({error}) * weights[s]"],
        "losses": [
            f"for s in range({block}):",
            f"    work[{losses} + s] = 0.0",
            *loops,
            f"        error = {error}",
            f"        work[{losses} + s] += 0.5 * error * error",
        ],
    }
