"""Network and layout -> generated loops over the outputs: the gradient at them, and the losses.

Every step needs d = weight · (prediction - target); the losses are needed only where they are
recorded, so they are computed apart, from what the first loop leaves in ``work``.
"""

from __future__ import annotations

from initlab.engines.layout import Layout
from initlab.networks.dense import DenseNetwork
from initlab.networks.losses import TABLE


def output_loops(network: DenseNetwork, layout: Layout) -> dict[str, list[str]]:
    """Loops over the samples of one block by this network's loss.

    Returns:
        By name: "output" writes d of the last layer; "losses" writes the loss of each sample to
        ``layout.scratch`` and "total_loss" returns their sum; "doubt", where there is one, returns
        NaN where a loss may be NaN although every d is finite.
    """
    kernel, form, block = TABLE[network.loss].kernel, network.loss_form, layout.block
    texts = {"output": kernel.output, "losses": kernel.losses[form]}
    if form in kernel.doubt:
        texts["doubt"] = kernel.doubt[form]
    texts["total_loss"] = (
        "loss = 0.0\n"
        "for s in range({block}):\n"
        # padding repeats a sample with weight 0; 0 times an infinite loss would be NaN
        "    loss += work[{losses} + s] if weights[s] > 0.0 else 0.0\n"
        "return loss"
    )
    places = {kind: layout.row(kind, layout.depth) for kind in "zad"}
    places |= {
        name: layout.scratch + k * block for k, name in enumerate(("losses", "top", "total"))
    }
    numbers = {**places, "block": block, "outputs": layout.widths[-1].units}
    return {name: text.format(**numbers).splitlines() for name, text in texts.items()}
