"""Statistical tests of drawn weights: what they notice, and that they let right ones pass."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from initlab.exercises.answers import Answer, Call
from initlab.exercises.exercise import WrongAnswer
from initlab.exercises.laws import (
    check_apart,
    check_distinct,
    check_shape,
    check_spread,
    factor_hint,
)

ANSWER = Answer(Call(([3, 4],)), "f")
SHAPE = (300, 400)


def drawn(seed, shape=SHAPE):
    return np.random.default_rng(seed).standard_normal(shape)


def spread(weight, std=1.0):
    check_spread(ANSWER, weight, "W1", std, kurtosis=3.0)


def test_right_weights_pass_at_every_one_of_200_seeds():
    for seed in range(200):
        weight, other = drawn(seed), drawn(seed + 1000)
        spread(weight)
        check_distinct(ANSWER, {"W1": weight})
        check_apart(ANSWER, {"W1": weight, "W2": other.T})
        check_shape(ANSWER, weight, "W1", "the normal law", ndtr)


@pytest.mark.parametrize("seed", range(10))
def test_a_spread_three_percent_off_is_noticed_and_half_a_percent_is_chance(seed):
    spread(drawn(seed) * 1.005)
    for factor in (1.03, 0.97):
        with pytest.raises(WrongAnswer, match="standard deviation"):
            spread(drawn(seed) * factor)


@pytest.mark.parametrize("seed", range(10))
def test_a_mean_of_three_percent_of_the_spread_is_noticed(seed):
    with pytest.raises(WrongAnswer, match="the mean 0"):
        spread(drawn(seed) + 0.03)


@pytest.mark.parametrize(
    "make",
    [
        lambda g: g.uniform(-(3**0.5), 3**0.5, SHAPE),
        lambda g: g.laplace(0, 0.5**0.5, SHAPE),
        lambda g: np.clip(g.standard_normal(SHAPE), -2, 2) / 0.95945,
        lambda g: g.standard_t(10, SHAPE) * 0.8**0.5,
        lambda g: g.exponential(1, SHAPE) - 1,
    ],
    ids=["uniform", "laplace", "truncated", "student", "exponential"],
)
def test_another_law_of_the_same_mean_and_spread_is_noticed(make):
    weight = make(np.random.default_rng(0))
    spread(weight)
    with pytest.raises(WrongAnswer, match="another law"):
        check_shape(ANSWER, weight, "W1", "the normal law", ndtr)


@pytest.mark.parametrize(
    "weight",
    [np.tile(drawn(0, (1, 400)), (300, 1)), np.tile(drawn(0, (300, 1)), (1, 400)),
     np.vstack([drawn(0, (150, 400)), -drawn(0, (150, 400))]), drawn(0).round(2)],
    ids=["rows", "columns", "mirrored", "rounded"],
)  # fmt: skip
def test_numbers_that_come_twice_are_noticed(weight):
    with pytest.raises(WrongAnswer, match="drawn by itself"):
        check_distinct(ANSWER, {"W1": weight})


def test_neighbours_that_follow_from_one_another_are_noticed():
    weight = drawn(0)
    for smooth in (weight[1:] + weight[:-1], weight[:, 1:] + weight[:, :-1]):
        with pytest.raises(WrongAnswer, match="follow from one another"):
            check_apart(ANSWER, {"W1": smooth})


@pytest.mark.parametrize("other", [drawn(0, (500, 100)) * 3, drawn(0, (300, 400)).T])
def test_a_layer_that_repeats_another_is_noticed(other):
    with pytest.raises(WrongAnswer, match="W2 repeats the numbers of W1"):
        check_apart(ANSWER, {"W1": drawn(0), "W2": other})


def test_the_hint_names_the_factor_of_a_common_mistake():
    shapes = [(300, 400), (50, 300)]
    halved = [drawn(k, s) * 2 / s[1] for k, s in enumerate(shapes)]
    assert "the sqrt was forgotten" in factor_hint(halved, "?")
    assert factor_hint([weight * 1.7 for weight in halved], "?") == "?"
