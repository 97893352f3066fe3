"""Own data that no comparison of inits is fair on: refused, or said with what to do."""

from __future__ import annotations

import numpy as np
import pytest

import initlab
from initlab.analysis import EQUAL_INPUTS
from initlab.comparison.fair_data import AT_ONCE, equal_notes, scale_notes
from initlab.errors import DataError

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 3))
BRIEF = {"inits": ["he_normal"], "seeds": 1, "steps": 2, "progress": False}


def model():
    import torch

    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))


@pytest.mark.parametrize("given", [{}, {"model": model}, {"model": model, "loss": "l1"}])
def test_a_regression_on_equal_targets_is_refused(given):
    for y in (np.full(60, 1.5), np.full((60, 1), 2.5)):
        with pytest.raises(DataError, match=r"data must have targets that differ; got 48 training"):
            initlab.compare(data=(X, y), **BRIEF, **given)


def test_a_loss_of_ones_own_may_have_equal_targets():
    def size(outputs, targets):
        return ((outputs - targets) ** 2).mean()

    initlab.compare(model=model, data=(X, np.zeros(60)), loss=size, **BRIEF)


@pytest.mark.parametrize("given", [{}, {"model": model}])
def test_columns_of_other_sizes_are_said_with_what_to_do(given):
    wide = initlab.compare(data=(X * [1, 5_000, 1], X[:, 0]), **BRIEF, **given)
    assert any("initlab does not scale inputs" in note for note in wide.notes)
    assert "does not scale inputs" in str(wide.summary())
    assert "does not scale inputs" in wide.to_json()
    even = initlab.compare(data=(X * [1, 50, 1], X[:, 0]), **BRIEF, **given)
    assert not any("does not scale" in note for note in even.notes)


def test_the_columns_are_named_and_a_column_of_zeros_is_left_out(tmp_path):
    (note,) = scale_notes(np.array([0.0, 0.9, 98_000.0]), ("none", "age", "income"))
    assert note.startswith(
        'The largest absolute value of the inputs is 98,000 in column "income", but only 0.9 in '
        'column "age". '
    )
    assert scale_notes(np.array([2_020.0, 1_999.0]))[0].startswith(
        "The largest absolute value of the inputs is 2,020 in column number 1. "
    )
    assert scale_notes(np.array([999.0, 1.0])) == ()
    assert scale_notes(np.array([0.0, 0.0])) == ()


def test_pixels_have_one_scale():
    images = RNG.integers(0, 2, (60, 4, 4)).astype(float) * 5_000
    result = initlab.compare(data=(images, np.arange(60) % 2), **BRIEF)
    assert not any("does not scale" in note for note in result.notes)


def test_one_sample_that_differs_is_found_wherever_it_stands():
    x = np.ones((2 * AT_ONCE + 1, 3))
    assert equal_notes(x) == (EQUAL_INPUTS,)
    for place in (0, 1, AT_ONCE, -1):
        assert equal_notes(np.where(np.arange(len(x))[:, None] == place % len(x), 2, x)) == ()


@pytest.mark.parametrize("given", [{}, {"model": lambda: model()}])
def test_inputs_that_are_all_equal_are_a_note_and_no_reason_for_more_steps(given):
    data = np.ones((60, 3)), (X[:, 0] > 0) * 1.5 + X[:, 1]
    settings = {**BRIEF, "seeds": 3, "inits": ["he_normal", "zeros"]}
    result = initlab.compare(data=data, **settings, **given)
    assert EQUAL_INPUTS in result.analysis.notes
    assert result.verdict.kind == "nothing_trained"
    assert result.verdict.next.startswith("use inputs that differ")
    one_differs = np.ones((60, 3))
    one_differs[:30, 2] = 2
    other = initlab.compare(data=(one_differs, data[1]), **settings, **given)
    assert EQUAL_INPUTS not in other.analysis.notes
    assert "steps" in other.verdict.next
