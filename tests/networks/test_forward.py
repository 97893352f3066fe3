"""Hand-written gradients against finite differences and against torch's autograd."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from initlab.networks import DenseNetwork, gradients, layers, predict
from initlab.networks.dense import LOSS_FORMS, LOSSES, NONLINEARITIES
from initlab.networks.forward import outputs
from initlab.networks.losses import TABLE
from initlab.networks.scores import scores_on
from tests.nonlinearities.test_table import torch_function

from ..engines.making import parameters, points

ALL = list(product(NONLINEARITIES, LOSSES, LOSS_FORMS))


def network_of(name, loss, form):
    outputs = {"binary": 1, "classes": 4, "values": 2}[TABLE[loss].targets]
    return DenseNetwork((3, 6, 5, outputs), name, loss, form)


@pytest.mark.parametrize(("name", "loss", "form"), ALL)
def test_gradient_is_the_central_difference_of_the_loss(name, loss, form):
    network = network_of(name, loss, form)
    theta, data = parameters(network), points(network, 7)
    loss, ours = gradients(network, theta, data.x, data.y)
    assert losses_of(network, [theta], data)[0] == pytest.approx(loss, rel=1e-13)
    h = 1e-6
    for parameter, value in theta.items():
        moves = h * np.eye(value.size).reshape(value.size, *value.shape)
        moved = [{**theta, parameter: value + move} for move in (*moves, *-moves)]
        up, down = losses_of(network, moved, data).reshape(2, *value.shape)
        difference = (up - down) / (2 * h)
        np.testing.assert_allclose(ours[parameter], difference, rtol=1e-6, atol=2e-9)


def losses_of(network, many, data):
    """Mean loss of each of many networks, of which all go forward at once."""
    stack = {name: np.stack([one[name] for one in many]) for name in many[0]}
    return scores_on(["loss"], network, stack, data.x, data.y)["loss"]


def torch_loss(torch, network, theta, x, y):
    """Mean loss in torch's own words; None where it has no word for the loss or nonlinearity."""
    functional, a = torch.nn.functional, x
    function = torch_function(torch, network.nonlinearity)
    if function is None:
        return None
    for k in range(1, network.depth + 1):
        z = functional.linear(a, theta[f"W{k}"], theta[f"b{k}"][:, 0])
        a = function(z)
    if network.loss == "binary_cross_entropy":
        return functional.binary_cross_entropy_with_logits(z[:, 0], y)
    if network.loss == "cross_entropy":
        return functional.cross_entropy(z, y.long())
    if network.loss == "half_mean_squared_error":
        return functional.mse_loss(z, y) * network.layer_dims[-1] / 2
    return None


@pytest.mark.parametrize(("name", "loss", "form"), ALL)
def test_loss_and_gradient_are_torchs(name, loss, form):
    torch = pytest.importorskip("torch", reason="compares with torch's autograd")
    network = network_of(name, loss, form)
    theta, data = parameters(network), points(network, 50)
    tensors = {k: torch.tensor(v, requires_grad=True) for k, v in theta.items()}
    expected = torch_loss(torch, network, tensors, torch.tensor(data.x), torch.tensor(data.y))
    if expected is None:
        pytest.skip("torch has none: held against its differences alone")
    expected.backward()
    value, ours = gradients(network, theta, data.x, data.y)
    assert value == pytest.approx(expected.item(), rel=1e-13)
    for parameter, gradient in ours.items():
        torchs = tensors[parameter].grad.numpy()
        np.testing.assert_allclose(gradient, torchs, rtol=1e-10, atol=1e-15, err_msg=parameter)


def test_layers_keep_shape_and_order_and_the_last_is_not_activated():
    network = DenseNetwork((3, 6, 5, 1))
    theta, data = parameters(network), points(network, 7)
    values = layers(network, theta, data.x)
    assert [z.shape for z in values.z] == [(7, 6), (7, 5), (7, 1)]
    by_hand = data.x[2] @ theta["W1"][4] + theta["b1"][4, 0]
    assert values.z[0][2, 4] == pytest.approx(by_hand, rel=1e-14)
    assert values.a[0][2, 4] == max(values.z[0][2, 4], 0)
    assert np.array_equal(values.a[-1], values.z[-1])


def test_prediction_is_the_sigmoid_of_the_last_layer():
    network = DenseNetwork((3, 6, 5, 1))
    theta, data = parameters(network), points(network, 7)
    z = layers(network, theta, data.x).z[-1]
    assert predict(network, theta, data.x) == pytest.approx(1 / (1 + np.exp(-z)), rel=1e-15)


def test_a_network_without_hidden_layers_is_logistic_regression():
    network = DenseNetwork((3, 1))
    theta, data = parameters(network), points(network, 20)
    _, ours = gradients(network, theta, data.x, data.y)
    error = predict(network, theta, data.x)[:, 0] - data.y
    np.testing.assert_allclose(ours["W1"][0], data.x.T @ error / 20, rtol=1e-13)
    np.testing.assert_allclose(ours["b1"][0, 0], error.mean(), rtol=1e-13)


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_outputs_are_the_last_layers_to_the_last_bit_and_leave_their_arguments(name):
    network = network_of(name, "half_mean_squared_error", "logits")
    theta, data = parameters(network), points(network, 50)
    before = data.x.copy()
    expected = layers(network, theta, data.x).z[-1]
    assert outputs(network, theta, data.x).tobytes() == expected.tobytes()
    assert data.x.tobytes() == before.tobytes()


@pytest.mark.parametrize("samples", [1, 63, 64, 200])
@pytest.mark.parametrize("dims", [(1, 2, 1), (3, 1, 2), (2, 70, 1)])
def test_a_layer_of_a_stack_is_the_product_and_then_the_bias(dims, samples):
    network = DenseNetwork(dims, "tanh", "half_mean_squared_error")
    members = [parameters(network, seed) for seed in range(3)]
    stack = {name: np.stack([theta[name] for theta in members]) for name in members[0]}
    x = points(network, samples).x
    found = layers(network, stack, x)
    for member, theta in enumerate(members):
        a = x
        for k in (1, 2):
            z = a @ theta[f"W{k}"].T + theta[f"b{k}"].T
            np.testing.assert_array_equal(found.z[k - 1][member], z)
            a = np.tanh(z)


def test_gradients_take_a_forward_pass_that_is_known():
    network = network_of("tanh", "cross_entropy", "logits")
    theta, data = parameters(network), points(network, 20)
    loss, _ = gradients(network, theta, data.x, data.y)
    known = layers(network, theta, data.x)
    other = {name: value + 1 for name, value in theta.items()}
    # the loss is that of the values, whatever the parameters
    assert gradients(network, other, data.x, data.y, values=known)[0] == loss
