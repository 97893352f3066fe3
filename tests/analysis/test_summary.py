"""Summaries of hand-made cells, checked against numbers worked out by hand."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from initlab.analysis import Analysis
from initlab.analysis.summary import summarize
from initlab.records import CANCELLED

from .making import (
    HE,
    TEN,
    ZEROS,
    a_cell,
    a_diverged_cell,
    a_study,
    a_ten_cell,
    a_zeros_cell,
    cells_of,
    units,
)


def _fail(token: str) -> Any:
    raise AssertionError(token)


def test_starts_come_in_the_order_of_the_study() -> None:
    cells = [a_cell(HE), a_ten_cell(), a_zeros_cell()]
    assert [start.init for start in summarize(a_study(), cells)] == [ZEROS, TEN, HE]


def test_scores_are_those_of_the_finished_seeds() -> None:
    study = a_study(inits=(HE,), seeds=tuple(range(8)))
    cells = [*cells_of({HE: [0.6, 0.9, 0.9, 1.0, 1.0, 1.0]}), a_diverged_cell(HE, 6)]
    (start,) = summarize(study, cells)
    scores = start.metrics["test_accuracy"]
    assert scores is not None
    assert (start.finished, start.diverged, start.cancelled) == (6, 1, 1)
    assert scores.mean == pytest.approx(0.9)
    assert scores.iqm == pytest.approx(0.95)  # 0.9, 0.9, 1, 1
    assert (scores.min, scores.max, scores.count) == (0.6, 1.0, 6)
    assert (scores.median, scores.median_ci95) == (
        0.9,
        (-math.inf, 1.0),
    )  # the diverged run is worst


def test_a_start_that_always_diverges_has_no_mean_but_its_reason() -> None:
    study = a_study(inits=(HE,), seeds=tuple(range(20)))
    (start,) = summarize(study, [a_diverged_cell(HE, k, step=k) for k in range(20)])
    record = start.to_record()
    assert record["test_accuracy"]["mean"] is None
    assert record["test_accuracy"]["ci95"] is None
    assert record["test_accuracy"]["reason"] == "no run finished: 20 of 20 diverged"
    assert record["first_nonfinite"] == {"W2.grad": 20}
    assert record["diverged_step"] == {"mean": 9.5, "min": 0.0, "max": 19.0}


def test_cancelled_and_missing_cells_are_counted_together() -> None:
    study = a_study(inits=(HE,), seeds=(0, 1, 2))
    stopped = a_diverged_cell(HE, 1).replace(outcome=CANCELLED, diverged_step=None)
    (start,) = summarize(study, [a_cell(HE, 0), stopped])
    assert (start.finished, start.diverged, start.cancelled) == (1, 0, 2)


def test_steps_to_the_threshold_are_over_the_seeds_that_reached_it() -> None:
    study = a_study(inits=(HE,), seeds=(0, 1, 2, 3))
    steps = [0, None, 300, 800]
    cells = [a_cell(HE, k, steps_to_threshold=step) for k, step in enumerate(steps)]
    (start,) = summarize(study, cells)
    assert (start.reached_threshold, start.median_steps) == (3, 300.0)


def test_measurements_are_averaged_over_seeds_with_their_range() -> None:
    study = a_study(inits=(HE,), seeds=(0, 1))
    cells = [
        a_cell(HE, 0, gradient_norms={"W1": 1.0}, start=units(dead=(0.0, 0.2), distinct=(10, 5))),
        a_cell(HE, 1, gradient_norms={"W1": 3.0}, start=units(dead=(0.5, 0.2), distinct=(8, 5))),
    ]
    record = summarize(study, cells)[0].to_record()
    assert record["gradient_norms"]["W1"] == {"mean": 2.0, "min": 1.0, "max": 3.0}
    assert record["start"]["dead_share"][0] == {"mean": 0.25, "min": 0.0, "max": 0.5}
    assert record["start"]["dead_share"][1] == {"mean": 0.2, "min": 0.2, "max": 0.2}
    assert record["start"]["distinct_units"][0] == {"mean": 9.0, "min": 8.0, "max": 10.0}


def test_an_infinite_loss_of_a_finished_seed_makes_the_mean_infinite_not_the_minimum() -> None:
    study = a_study(inits=(TEN,), seeds=tuple(range(6)))
    cells = [a_cell(TEN, k, loss=math.inf if k == 0 else 0.5) for k in range(6)]
    record = summarize(study, cells)[0].to_record()
    assert record["test_loss"]["mean"] is None
    assert record["test_loss"]["iqm"] == 0.5
    assert record["nonfinite"]["test_loss.mean"] == "inf"
    assert "infinite loss" in record["test_loss"]["reason"]


def test_nan_measurements_are_left_out_and_never_stored() -> None:
    study = a_study(inits=(HE,), seeds=(0, 1))
    cells = [
        a_diverged_cell(HE, 0).replace(initial_loss=math.nan, gradient_norms={"W1": math.nan}),
        a_cell(HE, 1),
    ]
    record = summarize(study, cells)[0].to_record()
    assert record["initial_loss"]["mean"] == 0.88
    assert record["gradient_norms"]["W1"]["mean"] == 0.14


@pytest.mark.parametrize(
    "cells",
    [
        [a_cell(HE, 0), a_diverged_cell(HE, 1)],
        [a_diverged_cell(HE, 0), a_diverged_cell(HE, 1)],
        [
            a_ten_cell(0).replace(init=HE, metrics={"test_loss": math.inf, "test_accuracy": 0.5}),
            a_cell(HE, 1),
        ],
        cells_of({HE: [0.1, 0.2, 0.3, 0.4, 0.5]}),
        [],
    ],
)
def test_a_summary_is_computed_again_from_the_document(cells: list[Any]) -> None:
    analysis = Analysis(a_study(inits=(HE,), seeds=tuple(range(5))), cells)
    text = json.dumps(analysis.to_record(), allow_nan=False)
    read = Analysis.from_record(json.loads(text, parse_constant=_fail))
    assert read.summary == analysis.summary
