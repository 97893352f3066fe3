"""A cell goes to JSON and back without losing a bit, infinities included."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from initlab.errors import ArgumentError, StudyError
from initlab.records import Cell, UnitHealth

from ..analysis.making import a_cell, a_diverged_cell

CERTAIN = "a classifier was then certain of a wrong prediction"
anything = st.floats(allow_nan=False)
share = st.floats(0, 1)
health = st.builds(
    UnitHealth,
    dead_share=st.tuples(share, share),
    saturated_share=st.dictionaries(st.sampled_from(["A1", "A2", "A3"]), share),
    distinct_units=st.tuples(st.integers(0, 10), st.integers(0, 5)),
    hidden_units=st.just((10, 5)),
)
names = st.sampled_from(["train_loss", "test_accuracy", "perplexity"])
curves = st.lists(st.tuples(st.integers(0, 10**6), anything), max_size=5).map(
    lambda rows: {"step": [s for s, _ in rows], "train_loss": [x for _, x in rows]}
)
some_cells = st.builds(
    Cell,
    init=st.sampled_from(["he_normal", "normal(std=10)"]),
    seed=st.integers(0, 2**63 - 1),
    outcome=st.sampled_from(["finished", "diverged", "cancelled"]),
    metrics=st.dictionaries(names, st.one_of(st.none(), anything)),
    curve=curves,
    steps_to_threshold=st.one_of(st.none(), st.integers(0, 10**6)),
    initial_loss=anything,
    gradient_norms=st.dictionaries(st.sampled_from(["W1", "W2", "b1"]), anything),
    start=health,
    end=st.one_of(st.none(), health),
    diverged_step=st.one_of(st.none(), st.integers(0, 10**6)),
    first_nonfinite=st.one_of(st.none(), st.sampled_from(["loss", "W2.grad"])),
)


def _fail(token: str) -> Any:
    raise AssertionError(token)


def _through_json(cell: Cell) -> dict[str, Any]:
    text = json.dumps(cell.to_record(), allow_nan=False)
    return dict(json.loads(text, parse_constant=_fail))


@given(some_cells)
def test_a_cell_comes_back_through_json_exactly(cell: Cell) -> None:
    assert Cell.from_record(_through_json(cell)) == cell


def test_a_record_has_the_names_of_the_contract() -> None:
    record = a_cell().to_record()
    assert record["init"] == "he_normal"
    assert record["seed"] == 3
    assert record["outcome"] == "finished"
    assert record["test_accuracy"] == 0.99
    assert record["curve"] == {"step": [0, 100], "train_loss": [0.88, 0.5]}
    assert record["reason"] is None
    assert "parameters" not in record


def test_nonfinite_numbers_of_a_curve_are_strings() -> None:
    losses = [math.inf, -math.inf, math.nan, 1.0]
    cell = a_cell(curve={"step": [0, 1, 2, 3], "train_loss": losses})
    record = _through_json(cell)
    assert record["curve"]["train_loss"] == ["inf", "-inf", "nan", 1.0]
    assert np.array_equal(Cell.from_record(record).curve["train_loss"], losses, equal_nan=True)


def test_a_diverged_cell_has_null_metrics_and_its_reason() -> None:
    record = _through_json(a_diverged_cell(step=41))
    assert record["test_accuracy"] is None
    assert record["reason"] == "diverged at step 41: W2.grad became NaN or infinite"


def test_an_infinite_final_loss_is_null_with_its_reason() -> None:
    record = _through_json(a_cell(loss=math.inf))
    assert record["test_loss"] is None
    assert f"test_loss is inf; {CERTAIN}" in record["reason"]
    assert record["nonfinite"]["test_loss"] == "inf"


def test_an_infinite_initial_loss_is_null_with_its_reason() -> None:
    record = _through_json(a_cell(initial_loss=math.inf))
    assert record["initial_loss"] is None
    assert record["reason"] == f"initial_loss is inf; {CERTAIN}"


def test_numpy_numbers_are_stored_as_pythons() -> None:
    cell = a_cell(
        metrics={"test_loss": np.float32(0.5)},
        curve={"step": list(np.arange(2)), "train_loss": list(np.ones(2))},
        steps_to_threshold=np.int64(4),
    )
    assert _through_json(cell)["steps_to_threshold"] == 4


def test_a_metric_cannot_take_the_name_of_a_field() -> None:
    with pytest.raises(ArgumentError, match="'seed'"):
        a_cell().replace(metrics={"seed": 0.5}).to_record()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outcome": "done"}, r"cells\[1\]\.outcome must be one of finished, diverged"),
        ({"seed": "3"}, r"cells\[1\]\.seed must be an integer"),
        ({"curve": {"train_loss": [1.0]}}, r"cells\[1\]\.curve\.step is missing"),
        ({"curve": {"step": [0, 1], "train_loss": [1.0]}}, 'as long as the column "step"'),
        ({"curve": {"step": [0], "train_loss": ["NaN"]}}, r"train_loss\[0\] must be"),
        ({"test_loss": "inf"}, r"cells\[1\]\.test_loss must be a number"),
        ({"initial_loss": None}, r"cells\[1\]\.initial_loss must be a number"),
        ({"start": {}}, r"cells\[1\]\.start\.dead_share is missing"),
        ({"nonfinite": {"train_loss": "inf"}}, r"nonfinite\.train_loss must be"),
        ({"nonfinite": None}, r"cells\[1\]\.nonfinite must be an object"),
    ],
)
def test_a_wrong_entry_is_refused_by_key_path(change: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        Cell.from_record({**a_cell().to_record(), **change}, "cells[1]")


def test_a_missing_key_is_refused_by_key_path() -> None:
    record = a_cell().to_record()
    del record["gradient_norms"]
    with pytest.raises(StudyError, match=r"cell\.gradient_norms is missing"):
        Cell.from_record(record)
