"""The NumPy spelling of every nonlinearity against torch's own, value and slope."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from initlab.networks.dense import NONLINEARITIES
from initlab.networks.nonlinearities import nonlinearity

Z = np.concatenate([np.linspace(-40, 40, 4001), [0.0, -0.0, 1e-300, -1e-300, 700.0, -700.0]])


def torch_function(torch, name):
    functional = torch.nn.functional
    return {
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
        "sin": torch.sin,
        "softplus": partial(functional.softplus, threshold=1e3),  # its default rounds above 20
        "linear": lambda z: z * 1.0,
    }.get(name) or getattr(functional, name)


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_value_and_derivative_are_torchs(name):
    torch = pytest.importorskip("torch", reason="compares with torch's autograd")
    z = torch.tensor(Z, requires_grad=True)
    value = torch_function(torch, name)(z)
    value.sum().backward()
    f = nonlinearity(name)
    with np.errstate(all="ignore"):
        ours = f.value(Z)
        np.testing.assert_allclose(ours, value.detach().numpy(), rtol=1e-13, atol=3e-16)
        np.testing.assert_allclose(f.derivative(Z, ours), z.grad.numpy(), rtol=1e-13, atol=2e-15)


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_derivative_is_the_central_difference(name):
    f, h = nonlinearity(name), 1e-5
    z = Z[(np.abs(Z) > 1e-3) & (np.abs(Z) < 10)]
    slope = (f.value(z + h) - f.value(z - h)) / (2 * h)
    np.testing.assert_allclose(f.derivative(z, f.value(z)), slope, atol=1e-9)


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_float32_stays_float32(name):
    f, z = nonlinearity(name), np.linspace(-3, 3, 7, dtype=np.float32)
    assert f.value(z).dtype == f.derivative(z, f.value(z)).dtype == np.float32


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_largest_slope_is_the_maximum_of_the_derivative_of_a_bounded_function(name):
    f, z = nonlinearity(name), np.linspace(-20, 20, 4001)
    bounded = np.ptp(f.value(z)) <= 2.0
    expected = f.derivative(z, f.value(z)).max() if bounded and name != "sin" else None
    assert f.largest_slope == expected


def test_relus_slope_at_zero_is_zero():
    assert nonlinearity("relu").derivative(np.zeros(1), np.zeros(1)) == 0.0


def test_sigmoid_is_exactly_one_half_at_zero_one_above_36_8_and_zero_far_below():
    sigmoid = nonlinearity("sigmoid").value
    z = np.array([0.0, -0.0, 36.8, 1e4, -1e4])
    assert sigmoid(z).tolist() == [0.5, 0.5, 1.0, 1.0, 0.0]
