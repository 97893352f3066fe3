"""Network and layout -> Python source of one self-contained kernel module.

Layer sizes are literals in the text, so that LLVM unrolls and vectorizes every loop over samples;
everything the kernel calls is in the same text, so that the name of its file, a hash of the text,
changes whenever any of it does. Generated loops read as the equations they compute.
"""

from __future__ import annotations

from pathlib import Path

from initlab.engines.compiled.products import backward, forward, weight_gradient
from initlab.engines.layout import Layout
from initlab.networks.dense import DenseNetwork
from initlab.networks.losses import TABLE
from initlab.nonlinearities.table import nonlinearity

TEMPLATES = Path(__file__).parent / "templates"
OUTPUT_FUNCTIONS = (  # names, arguments and flags of the loops over outputs
    ("output", "y, weights, work", "EXACT"),
    ("losses", "y, work", "EXACT"),
    ("total_loss", "weights, work", "LANES"),
    ("doubt", "work", "LANES"),
)
SUMMED = ("losses(y, work)", "loss += total_loss(weights, work)")


def kernel_source(network: DenseNetwork, layout: Layout) -> str:
    """Return the whole text of the module that trains this network."""
    loops = output_loops(network, layout)
    driver = _template("driver.py")
    head, tail = driver.split("@njit", 1)  # the loss needs the driver's flags, the driver the loss
    return "\n\n".join(
        [
            _template("arithmetic.py"),
            _template("tiles.py"),
            head,
            *nonlinearity_functions(network.nonlinearity),
            *_layers(network, layout),
            *(
                _function(f"{name}({arguments})", flags, loops[name])
                for name, arguments, flags in OUTPUT_FUNCTIONS
                if name in loops
            ),
            _loss_and_gradient(layout, "doubt" in loops),
            _mean_loss(layout),
            "@njit" + tail,
        ]
    )


def nonlinearity_functions(name: str) -> list[str]:
    """Return the texts of the functions ``value`` and ``slope``."""
    bodies = nonlinearity(name).compiled
    return [
        _function(signature, "EXACT", body.splitlines())
        for signature, body in zip(("value(z)", "slope(z, a)"), bodies, strict=True)
    ]


def output_loops(network: DenseNetwork, layout: Layout) -> dict[str, list[str]]:
    """Loops over the samples of one block by this network's loss.

    Every step needs d = weight · (prediction - target); the losses are needed only where they are
    recorded, so they are computed apart, from what the first loop leaves in ``work``.

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


def _template(name: str) -> str:
    lines = (TEMPLATES / name).read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.endswith("# strip"))


def _function(signature: str, flags: str, body: list[str]) -> str:
    return "\n".join([f"@njit(**{flags})", f"def {signature}:", *(f"    {line}" for line in body)])


def _layers(network: DenseNetwork, layout: Layout) -> list[str]:
    keep_z = nonlinearity(network.nonlinearity).slope_reads_z
    functions = []
    for k in range(1, layout.depth + 1):
        body = forward(layout, k, keep_z=keep_z or k == layout.depth)
        functions += [_function(f"forward_{k}(theta, x, work)", "EXACT", body)]
        body = weight_gradient(layout, k)
        functions += [_function(f"gradient_{k}(gradient, x, work, units)", "LANES", body)]
        if k > 1:
            body = backward(layout, k, slope_from_z=keep_z)
            functions += [_function(f"backward_{k}(theta, work)", "EXACT", body)]
    return functions


def _loss_and_gradient(layout: Layout, doubt: bool) -> str:
    """Mean loss over all blocks; its gradient is left in ``gradient``.

    Where the loss is not wanted, 0 is returned, or NaN if it might be NaN with a finite gradient.
    """
    steps = [*_predictions(layout), "if with_loss:", *(f"    {line}" for line in SUMMED)]
    steps += ["else:", "    loss += doubt(work)"] * doubt
    for k in range(layout.depth, 0, -1):
        steps += [f"gradient_{k}(gradient, x, work, widths[{k}])"]
        if k > 1:
            steps += [f"backward_{k}(theta, work)"]
    body = [
        f"for p in range({layout.parameters}):",
        "    gradient[p] = 0.0",
        *_over_blocks(steps),
        # not in d: sums of ±1/2 are exact, so zeros keep a bias of 0 in any order of summing
        f"for p in range({layout.parameters}):",
        "    gradient[p] *= share",
        "return loss * share",
    ]
    arguments = "theta, gradient, xs, ys, block_weights, share, work, widths, with_loss"
    return _function(f"loss_and_gradient({arguments})", "EXACT", body)


def _mean_loss(layout: Layout) -> str:
    """Mean loss over all blocks, without a gradient."""
    body = [*_over_blocks([*_predictions(layout), *SUMMED]), "return loss * share"]
    arguments = "theta, xs, ys, block_weights, share, work"
    return _function(f"mean_loss({arguments})", "EXACT", body)


def _predictions(layout: Layout) -> list[str]:
    """Steps from the samples of one block to what the loss reads."""
    forwards = [f"forward_{k}(theta, x, work)" for k in range(1, layout.depth + 1)]
    return [*forwards, "output(y, weights, work)"]


def _over_blocks(steps: list[str]) -> list[str]:
    return [
        "loss = 0.0",
        "for block in range(xs.shape[0]):",
        "    x, y, weights = xs[block], ys[block], block_weights[block]",
        *(f"    {step}" for step in steps),
    ]
