"""Losses against torch's, and at the edges where the documents' form is infinite."""

from __future__ import annotations

import math

import numpy as np
import pytest

from initlab.networks import DenseNetwork
from initlab.networks.dense import LOSS_FORMS, LOSSES
from initlab.networks.losses import (
    TABLE,
    loss_value,
    predicted,
    prediction_error,
    sample_losses,
)

from ..engines.making import points

BINARY = DenseNetwork((1, 1))
BINARY_ROUNDED = DenseNetwork((1, 1), loss_form="probability")
CLASSES = DenseNetwork((1, 3), loss="cross_entropy")
CLASSES_ROUNDED = DenseNetwork((1, 3), loss="cross_entropy", loss_form="probability")
SQUARED = DenseNetwork((1, 2), loss="half_mean_squared_error")


def column(*values):
    return np.array(values, dtype=float)[:, np.newaxis]


@pytest.mark.parametrize("network", [BINARY, BINARY_ROUNDED, CLASSES, CLASSES_ROUNDED, SQUARED])
def test_loss_and_its_gradient_are_torchs(network):
    torch = pytest.importorskip("torch", reason="compares with torch's losses")
    generator = np.random.RandomState(0)
    z = torch.tensor(3 * generator.standard_normal((40, network.layer_dims[-1])))
    z.requires_grad_(True)
    functional = torch.nn.functional
    if network.loss == "binary_cross_entropy":
        y = torch.tensor(generator.randint(2, size=40).astype(float))
        expected = functional.binary_cross_entropy_with_logits(z[:, 0], y)
    elif network.loss == "cross_entropy":
        y = torch.tensor(generator.randint(3, size=40))
        expected = functional.cross_entropy(z, y)
    else:
        y = torch.tensor(generator.standard_normal((40, 2)))
        # half the squared distance per sample: torch's mean is over the outputs too
        expected = functional.mse_loss(z, y) * network.layer_dims[-1] / 2
    expected.backward()
    ours = z.detach().numpy()
    assert loss_value(network, ours, y.numpy()) == pytest.approx(expected.item(), rel=1e-13)
    gradient = prediction_error(network, ours, y.numpy().astype(float)) / len(ours)
    np.testing.assert_allclose(gradient, z.grad.numpy(), rtol=1e-12, atol=1e-16)


EVERY = [
    DenseNetwork((1, 1 if TABLE[loss].targets == "binary" else 3), "relu", loss, form)
    for loss in LOSSES
    for form in LOSS_FORMS
]


@pytest.mark.parametrize("network", EVERY, ids=lambda n: f"{n.loss}, {n.loss_form}")
def test_gradient_is_the_central_difference_of_the_mean_loss(network):
    y, h = points(network, 30).y, 1e-6
    z = np.random.RandomState(1).standard_normal((30, network.layer_dims[-1]))
    steps = h * np.eye(z.size).reshape(z.size, *z.shape)
    rises = [loss_value(network, z + s, y) - loss_value(network, z - s, y) for s in steps]
    expected = len(z) * np.reshape(rises, z.shape) / (2 * h)
    np.testing.assert_allclose(prediction_error(network, z, y), expected, atol=1e-6)
    stacked = sample_losses(network, np.stack([z, 2 * z]), y)
    assert loss_value(network, z, y) == float(np.mean(stacked[0]))
    assert (stacked[1] == sample_losses(network, 2 * z, y)).all()


@pytest.mark.parametrize("network", EVERY, ids=lambda n: f"{n.loss}, {n.loss_form}")
def test_random_guessing_loses_what_its_row_says(network):
    row, outputs = TABLE[network.loss], network.layer_dims[-1]
    if row.targets != "values":
        lost = sample_losses(network, np.zeros((2, outputs)), np.array([0.0, 1.0]))
        assert lost == pytest.approx(row.guess(max(2, outputs)), rel=1e-15)


def test_zero_logits_lose_exactly_ln_2_in_both_forms():
    y = np.array([0.0, 1.0])
    for network in (BINARY, BINARY_ROUNDED):
        assert loss_value(network, column(0.0, 0.0), y) == pytest.approx(math.log(2), rel=1e-16)


def test_from_probabilities_only_a_wrong_saturated_point_is_infinite():
    z = column(40, -800, 40, -800, 36.7, -700)
    y = np.array([1.0, 0, 0, 1, 0, 1])
    losses = sample_losses(BINARY_ROUNDED, z, y)
    assert losses[:2].tolist() == [0.0, 0.0]  # 0 log 0 counts as 0
    assert losses[2:4].tolist() == [math.inf, math.inf]
    assert losses[4] == pytest.approx(36.7, abs=1)  # 1 - a is one unit of the last place
    assert losses[5] == pytest.approx(700)


def test_from_logits_no_finite_output_is_infinite():
    z = column(7e3, -7e3, 7e3, -7e3)
    losses = sample_losses(BINARY, z, np.array([1.0, 0, 0, 1]))
    assert losses.tolist() == [0, 0, 7e3, 7e3]


def test_softmax_from_probabilities_is_infinite_only_where_the_right_class_underflows():
    z = np.array([[800.0, 0, 0], [800, 0, 0], [700, 0, 0]])
    losses = sample_losses(CLASSES_ROUNDED, z, np.array([0.0, 1, 1]))
    assert losses.tolist() == [0.0, math.inf, pytest.approx(700)]


@pytest.mark.parametrize("form", LOSS_FORMS)
def test_gradient_is_finite_where_the_loss_is_infinite(form):
    network = DenseNetwork((1, 1), loss_form=form)
    error = prediction_error(network, column(1e3, -1e3), np.array([0.0, 1.0]))
    assert error[:, 0].tolist() == [1.0, -1.0]


def test_predictions_are_probabilities_or_values():
    assert predicted(BINARY, column(0.0)).tolist() == [[0.5]]
    assert predicted(CLASSES, np.zeros((1, 3)))[0] == pytest.approx([1 / 3] * 3)
    assert predicted(SQUARED, np.array([[1.5, -2.0]])).tolist() == [[1.5, -2.0]]


def test_a_stack_of_regressions_has_the_bits_of_each_one_alone():
    generator = np.random.default_rng(0)
    network = DenseNetwork((1, 2, 1), loss="half_mean_squared_error")
    z, y = generator.normal(size=(5, 40, 1)), generator.normal(size=(40, 1))
    z[1, 2], z[2, 3], z[3, 4] = np.inf, np.nan, 1e200
    together = sample_losses(network, z, y)
    with np.errstate(all="ignore"):
        alone = [0.5 * (one[:, 0] - y[:, 0]) ** 2 for one in z]
    np.testing.assert_array_equal(together, alone)
