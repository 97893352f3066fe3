"""Priors by hand, samples evenly spaced, and the loop of LSUV on layers that answer oddly."""

from __future__ import annotations

import math

import numpy as np
import pytest

from initlab.errors import DataError
from initlab.initialization.on_data import (
    Outputs,
    missed,
    prior_bias,
    spaced,
    to_unit_outputs,
    to_unit_variance,
)
from initlab.initializers import Initializer


def test_priors_are_logarithms_log_odds_and_means():
    bias, words = prior_bias([0, 0, 0, 1], 2, where="b")
    assert bias.tolist() == pytest.approx([math.log(0.75), math.log(0.25)])
    assert words == "logarithms of the shares of the 2 classes in the targets"
    bias, words = prior_bias([0.0, 1.0, 0.0, 0.0], 1, where="b")
    assert bias.tolist() == pytest.approx([-math.log(3)])  # Lin et al.: -ln((1 - pi) / pi)
    assert words == "log odds of the targets"
    bias, words = prior_bias([[1.0, 2.0], [3.0, 5.0]], 2, where="b")
    assert bias.tolist() == [2.0, 3.5]
    assert words == "means of the targets"
    assert (
        prior_bias([[[0, 1], [1, 1]]], 2, where="b")[1]
        == "logarithms of the shares of the 2 classes in the targets"
    )
    assert prior_bias([0.0, 1.0], 1, "values", where="b")[0].tolist() == [0.5]
    assert np.allclose(prior_bias([[0.9, 0.1], [0.7, 0.3]], 2, "classes", where="b")[0],
                       np.log([0.8, 0.2]))  # fmt: skip


@pytest.mark.parametrize(
    ("targets", "width", "kind", "words"),
    [
        ([0, 1, 3], 3, "classes", "classes from 0 to 2"),
        ([0, 0, 2], 3, "classes", "Class 1 has no sample"),
        ([1.0, 1.0], 1, "binary", "0 for some samples and 1 for others in every output"),
        ([[1.5, 2.0]], 3, "", "an array with 3 numbers per sample"),
    ],
)
def test_targets_that_do_not_fit_are_refused(targets, width, kind, words):
    with pytest.raises(DataError, match=words):
        prior_bias(targets, width, kind, where="b")


def test_samples_are_evenly_spaced_so_that_sorted_data_is_seen_whole():
    (rows,) = spaced(4, np.arange(100))
    assert rows.tolist() == [0, 33, 66, 99]
    x, y = spaced(500, np.arange(7), np.arange(7) * 2)
    assert x.tolist() == list(range(7))
    assert y.tolist() == [2 * k for k in range(7)]


class Answering:
    """A layer whose outputs have the variance that a function of its scale says."""

    name = "w"

    def __init__(self, variance):
        self.scale, self.variance = 1.0, variance

    def outputs(self):
        return [Outputs(np.zeros(3), np.full(3, self.variance(self.scale)))]

    def multiply(self, factors):
        self.scale *= factors[0]


def test_lsuv_stops_at_its_tolerance_and_at_its_cap():
    linear = Answering(lambda scale: 9 * scale**2)
    done = to_unit_variance(linear, tolerance=0.01, iterations=10)
    assert (done.iterations, done.factors) == (1, pytest.approx((1 / 3,)))
    close = to_unit_variance(Answering(lambda scale: 1.09), tolerance=0.1, iterations=10)
    assert (close.iterations, close.factors) == (0, (1.0,))
    curved = Answering(lambda scale: 16 * scale**3)  # a layer used twice, say
    assert 1 < to_unit_variance(curved, tolerance=0.001, iterations=50).iterations < 50
    assert curved.variance(curved.scale) == pytest.approx(1, abs=0.001)
    never = to_unit_variance(Answering(lambda scale: 5.0), tolerance=0.01, iterations=4)
    assert never.iterations == 4
    for dead in (0.0, math.nan, math.inf):
        answer = to_unit_variance(Answering(lambda scale, v=dead: v), tolerance=0.1, iterations=4)
        assert (answer.iterations, answer.factors) == (0, (1.0,))


def test_the_variance_of_all_entries_counts_the_spread_of_the_means():
    entries = np.random.default_rng(0).normal([1, -2, 5], [1, 2, 3], (1000, 3))
    found = Outputs(entries.mean(axis=0), entries.var(axis=0))
    assert found.total == pytest.approx(entries.var(), rel=1e-12)


@pytest.mark.parametrize(("variance", "shown"), [(1 + 1e-9, "1.000000001"), (1.5, "1.5")])
def test_a_variance_that_is_nearly_1_is_shown_to_its_last_digit(variance, shown):
    outputs = Outputs(np.zeros(1), np.array([variance]))
    said = missed("w", Initializer("lsuv", {"tolerance": 1e-12}), [outputs], units=False)
    words = "lsuv could not bring the outputs of w to variance 1 ± 1e-12: their variance is"
    assert said == f"{words} {shown}."


class Equal:
    """Units whose outputs are equal but for rounding."""

    name = "w"

    def __init__(self, rounding):
        self.found = Outputs(np.array([3.0, 5.0]), np.array([rounding, 1.0]))
        self.factors = []

    def outputs(self):
        return [self.found]

    def multiply(self, factors):
        self.factors.append(factors[0])

    def bias(self):
        return None


@pytest.mark.parametrize("rounding", [0.0, 1e-30, 5e-15])
def test_units_that_are_equal_but_for_rounding_keep_their_weights(rounding):
    layer = Equal(rounding)
    to_unit_outputs(layer, centre=0.0)
    assert layer.factors[0].tolist() == [1, 1]


def test_a_layer_that_is_equal_but_for_rounding_is_left():
    layer = Equal(0.0)
    layer.found = Outputs(np.array([3.0, 3.0]), np.array([1e-14, 0.0]))
    assert to_unit_variance(layer, tolerance=0.01, iterations=5).iterations == 0
    assert layer.factors == []
