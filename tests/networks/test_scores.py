"""Named scores of one network or of a stack of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from initlab.networks import DenseNetwork, layers
from initlab.networks.dense import LOSSES
from initlab.networks.losses import TABLE
from initlab.networks.metrics import METRICS
from initlab.networks.scores import PIECE_BYTES, score, scores_on

from ..engines.making import parameters, points

BINARY = DenseNetwork((1, 1))
CLASSES = DenseNetwork((1, 3), loss="cross_entropy")
SQUARED = DenseNetwork((1, 1), loss="half_mean_squared_error")


def column(*values):
    return np.array(values, dtype=float)[:, np.newaxis]


def test_exactly_one_half_is_class_0():
    share = score("accuracy", BINARY, column(0.0, 0.0, 0.0, 1e-9), np.array([0.0, 0, 1, 1]))
    assert share == 3 / 4  # as class 1, the three halves would give 2 / 4


def test_accuracy_of_several_classes_counts_the_largest_output():
    z = np.array([[0.1, 0.2, 0.0], [5, 1, 2], [0, 0, 9.0]])
    assert score("accuracy", CLASSES, z, np.array([1.0, 1, 2])) == pytest.approx(2 / 3)


def test_accuracy_of_nan_is_nan_and_never_chance():
    assert math.isnan(score("accuracy", BINARY, column(math.nan, 1), np.array([0.0, 1])))
    assert score("accuracy", BINARY, column(math.inf, -math.inf), np.array([1.0, 0])) == 1.0


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        (n, loss)
        for n, row in METRICS.items()
        for loss in LOSSES
        if TABLE[loss].targets in row.targets
    ],
)
def test_a_nan_output_scores_nan_for_its_network_and_for_no_other(name, loss):
    network = DenseNetwork((1, 1 if TABLE[loss].targets == "binary" else 3), loss=loss)
    z = np.random.RandomState(0).standard_normal((2, 20, network.layer_dims[-1]))
    z[1, 5, 0] = np.nan
    assert np.isnan(score(name, network, z, points(network, 20).y)).tolist() == [False, True]


def test_r2_of_the_best_constant_is_0_and_the_documents_accuracy_of_it_one_half():
    y = np.array([0.0, 1.0, 5.0])
    z = column(2.0, 2.0, 2.0)
    assert score("r2", SQUARED, z, y) == pytest.approx(0, abs=1e-15)
    assert score("document_accuracy", SQUARED, z, y) == pytest.approx(0.5)


@pytest.mark.parametrize("name", sorted(METRICS))
def test_a_stack_is_scored_as_its_members_one_by_one(name):
    generator = np.random.default_rng(0)
    network = next(one for one in (CLASSES, SQUARED) if TABLE[one.loss].targets
                   in METRICS[name].targets)  # fmt: skip
    outputs = network.layer_dims[-1]
    z = generator.standard_normal((4, 6, outputs))
    y = generator.integers(0, 3, 6).astype(float)
    one_by_one = [float(score(name, network, member, y)) for member in z]
    assert score(name, network, z, y).tolist() == pytest.approx(one_by_one, rel=1e-14)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("layer_dims", [(1, 2, 1), (3, 5, 4, 2)])
def test_a_stack_in_many_pieces_has_the_bits_of_every_network_by_itself(layer_dims, dtype):
    network = DenseNetwork(layer_dims, "tanh", "half_mean_squared_error")
    alone = [parameters(network, seed) for seed in range(300)]
    alone = [{name: value.astype(dtype) for name, value in one.items()} for one in alone]
    generator = np.random.default_rng(0)
    x = generator.standard_normal((801, layer_dims[0])).astype(dtype)
    y = generator.standard_normal((801, layer_dims[-1])).astype(dtype)
    if layer_dims[-1] == 1:
        y = y[:, 0]
    stack = {name: np.stack([one[name] for one in alone]) for name in alone[0]}
    assert len(alone) * x.itemsize * len(x) * max(layer_dims[1:]) > 2 * PIECE_BYTES
    names = ["loss", "r2", "document_accuracy"]
    found = scores_on(names, network, stack, x, y)
    for name in names:
        by_itself = [score(name, network, layers(network, one, x).z[-1], y) for one in alone]
        assert found[name].tolist() == [float(value) for value in by_itself]


def test_an_empty_stack_has_no_scores():
    stack = {name: value[np.newaxis][:0] for name, value in parameters(SQUARED).items()}
    found = scores_on(["loss", "r2"], SQUARED, stack, column(1.0, 2.0), np.array([0.0, 1.0]))
    assert [values.tolist() for values in found.values()] == [[], []]


def test_an_engines_mean_losses_are_the_loss_and_outputs_give_the_other_scores():
    stack = {name: value[np.newaxis] for name, value in parameters(CLASSES).items()}
    x, y = np.ones((2, CLASSES.layer_dims[0])), np.array([0.0, 1.0])
    alone = scores_on(["accuracy"], CLASSES, stack, x, y)
    assert alone["accuracy"].tolist() == [0.5]
    found = scores_on(["loss", "accuracy"], CLASSES, stack, x, y,
                      mean_losses=lambda *given: np.ones(1))  # fmt: skip
    assert found["loss"].tolist() == [1.0]
    assert found["accuracy"].tolist() == [0.5]
