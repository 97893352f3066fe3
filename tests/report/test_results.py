"""The table of epochs, as the document prints it."""

from __future__ import annotations

import initlab
from initlab.report.results import epoch_grid, prints_epochs
from initlab.report.summary import Summary


def columns(grid):
    return list(zip(*(row.values for row in grid.rows), strict=True))


def test_last_two_lines_are_the_last_recorded_step_and_the_end():
    result = initlab.compare("curve", epochs=40, progress=False, inits=["W1=normal,W2=normal"])
    assert prints_epochs(result.analysis)
    (cell,) = result.cells
    epochs, iterations, losses = columns(epoch_grid(result.analysis))[:3]
    assert epochs[0] == "start"
    assert (epochs[-2], iterations[-2]) == ("38", "975")
    assert (epochs[-1], iterations[-1]) == ("39", "1,000")
    assert losses[-1] == f"{cell.metrics['train_loss']:.6f}"
    assert losses[-2] == f"{cell.curve['train_loss'][-1]:.6f}"
    assert "Document accuracy" in str(Summary(result.analysis))


def test_the_first_epoch_is_0_from_its_first_batch_on():
    result = initlab.compare("curve", steps=20, record_every=3, progress=False, inits="he_normal")
    epochs, iterations = columns(epoch_grid(result.analysis))[:2]
    assert iterations[1] == "6"  # of 25
    assert epochs == ("start", "0", "0", "0", "0")


def test_circles_print_no_epochs():
    assert not prints_epochs(initlab.compare("circles", steps=0, progress=False).analysis)
