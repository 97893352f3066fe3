"""Which units are copies, and that copies stay copies to the last bit in both engines."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.networks import DenseNetwork
from initlab.networks.distinct import distinct_units
from initlab.networks.symmetry import tied_units
from initlab.records import Training

from ..engines.making import ENGINES, NETWORKS, parameters, points, trained

SMALL = DenseNetwork((2, 4, 3, 1))


def constant(network, value):
    return {name: np.full(network.shape_of(name), value) for name in network.parameter_names}


def doubled(network, layer=1, copies=2):
    """Random start in which the first units of a layer are copies of unit 0, out and in."""
    theta = parameters(network)
    theta[f"W{layer}"][:copies] = theta[f"W{layer}"][0]
    theta[f"b{layer}"][:copies] = theta[f"b{layer}"][0]
    theta[f"W{layer + 1}"][:, :copies] = theta[f"W{layer + 1}"][:, :1]
    return theta


def test_distinct_units_of_made_cases():
    assert distinct_units(SMALL, constant(SMALL, 0.0)) == (1, 1)
    assert distinct_units(SMALL, constant(SMALL, 1.0)) == (1, 1)
    assert distinct_units(SMALL, parameters(SMALL)) == (4, 3)
    assert distinct_units(SMALL, doubled(SMALL, copies=3)) == (2, 3)


def test_units_that_differ_in_the_bias_only_are_distinct():
    theta = constant(SMALL, 1.0)
    theta["b1"][2] = 1.5
    assert distinct_units(SMALL, theta) == (2, 1)


def test_units_that_differ_by_rounding_only_are_not_distinct_but_by_learning_are():
    theta = constant(SMALL, 1.0)
    theta["W1"][1] += 1e-15
    assert distinct_units(SMALL, theta) == (1, 1)
    theta["W1"][1] += 1e-6
    assert distinct_units(SMALL, theta) == (2, 1)


def test_a_diverged_layer_has_no_copies():
    theta = constant(SMALL, np.inf)
    assert distinct_units(SMALL, theta) == (4, 3)
    assert tied_units(SMALL, theta) == {}


def test_units_are_tied_only_when_their_outgoing_weights_are_equal_too():
    theta = doubled(SMALL)
    ((layer, first),) = tied_units(SMALL, theta).items()
    assert (layer, first.tolist()) == (1, [0, 0, 2, 3])
    theta["W2"][0, 1] += 1.0
    assert tied_units(SMALL, theta) == {}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("optimizer", ["gd", "sgd", "adam"])
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("start", ["ones", "small constant", "half doubled", "second half doubled"])
def test_equal_units_stay_equal_to_the_last_bit(engine, optimizer, name, start):
    network = NETWORKS[name]
    layer = network.depth - 1 if start == "second half doubled" else 1
    half = network.layer_dims[layer] // 2
    theta, copies = {
        "ones": (constant(network, 1.0), network.layer_dims[layer]),
        "small constant": (constant(network, 0.01), network.layer_dims[layer]),
    }.get(start) or (doubled(network, layer, half), half)
    samples = 300 if name == "circles" else 16
    batch = 13 if samples == 16 and optimizer != "gd" else None
    plan = Training(optimizer=optimizer, steps=60, learning_rate=0.05, batch_size=batch)
    end = trained(engine, network, plan, points(network, samples), theta).parameters()
    for parameter, rows in (
        (f"W{layer}", end[f"W{layer}"][:copies]),
        (f"b{layer}", end[f"b{layer}"][:copies]),
        (f"W{layer + 1}", end[f"W{layer + 1}"][:, :copies].T),
    ):
        assert len({row.tobytes() for row in rows}) == 1, parameter
    moved = any(not np.array_equal(end[name], theta[name]) for name in end)
    assert moved
