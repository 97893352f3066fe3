"""The table of epochs, as the document prints it."""

from __future__ import annotations

import io

from rich.console import Console

import initlab
from initlab.report.results import epoch_grid, prints_epochs, result_grid
from initlab.report.summary import Summary

from .making import HE, a_cell, a_record, a_study


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


def test_a_score_has_one_name_in_both_tables_and_all_its_columns_fit_a_terminal():
    analysis = initlab.compare("curve", steps=20, progress=False).analysis
    named = {heading.replace("\n", " ") for heading in epoch_grid(analysis).headings[3:]}
    assert named <= {one.replace("\n", " ") for one in result_grid(analysis).headings}
    console = Console(width=80, file=io.StringIO())
    console.print(epoch_grid(analysis))
    assert "Columns left out" not in console.file.getvalue()


def test_the_first_epoch_is_0_from_its_first_batch_on():
    result = initlab.compare("curve", steps=20, record_every=3, progress=False, inits="he_normal")
    epochs, iterations = columns(epoch_grid(result.analysis))[:2]
    assert iterations[1] == "6"  # of 25
    assert epochs == ("start", "0", "0", "0", "0")


def test_a_median_over_some_of_the_runs_only_is_explained_below_the_table():
    words = (
        "Steps to loss 0.3: the median over only the runs that reached this loss. The numbers in "
        "brackets say how many did."
    )
    for steps, explained in (((300, 200), False), ((300, None), True), ((None, None), False)):
        cells = [a_cell(seed=k, steps_to_threshold=one) for k, one in enumerate(steps)]
        grid = result_grid(a_record(a_study(inits=(HE,), seeds=(0, 1)), cells))
        assert [one for one in grid.notes if "Steps to" in one] == [words] * explained
        assert ("300 (1/2)" in grid.rows[0].values) == explained


def test_circles_print_no_epochs():
    assert not prints_epochs(initlab.compare("circles", steps=0, progress=False).analysis)
