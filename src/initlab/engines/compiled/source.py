"""Network and layout -> Python source of one self-contained kernel module.

Layer sizes are literals in the text, so that LLVM unrolls and vectorizes every loop over samples;
everything the kernel calls is in the same text, so that the name of its file, a hash of the text,
changes whenever any of it does. Generated loops read as the equations they compute.
"""

from __future__ import annotations

from pathlib import Path

from initlab.engines.compiled.layout import Layout
from initlab.engines.compiled.outputs import OutputLoops, output_loops, total_loss
from initlab.engines.compiled.products import backward, forward, weight_gradient
from initlab.networks.dense import DenseNetwork

TEMPLATES = Path(__file__).parent / "templates"
SLOPE_FROM_Z = ("gelu", "silu", "softplus", "sin")  # the others' slopes follow from a alone


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
            f"value, slope = value_{network.nonlinearity}, slope_{network.nonlinearity}",
            *_layers(network, layout),
            *_outputs(layout, loops),
            _loss_and_gradient(layout, loops),
            "@njit" + tail,
        ]
    )


def _template(name: str) -> str:
    lines = (TEMPLATES / name).read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.endswith("# strip"))


def _function(signature: str, flags: str, body: list[str]) -> str:
    return "\n".join([f"@njit(**{flags})", f"def {signature}:", *(f"    {line}" for line in body)])


def _layers(network: DenseNetwork, layout: Layout) -> list[str]:
    keep_z = network.nonlinearity in SLOPE_FROM_Z
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


def _outputs(layout: Layout, loops: OutputLoops) -> list[str]:
    functions = [
        _function("output(y, weights, work)", "EXACT", loops.error),
        _function("losses(y, work)", "EXACT", loops.losses),
        _function("total_loss(weights, work)", "LANES", total_loss(layout)),
    ]
    return functions + [_function("doubt(work)", "LANES", loops.doubt)] * bool(loops.doubt)


def _loss_and_gradient(layout: Layout, loops: OutputLoops) -> str:
    """Mean loss over all blocks; its gradient is left in ``gradient``.

    Where the loss is not wanted, 0 is returned, or NaN if it might be NaN with a finite gradient.
    """
    steps = [f"forward_{k}(theta, x, work)" for k in range(1, layout.depth + 1)]
    steps += ["output(y, weights, work)", "if with_loss:", "    losses(y, work)"]
    steps += ["    loss += total_loss(weights, work)"]
    steps += ["else:", "    loss += doubt(work)"] * bool(loops.doubt)
    for k in range(layout.depth, 0, -1):
        steps += [f"gradient_{k}(gradient, x, work, widths[{k}])"]
        if k > 1:
            steps += [f"backward_{k}(theta, work)"]
    body = [
        f"for p in range({layout.parameters}):",
        "    gradient[p] = 0.0",
        "loss = 0.0",
        "for block in range(xs.shape[0]):",
        "    x, y, weights = xs[block], ys[block], block_weights[block]",
        *(f"    {step}" for step in steps),
        # not in d: sums of ±1/2 are exact, so zeros keep a bias of 0 in any order of summing
        f"for p in range({layout.parameters}):",
        "    gradient[p] *= share",
        "return loss * share",
    ]
    arguments = "theta, gradient, xs, ys, block_weights, share, work, widths, with_loss"
    return _function(f"loss_and_gradient({arguments})", "EXACT", body)
