"""The kernels' polynomials against extended precision, over the whole line and at its ends.

The functions run as they do in a kernel: inlined into a vectorized loop of a generated module.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import special

from initlab.engines.compiled.source import TEMPLATES, nonlinearity_functions
from initlab.networks.dense import NONLINEARITIES
from initlab.nonlinearities.table import nonlinearity

BASICS = ("exponential", "exponential_minus_one", "logarithm", "logarithm_one_plus")
MAP = """
@njit("void(float64[::1], float64[::1])", error_model="numpy", fastmath={{"contract"}})
def map_{name}(x, out):
    for i in range(x.size):
        z = x[i]
        out[i] = {call}
"""
INF, NAN = np.inf, np.nan
SUBNORMAL = 2.0**-1074  # the smallest float64 above 0


@pytest.fixture(scope="module")
def maps():
    calls = {name: f"{name}(z)" for name in BASICS}
    source = (TEMPLATES / "arithmetic.py").read_text(encoding="utf-8")
    for name in NONLINEARITIES:
        calls[f"value_{name}"] = f"value_{name}(z)"
        calls[f"slope_{name}"] = f"slope_{name}(z, value_{name}(z))"
        for text, kind in zip(nonlinearity_functions(name), ("value", "slope"), strict=True):
            source += "\n\n" + text.replace(f"def {kind}(", f"def {kind}_{name}(") + "\n"
    source += "".join(MAP.format(name=name, call=call) for name, call in calls.items())
    found = {}
    exec(source, found)
    return SimpleNamespace(**found)


@pytest.fixture
def kernel_value(maps):
    def run(name, x):
        x = np.ascontiguousarray(np.atleast_1d(x), dtype=np.float64)
        out = np.empty_like(x)
        getattr(maps, f"map_{name}")(x, out)
        return out

    return run


def wide(z):
    return np.asarray(z, dtype=np.longdouble)


def ulps(got, expected_wide):
    """Largest error in units of the last place of the expected values."""
    nearest = expected_wide.astype(np.float64)
    return float(np.max(np.abs(wide(got) - expected_wide) / np.spacing(np.abs(nearest))))


def line(low, high, count=200_001):
    return np.linspace(low, high, count)


def powers(low, high, per_octave=64):
    return np.exp2(np.arange(low * per_octave, high * per_octave) / per_octave)


def test_exp_is_within_one_ulp_where_it_is_normal(kernel_value):
    x = np.concatenate([line(-708.3, 709.78), line(-1, 1), powers(-60, -1), -powers(-60, -1)])
    assert ulps(kernel_value("exponential", x), np.exp(wide(x))) < 1.0


def test_exp_underflows_gradually_to_exactly_zero(kernel_value):
    x = line(-745.1, -708.4, 20_001)
    expected = np.exp(wide(x))
    assert np.max(np.abs(wide(kernel_value("exponential", x)) - expected)) <= SUBNORMAL
    assert np.all(kernel_value("exponential", [-745.2, -746, -1e4, -1e300, -INF]) == 0)


def test_exp_at_its_ends(kernel_value):
    x = [0.0, -0.0, SUBNORMAL, 709.782, 709.79, 1e4, INF, NAN]
    expected = [1, 1, 1, np.exp(709.782), INF, INF, INF, NAN]
    np.testing.assert_array_max_ulp(kernel_value("exponential", x), np.array(expected), maxulp=1)


def test_exp_minus_one_keeps_its_digits_near_zero(kernel_value):
    x = np.concatenate([line(-40, 79), line(-1, 1), powers(-1000, 0, 8), -powers(-1000, 0, 8)])
    assert ulps(kernel_value("exponential_minus_one", x), np.expm1(wide(x))) < 2.0


def test_log_is_within_one_ulp_from_subnormals_to_the_largest(kernel_value):
    x = np.concatenate(
        [powers(-1074, 1024), line(0.5, 2), 1 + powers(-52, -1), 1 - powers(-53, -1)]
    )
    assert ulps(kernel_value("logarithm", x), np.log(wide(x))) < 1.0


def test_log_at_its_ends(kernel_value):
    x = [0.0, -0.0, 1.0, INF, -1.0, -INF, NAN]
    np.testing.assert_array_equal(kernel_value("logarithm", x), [-INF, -INF, 0, INF, NAN, NAN, NAN])


def test_log_of_one_plus_keeps_the_digits_that_the_sum_rounds_away(kernel_value):
    x = np.concatenate([[0.0], powers(-1070, 0, 8), line(0, 1)])
    assert ulps(kernel_value("logarithm_one_plus", x), np.log1p(wide(x))) < 2.0


def test_sigmoid_is_exact_where_predictions_hang_on_it(kernel_value):
    assert np.all(kernel_value("value_sigmoid", [0.0, -0.0]) == 0.5)
    assert np.all(kernel_value("value_sigmoid", [36.8, 40.0, 709.0, 7e3, INF]) == 1.0)
    assert kernel_value("value_sigmoid", [36.7])[0] < 1.0
    assert np.all(kernel_value("value_sigmoid", [-709.79, -7e3, -1e300, -INF]) == 0.0)
    assert kernel_value("value_sigmoid", [-709.7])[0] > 0.0
    assert np.isnan(kernel_value("value_sigmoid", NAN))


def test_sigmoid_is_on_the_right_side_of_one_half_for_the_smallest_inputs(kernel_value):
    z = powers(-1074, 5, 8)
    assert np.all(kernel_value("value_sigmoid", z) >= 0.5)
    assert np.all(kernel_value("value_sigmoid", -z) <= 0.5)
    visible = z[z > 2.0**-52]
    assert np.all(kernel_value("value_sigmoid", visible) > 0.5)


VALUES = {  # in extended precision, and the ulps that the float64 steps of the formula cost
    "relu": (lambda z: np.maximum(z, 0), 0.0),
    "leaky_relu": (lambda z: np.where(z > 0, z, wide(0.01) * z), 0.51),
    "tanh": (np.tanh, 2.5),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), 2.5),
    "elu": (lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))), 2.0),
    "silu": (lambda z: z / (1 + np.exp(-z)), 2.5),
    "softplus": (lambda z: np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))), 2.0),
    "sin": (np.sin, 1.0),
    "selu": (
        lambda z: SELU_SCALE * np.where(z > 0, z, SELU_ALPHA * np.expm1(z.clip(max=0))),
        3.0,
    ),
    "celu": (lambda z: np.maximum(z, 0) + np.minimum(0, np.expm1(z.clip(max=0))), 2.0),
    "mish": (lambda z: z * np.tanh(np.log1p(np.exp(z))), 4.5),
    "softsign": (lambda z: z / (1 + np.abs(z)), 1.5),
    "relu6": (lambda z: np.minimum(np.maximum(z, 0), 6), 0.0),
    "hardtanh": (lambda z: np.maximum(-1, np.minimum(1, z)), 0.0),
    "hardsigmoid": (lambda z: (z / 6 + wide(0.5)).clip(0, 1), 1.1),
    "hardswish": (lambda z: z * ((z + 3) / 6).clip(0, 1), 2.0),
    "linear": (lambda z: z, 0.0),
}
SELU_SCALE = np.longdouble("1.0507009873554804934193349852946")
SELU_ALPHA = np.longdouble("1.6732632423543772848170429916717")
ENDS = np.array([-INF, -1e308, -1e4, -SUBNORMAL, -0.0, 0.0, SUBNORMAL, 1e4, 1e308, INF])


@pytest.mark.parametrize("name", VALUES)
def test_value_is_within_the_few_ulps_of_its_formula(kernel_value, name):
    z = np.concatenate([line(-700, 700), line(-30, 30), powers(-300, 9, 8), -powers(-300, 9, 8)])
    expected, bound = VALUES[name]
    assert ulps(kernel_value(f"value_{name}", z), expected(wide(z))) <= bound


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_value_and_slope_are_those_of_the_numpy_form(kernel_value, name):
    f = nonlinearity(name)
    z = np.concatenate([line(-30, 30), powers(-300, 9, 8), -powers(-300, 9, 8), ENDS])
    z = z[np.isfinite(z)] if name == "sin" else z  # it has no limit
    with np.errstate(all="ignore"):
        a = f.value(z)
        slope = f.derivative(z, a)
    assert not np.isnan(slope).any()
    np.testing.assert_allclose(kernel_value(f"value_{name}", z), a, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(kernel_value(f"slope_{name}", z), slope, rtol=1e-12, atol=1e-15)


def test_gelu_is_scipys_normal_distribution_times_z(kernel_value):
    z = np.concatenate([line(-5, 40), powers(-300, 3, 8), -powers(-300, 2, 8)])
    np.testing.assert_allclose(kernel_value("value_gelu", z), z * special.ndtr(z), rtol=1e-13)


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_slope_is_the_values_derivative_by_central_differences(kernel_value, name):
    z = line(-12, 12, 4_801)
    z = z[np.abs(z - np.round(z)) > 1e-3]  # kinks are at whole numbers
    h = 1e-5
    slope = kernel_value(f"value_{name}", z + h) - kernel_value(f"value_{name}", z - h)
    np.testing.assert_allclose(kernel_value(f"slope_{name}", z), slope / (2 * h), atol=1e-9)


def test_relus_slope_at_zero_is_zero(kernel_value):
    assert np.all(kernel_value("slope_relu", [0.0, -0.0]) == 0.0)


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_nan_goes_through_every_nonlinearity(kernel_value, name):
    assert np.isnan(kernel_value(f"value_{name}", NAN))
