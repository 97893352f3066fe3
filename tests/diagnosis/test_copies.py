"""Units that are alike, scaled alike, and tied."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.diagnosis.copies import copies, tied
from initlab.networks.distinct import first_equal

RNG = np.random.default_rng(0)


def test_copies_are_counted_as_a_slow_comparison_does():
    rows = RNG.standard_normal((300, 4)).round(0)
    found = copies([rows])
    assert found.units == 300
    assert found.distinct == len({tuple(row) for row in rows.tolist()}) < 300
    assert found.classes[0].tolist() == first_equal(rows, 1e-9).tolist()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_scale_and_sign_are_taken_out(dtype):
    base = RNG.standard_normal((5, 7))
    rows = np.concatenate([base, -base, 3 * base[:2], base[:1] * 1e-3]).astype(dtype)
    found = copies([rows])
    assert (found.units, found.distinct, found.distinct_up_to_sign) == (13, 13, 5)


def test_a_sign_is_told_where_entries_are_equally_large():
    rows = np.array([[1.0, -1.0], [-1.0, 1.0], [1.0, 1.0], [-2.0, -2.0]])
    assert copies([rows]).distinct_up_to_sign == 2


def test_groups_are_counted_apart():
    rows = np.ones((3, 2))
    found = copies([rows, rows])
    assert (found.units, found.distinct) == (6, 2)
    assert copies([]).units == 0


def test_zeros_and_numbers_that_are_not_finite():
    assert copies([np.zeros((4, 3))]).distinct == 1
    assert copies([np.full((4, 3), np.nan)]).distinct == 4


def test_units_are_tied_whose_gradients_are_equal_too():
    weights = np.array([[1.0, 2], [1, 2], [1, 2], [3, 4], [3, 4]])
    gradients = np.array([[5.0, 5], [5, 5], [6, 6], [7, 7], [8, 8]])
    assert tied(copies([weights]).classes, [gradients]) == 2
    assert tied(copies([weights]).classes, [np.zeros((5, 2))]) == 5
    apart = np.arange(10.0).reshape(5, 2)  # the same gradient alone ties nothing
    assert tied(copies([apart]).classes, [np.ones((5, 2))]) == 0
    assert tied(copies([weights]).classes, [gradients + np.arange(5)[:, None]]) == 0


def test_blocks_change_nothing(monkeypatch):
    rows = RNG.standard_normal((60, 6)).round(1)
    rows[40:] = -2 * rows[:20]
    whole = copies([rows])
    monkeypatch.setattr("initlab.diagnosis.copies.AT_ONCE", 18)
    again = copies([rows])
    assert whole.classes[0].tolist() == again.classes[0].tolist()
    assert whole.distinct_up_to_sign == again.distinct_up_to_sign <= 40


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_quick_look_answers_as_the_slow_one(dtype, monkeypatch):
    looked = []
    for k in range(300):
        width, inputs = RNG.integers(1, 9), RNG.integers(1, 6)
        rows = RNG.standard_normal((width, inputs))
        change = k % 6
        if change == 1:
            rows[-1] = -3 * rows[0]  # alike up to scale and sign
        elif change == 2:
            rows[-1] = rows[0]
        elif change == 3:
            rows[: width // 2] *= 1e-12  # below the tolerance of the layer: all of them equal
        elif change == 4:
            rows[-1] = rows[0] * (1 + 1e-7)
        elif change == 5:
            rows[0, 0] = np.nan
        looked.append(rows.astype(dtype))
    quick = [copies([rows]) for rows in looked]
    monkeypatch.setattr("initlab.diagnosis.copies._plainly_apart", lambda *_: False)
    slow = [copies([rows]) for rows in looked]
    assert all(len(one.classes[0]) for one in quick)
    for own, other in zip(quick, slow, strict=True):
        assert (own.units, own.distinct, own.distinct_up_to_sign) == (
            other.units, other.distinct, other.distinct_up_to_sign,
        )  # fmt: skip
        assert own.classes[0].tolist() == other.classes[0].tolist()
