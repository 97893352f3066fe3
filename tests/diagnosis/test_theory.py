"""Mean-field lines of a plain stack, against closed forms and against the maps of mean_fields."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from initlab.diagnosis.theory import Inputs, Line, Stage, lines, pairs_of, random_like, scaled
from initlab.nonlinearities.correlation import Correlated
from initlab.nonlinearities.elementwise import elementwise
from initlab.nonlinearities.quadrature import moments
from initlab.nonlinearities.table import TABLE

PAIR = np.array([[0, 1]])


def stack(name, std, bias=0.0, depth=4, width=100):
    row = TABLE[name]
    return [Stage(std**2 / width, bias**2, width, width, row) for _ in range(depth)]


def inputs(q=1.0, c=0.3, width=100, std=1.0):
    square = q * width / std**2
    return Inputs(np.full(2, square), np.array([c * square]), PAIR)


@pytest.mark.parametrize("name", ["tanh", "relu", "gelu", "hardtanh", "sigmoid"])
@pytest.mark.parametrize("c", [0.3, 0.95])
def test_q_and_c_follow_the_maps_of_correlated_normal_variables(name, c):
    std, bias = 1.3, 0.2
    found = lines(inputs(1.0, c), stack(name, std, bias))
    function = elementwise(name)
    q = 1.3**2 + bias**2
    both = 1.3**2 * c + bias**2
    for line in found:
        assert line.q == pytest.approx(q, rel=2e-4)
        assert line.c == pytest.approx(both / q, abs=2e-3)
        own = moments(function, math.sqrt(q))
        product = Correlated(function, math.sqrt(q), own.kinks).product(both / q)
        both, q = std**2 * product + bias**2, std**2 * own.square + bias**2


@pytest.mark.parametrize("name", ["tanh", "relu", "hardtanh"])
def test_g_follows_the_mean_squared_slopes(name):
    found = lines(inputs(), stack(name, 1.5))
    for before, after in itertools.pairwise(found):
        slope = moments(elementwise(name), math.sqrt(before.q)).slope_square
        assert before.g / after.g == pytest.approx(1.5**2 * slope, rel=5e-3)


def test_what_is_left_of_1_keeps_its_digits_where_inputs_merge():
    """Of relu, 1 - c falls like 1/depth**2; of a contracting tanh, by chi_1 per layer."""
    deep = lines(inputs(1.0, 0.9), stack("tanh", 0.5, 0.3, depth=12))
    ratios = [(1 - b.c) / (1 - a.c) for a, b in itertools.pairwise(deep[7:])]
    slope = moments(elementwise("tanh"), math.sqrt(deep[-1].q)).slope_square
    assert 1 - deep[-1].c < 1e-6
    assert ratios == pytest.approx([0.5**2 * slope] * len(ratios), rel=1e-2)


def test_samples_of_different_size_keep_their_own_q():
    row = TABLE["tanh"]
    two = Inputs(np.array([1.0, 100.0]), np.array([3.0]), PAIR)
    found = lines(two, [Stage(1.0, 0.0, 1, 1, row), Stage(1.0, 0.0, 1, 1, None)])
    squares = [moments(elementwise("tanh"), std).square for std in (1.0, 10.0)]
    assert found[0].q == pytest.approx(50.5)
    assert found[0].c == pytest.approx(0.3)
    assert found[1].q == pytest.approx(np.mean(squares), rel=1e-3)


def test_a_linear_stack_keeps_the_correlation():
    stages = [Stage(2.0, 0.0, 1, 1, None)] * 3
    found = lines(inputs(1.0, 0.37), stages)
    assert [line.c for line in found] == pytest.approx([0.37] * 3, abs=1e-12)


def test_pairs_come_from_all_over_the_batch():
    assert pairs_of(1).shape == (0, 2)
    assert pairs_of(2).tolist() == [[0, 1]]
    many = pairs_of(1000)
    assert len(many) == 48
    assert {many.min(), many.max()} == {0, 999}
    assert (many[:, 0] != many[:, 1]).all()


def test_one_sample_has_no_correlation():
    found = lines(Inputs(np.ones(1), np.zeros(0), pairs_of(1)), stack("tanh", 1.0))
    assert all(line.c is None for line in found)


def test_weights_with_a_mean_are_not_random_ones():
    drawn = np.random.default_rng(0).standard_normal(10_000)
    assert random_like(drawn.mean(), np.mean(drawn**2), drawn.size)
    shifted = drawn + 0.1
    assert not random_like(shifted.mean(), np.mean(shifted**2), shifted.size)
    assert random_like(0.0, 0.0, 5)


def test_lines_of_g_end_at_the_measured_one():
    found = scaled([Line(1, 1, 8.0), Line(1, 1, 2.0)], 1.0)
    assert [line.g for line in found] == [4.0, 1.0]
    assert [line.g for line in scaled([Line(1, 1, 8.0)], None)] == [None]
