"""A network is held against the same one drawn well: where do they differ most, and in what?"""

from __future__ import annotations

import numpy as np

from initlab.diagnosis.against import difference
from initlab.diagnosis.dense import measure_dense
from initlab.initialization.dense import draw_network
from initlab.networks import DenseNetwork

NETWORK = DenseNetwork((6, 16, 16, 16, 3), "relu", loss="cross_entropy")
RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((64, 6)), RNG.integers(3, size=64)


def measured(init, **changes):
    """Measure a drawn network, some of its parameters multiplied, or set by a function."""
    theta = draw_network(init, NETWORK.layer_dims, seed=1)
    for name, change in changes.items():
        theta[name] = change(theta[name]) if callable(change) else theta[name] * change
    return measure_dense(NETWORK, theta, X, Y)


REFERENCES = [measured("he_normal"), measured("torch_default")]


def found(**changes):
    return difference(measured("he_normal", **changes), REFERENCES)


def test_a_network_drawn_as_one_of_its_references_is_unlike_none():
    assert found() is None
    assert difference(measured("torch_default"), REFERENCES) is None


def test_a_parameter_of_another_size_is_named_with_what_it_does():
    large, small = found(W2=50.0), found(W3=0.01)
    assert (large.name, large.where) == ("exploding_signal", ("W2",))
    assert (small.name, small.where) == ("vanishing_signal", ("W3",))
    assert large.plain
    assert not found(W2=10.0).plain  # beside the larger of the references about 5 times
    both = found(W2=50.0, W3=40.0)
    assert both.where == ("W2", "W3")


def test_a_bias_that_outweighs_what_a_layer_gives_is_named():
    hidden = found(b2=lambda b: b - 20.0)
    assert hidden.where == ("b2",)
    head = found(b4=lambda b: b + 30.0)
    assert (head.name, head.where) == ("large_initial_loss", ("b4",))
    assert found(b2=lambda b: b + 0.1) is None


def test_zeros_that_training_moves_are_named_only_where_a_trial_says_so():
    zeros = measured("he_normal", W4=0.0)
    assert not zeros.parameters[0].gradient_norm  # behind them nothing moves at first
    assert difference(zeros, REFERENCES) is None
    assert found(W4=0.0, W2=50.0).where == ("W2",)
    assert difference(zeros, REFERENCES, ["layer 4"]).layers == ("layer 4",)


def test_copies_come_before_sizes():
    one = found(W2=lambda w: np.repeat(w[:1], len(w), axis=0), b2=0.0, W3=5.0)
    assert (one.name, one.layers) == ("identical_units", ("layer 2",))
