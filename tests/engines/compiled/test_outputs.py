"""Every loss's kernel text against its NumPy form: gradient, losses, and what they sum to."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.engines.compiled.source import OUTPUT_FUNCTIONS, TEMPLATES, output_loops
from initlab.engines.layout import Layout
from initlab.networks import DenseNetwork
from initlab.networks.dense import LOSS_FORMS, LOSSES
from initlab.networks.losses import TABLE, prediction_error, sample_losses

from ..making import points

BLOCK = 16
LANES = "\nLANES = EXACT\n"
CALLED = """
@njit(error_model="numpy")
def run(y, weights, work):
    output(y, weights, work)
    losses(y, work)
    return total_loss(weights, work){doubt}
"""


def compiled(network, layout):
    """Functions of the kernel's text that end a forward pass, and one that calls them in turn."""
    loops = output_loops(network, layout)
    text = (TEMPLATES / "arithmetic.py").read_text(encoding="utf-8") + LANES
    for name, arguments, flags in OUTPUT_FUNCTIONS:
        if name in loops:
            body = "".join(f"    {line}\n" for line in loops[name])
            text += f"\n\n@njit(**{flags})\ndef {name}({arguments}):\n{body}"
    found = {}
    exec(text + CALLED.format(doubt=", doubt(work)" if "doubt" in loops else ", 0.0"), found)
    return found["run"]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("form", LOSS_FORMS)
def test_gradient_and_losses_are_those_of_the_numpy_form(loss, form):
    outputs = 1 if TABLE[loss].targets == "binary" else 3
    network = DenseNetwork((2, outputs), "relu", loss, form)
    layout = Layout.of(network, BLOCK)
    run = compiled(network, layout)
    extremes = [-np.inf, np.inf, 1e308, -1e308, -0.0, 5e-324, 800.0, -800.0]
    for top in ([], extremes):
        y = points(network, BLOCK).y
        z = 3 * np.random.RandomState(0).standard_normal((BLOCK, outputs))
        z[: len(top), 0] = top
        kept = np.arange(BLOCK) < BLOCK - 3
        weights = np.where(kept, 1.0, 0.0)
        work = np.zeros(layout.work)
        at = layout.row("z", 1)
        work[at : at + z.size] = z.T.ravel()
        targets = np.ascontiguousarray(y.reshape(BLOCK, -1).T).ravel().astype(np.float64)
        with np.errstate(all="ignore"):
            total, doubt = run(targets, weights, work)
            losses = sample_losses(network, z, y)
            error = prediction_error(network, z, y)
            expected = losses[kept].sum()
        at = layout.row("d", 1)
        d = work[at : at + z.size].reshape(outputs, BLOCK).T
        np.testing.assert_allclose(d[kept], error[kept], rtol=1e-12, atol=1e-15)
        at = layout.scratch
        np.testing.assert_allclose(
            work[at : at + BLOCK][kept], losses[kept], rtol=1e-12, atol=1e-15
        )
        np.testing.assert_allclose(total, expected, rtol=1e-12)
        if np.isnan(total):  # a step that does not compute the loss must know
            assert np.isnan(doubt) or not np.isfinite(d[kept]).all()
