"""How a number changes from layer to layer, also where it falls to 0."""

from __future__ import annotations

import math

import pytest

from initlab.diagnosis.trend import growing, shrinking


def test_the_times_of_a_fall_and_of_a_rise_are_above_1():
    assert shrinking([8.0, 4.0, 1.0]).times == pytest.approx(8.0)
    assert growing([1.0, 4.0, 8.0]).times == pytest.approx(8.0)


def test_a_fall_to_0_from_a_large_number_is_finite():
    fall = shrinking([1e200, 0.0])
    assert fall.ratio == 0.0  # it underflows
    assert math.isfinite(fall.times)
