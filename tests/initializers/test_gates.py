"""Biases of gates: chrono against its formula."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from initlab import draw
from initlab.errors import ArgumentError, ShapeError
from initlab.initializers.distributions import TimeScales
from initlab.initializers.spec import parse


def test_chrono_is_ln_of_a_uniform_time_and_its_negative():
    bias = draw("chrono(longest=100)", (4 * 20_000,), seed=0)
    inward, forget, cell, out = np.split(bias, 4)
    assert np.array_equal(inward, -forget)
    assert not cell.any()
    assert not out.any()
    assert stats.kstest(np.exp(forget), stats.uniform(1, 98).cdf).pvalue > 0.01
    assert forget.min() >= 0
    assert forget.max() <= np.log(99)


def test_memories_last_as_long_as_the_times():
    forget = draw("chrono(longest=784)", (4000,), seed=1)[1000:2000]
    times = 1 / (1 - 1 / (1 + np.exp(-forget)))  # time constant of a leaky unit
    assert 2 - 1e-9 <= times.min() < 4
    assert 750 < times.max() <= 784 + 1e-9


@pytest.mark.parametrize("longest", [2, 1.5, float("inf"), "long"])
def test_a_longest_time_of_2_or_less_is_refused(longest):
    with pytest.raises(ArgumentError, match="longest must be a finite number > 2"):
        TimeScales(longest)


def test_other_gates_than_those_of_an_lstm_are_refused():
    with pytest.raises(ShapeError, match="the shape of an LSTM bias"):
        draw("chrono(longest=10)", (9,), seed=0)
    assert parse("chrono(longest=10)").sets == "biases"
