"""Every row's NumPy form against torch's own, differences and limits: value and slope."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from initlab.networks.dense import NONLINEARITIES
from initlab.nonlinearities.table import nonlinearity

Z = np.concatenate([np.linspace(-40, 40, 4001), [0.0, -0.0, 1e-300, -1e-300, 700.0, -700.0]])


def torch_function(torch, name):
    """Return torch's spelling of one of ours; None where it has none."""
    functional = torch.nn.functional
    known = {
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
        "softplus": partial(functional.softplus, threshold=1e3),  # its default rounds above 20
        "hardsigmoid": lambda z: functional.relu6(z + 3) / 6,  # its own slope is 1/6 in float32
        "linear": lambda z: z * 1.0,
    }
    return known.get(name) or getattr(functional, name, None) or getattr(torch, name, None)


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_value_and_derivative_are_torchs(name):
    torch = pytest.importorskip("torch", reason="compares with torch's autograd")
    z, function = torch.tensor(Z, requires_grad=True), torch_function(torch, name)
    if function is None:
        assert nonlinearity(name).torch == ("", "")
        pytest.skip("torch has none: held against differences and limits alone")
    value = function(z)
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
    left, right = (f.value(z) - f.value(z - h)) / h, (f.value(z + h) - f.value(z)) / h
    smooth = np.abs(left - right) < 1e-3  # a kink has two slopes, and any between them will do
    slope = f.derivative(z, f.value(z))
    np.testing.assert_allclose(slope[smooth], (left + right)[smooth] / 2, atol=1e-9)
    between = (np.minimum(left, right) - 1e-3 <= slope) & (slope <= np.maximum(left, right) + 1e-3)
    assert between.all()
    assert smooth.sum() > 990


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_float32_stays_float32_and_is_the_rounded_value(name):
    f, z = nonlinearity(name), np.linspace(-10, 10, 2001, dtype=np.float32)
    a, slope = f.value(z), f.derivative(z, f.value(z))
    assert a.dtype == slope.dtype == np.float32
    wide = z.astype(np.float64)
    np.testing.assert_allclose(a, f.value(wide), rtol=1e-6, atol=2e-7)
    smooth = np.abs(f.derivative(wide + 1e-5, f.value(wide + 1e-5)) - slope) < 1e-2
    np.testing.assert_allclose(
        slope[smooth], f.derivative(wide, f.value(wide))[smooth], rtol=1e-6, atol=2e-6
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", [name for name in NONLINEARITIES if name != "sin"])  # no limit
def test_at_the_ends_of_the_line_value_and_slope_are_their_limits(name, dtype):
    f, largest = nonlinearity(name), np.finfo(dtype).max
    with np.errstate(all="ignore"):
        far, farther, end = (
            (a, f.derivative(z, a))
            for z in (np.array([-s, s], dtype) for s in (1e4, largest / 2, np.inf))
            for a in [f.value(z)]
        )
    for near, beyond, limit in zip(far, farther, end, strict=True):
        settled = near == beyond
        np.testing.assert_array_equal(limit[settled], near[settled])
        grows = ~settled & (np.abs(beyond) > 1e3)
        np.testing.assert_array_equal(limit[grows], np.copysign(np.inf, beyond[grows]))
        np.testing.assert_allclose(limit[~grows], beyond[~grows], atol=1e-30)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NONLINEARITIES)
def test_next_to_zero_nothing_jumps_and_nan_stays_nan(name, dtype):
    f, least = nonlinearity(name), np.finfo(dtype).smallest_subnormal
    z = np.array([-least, -0.0, 0.0, least, 1e-30], dtype)
    a = f.value(z)
    np.testing.assert_allclose(a, f.value(np.zeros(1, dtype))[0], atol=1e-29)
    slope = f.derivative(z, a)
    assert slope[1] == slope[2]
    assert np.isfinite(slope).all()
    assert np.isnan(f.value(np.array([np.nan], dtype))).all()


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_largest_slope_is_the_maximum_of_the_derivative_of_a_bounded_function(name):
    f, z = nonlinearity(name), np.linspace(-20, 20, 4001)
    with np.errstate(all="ignore"):
        bounded = np.isfinite(f.value(np.array([-np.inf, np.inf]))).all()  # sin has no limits
    expected = f.derivative(z, f.value(z)).max() if bounded else None
    assert f.largest_slope == (expected if expected is None else pytest.approx(expected, rel=1e-15))


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_odd_and_flat_are_said_of_those_that_are(name):
    f, z = nonlinearity(name), np.linspace(-5, 5, 1001)
    assert f.odd == np.allclose(f.value(-z), -f.value(z), rtol=0, atol=1e-12)
    assert f.flat == (np.count_nonzero(np.diff(f.value(z)) == 0) > 50)


def test_relus_slope_at_zero_is_zero():
    assert nonlinearity("relu").derivative(np.zeros(1), np.zeros(1)) == 0.0


def test_sigmoid_is_exactly_one_half_at_zero_one_above_36_8_and_zero_far_below():
    sigmoid = nonlinearity("sigmoid").value
    z = np.array([0.0, -0.0, 36.8, 1e4, -1e4])
    assert sigmoid(z).tolist() == [0.5, 0.5, 1.0, 1.0, 0.0]
