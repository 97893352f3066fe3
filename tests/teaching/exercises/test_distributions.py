"""Statistical tests of drawn weights: what they notice, and that they let right ones pass."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.teaching.exercises.answers import Answer, Call
from initlab.teaching.exercises.distributions import (
    NORMAL,
    UNIFORM,
    Drawn,
    check_apart,
    check_distribution,
    factor_hint,
    statistics,
)
from initlab.teaching.exercises.exercise import WrongAnswer

ANSWER = Answer(Call(([3, 4],)), "f")
SHAPE = (300, 400)


def numbers(seed, shape=SHAPE):
    return np.random.default_rng(seed).standard_normal(shape)


def judged(*weights, distribution=NORMAL, std=1.0):
    layers = [Drawn(ANSWER, f"W{k}", weight, std) for k, weight in enumerate(weights, start=1)]
    check_distribution(layers, distribution, "the hint")


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_right_weights_pass_at_every_one_of_30_seeds(dtype):
    for seed in range(30):
        generator = np.random.default_rng(seed)
        shapes = [(100, 80), (50, 100), *generator.integers(1, 9, size=(60, 2))]
        judged(*(generator.standard_normal(shape, dtype=dtype) for shape in shapes))
        judged(*(2 * generator.random(shape, dtype=dtype) - 1 for shape in shapes),
               distribution=UNIFORM, std=3**-0.5)  # fmt: skip


def test_statistics_of_right_scores_are_standard_normal():
    groups = numbers(0, (20_000, 7))
    for values in statistics(groups)[:3]:
        assert abs(values.mean()) < 0.03
        assert abs(values.std() - 1) < 0.03
        assert 0.0005 < (abs(values) > 3).mean() < 0.005


@pytest.mark.parametrize("seed", range(10))
def test_a_spread_three_percent_off_is_noticed_and_half_a_percent_is_chance(seed):
    judged(numbers(seed) * 1.005)
    for factor in (1.03, 0.97):
        with pytest.raises(WrongAnswer, match="has the standard deviation 1"):
            judged(numbers(seed) * factor)


@pytest.mark.parametrize("seed", range(10))
def test_a_mean_of_three_percent_of_the_spread_is_noticed(seed):
    with pytest.raises(WrongAnswer, match="the mean 0"):
        judged(numbers(seed) + 0.03)


@pytest.mark.parametrize(
    "make",
    [
        lambda g: g.uniform(-(3**0.5), 3**0.5, SHAPE),
        lambda g: g.laplace(0, 0.5**0.5, SHAPE),
        lambda g: g.standard_t(10, SHAPE) * 0.8**0.5,
        lambda g: g.exponential(1, SHAPE) - 1,
    ],
    ids=["uniform", "laplace", "student", "exponential"],
)
def test_another_distribution_of_the_same_mean_and_spread_is_noticed(make):
    with pytest.raises(WrongAnswer, match="the numbers follow another distribution"):
        judged(make(np.random.default_rng(0)))


@pytest.mark.parametrize(
    "weight",
    [np.tile(numbers(0, (1, 400)), (300, 1)), np.tile(numbers(0, (300, 1)), (1, 400)),
     np.vstack([numbers(0, (150, 400)), -numbers(0, (150, 400))]), numbers(0).round(2),
     np.clip(numbers(0), -2, 2) / 0.95945],
    ids=["rows", "columns", "mirrored", "rounded", "clipped"],
)  # fmt: skip
def test_numbers_that_come_twice_are_noticed(weight):
    with pytest.raises(WrongAnswer, match="independently of the others"):
        judged(weight)


def test_neighbours_that_follow_from_one_another_are_noticed():
    weight = numbers(0)
    for smooth in (weight[1:] + weight[:-1], weight[:, 1:] + weight[:, :-1]):
        with pytest.raises(WrongAnswer, match="depend on one another"):
            judged(smooth / 2**0.5)


@pytest.mark.parametrize(
    "make",
    [
        lambda g, s: g.random(s) + 10,
        lambda g, s: abs(g.standard_normal(s)),
        lambda g, s: g.exponential(size=s),
        lambda g, s: g.standard_cauchy(s),
        lambda g, s: g.choice([-1.0, 1.0], s),
        lambda g, s: np.ones(s),
    ],
    ids=["off centre", "positive", "exponential", "cauchy", "two values", "one value"],
)
def test_independent_numbers_of_any_distribution_are_apart(make):
    for seed in range(50):
        generator = np.random.default_rng(seed)
        layers = [make(generator, shape) for shape in ((30, 40), (1, 1200), (1200, 1))]
        check_apart([Drawn(ANSWER, "W", weight, 1.0) for weight in layers])


@pytest.mark.parametrize("shift", [0.0, 100.0])
def test_numbers_that_share_a_part_are_said_to_depend_not_to_repeat(shift):
    one, own = numbers(0), numbers(1)
    layers = [Drawn(ANSWER, "W1", one + shift, 1.0), Drawn(ANSWER, "W2", one + own + shift, 2**0.5)]
    with pytest.raises(WrongAnswer, match="the numbers of W2 depend on the numbers of W1"):
        check_apart(layers)


def test_layers_that_are_turned_after_the_draw_and_repeat_one_another_are_noticed():
    with pytest.raises(WrongAnswer, match="repeats the numbers of W"):
        judged(numbers(0, (500, 240)).T, numbers(0, (300, 400)).T)


@pytest.mark.parametrize("other", [numbers(0, (500, 240)), numbers(0, (300, 400)).T])
def test_a_layer_that_repeats_another_is_noticed(other):
    with pytest.raises(WrongAnswer, match="repeats the numbers of W"):
        judged(numbers(0), other)


def test_small_layers_that_repeat_one_another_are_noticed():
    with pytest.raises(WrongAnswer, match="occur in several layers"):
        judged(*(numbers(k // 2, (5, 4)) for k in range(40)))


def test_the_hint_names_the_factor_of_a_common_mistake():
    shapes = [(300, 400), (50, 300)]
    halved = [numbers(k, s) * 2 / s[1] for k, s in enumerate(shapes)]
    assert "the sqrt was forgotten" in factor_hint(halved, "?")
    assert factor_hint([weight * 1.7 for weight in halved], "?") == "?"
