"""Compiled loops against NumPy's spelling of the same."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import njit

from initlab.compiling import CheckedCache
from initlab.engines.blas import loops
from initlab.networks import DenseNetwork
from initlab.networks.losses import prediction_error, sample_losses

DTYPES = pytest.mark.parametrize("dtype", [np.float64, np.float32])
CLOSE = {np.float64: 1e-13, np.float32: 1e-5}


@DTYPES
def test_relu_is_numpys_on_every_kind_of_number(dtype):
    row = np.array([-np.inf, -1.5, -0.0, 0.0, 1e-40, 1.5, np.inf, np.nan], dtype)
    z, bias = np.tile(row, (3, 1)), np.zeros(8, dtype)
    loops.add_bias_and_rectify(z, bias)
    assert np.array_equal(z, np.tile(np.maximum(row, 0), (3, 1)), equal_nan=True)
    z = np.tile(row, (3, 1))
    loops.add_bias_and_rectify(z, bias + dtype(0.5))
    assert np.array_equal(z[0], np.maximum(row + dtype(0.5), 0), equal_nan=True)


@DTYPES
def test_relu_slope_is_0_at_0_and_scale_above(dtype):
    a = np.array([[0.0, -0.0, 1e-40, 2.0]], dtype)
    d = np.full((1, 4), 3.0, dtype)
    loops.multiply_by_relu_slope(d, a, dtype(1.25))
    assert d.tolist() == [[0.0, 0.0, 3.75, 3.75]]


@DTYPES
@pytest.mark.parametrize("classes", [2, 10, 33])
def test_softmax_cross_entropy_is_that_of_the_losses(dtype, classes):
    network = DenseNetwork((1, classes), loss="cross_entropy")
    generator = np.random.RandomState(0)
    z = (20 * generator.standard_normal((57, classes))).astype(dtype)
    y = generator.randint(classes, size=57)
    d = z.copy()
    total = loops.softmax_cross_entropy(d, y)
    assert total == pytest.approx(sample_losses(network, z, y).sum(), rel=CLOSE[dtype])
    np.testing.assert_allclose(d / 57, prediction_error(network, z, y) / 57, atol=CLOSE[dtype])


@pytest.mark.parametrize(
    ("row", "loss"),
    [
        ([0.0, -math.inf, 0.0], math.inf),  # a point of the curve
        ([7000.0, 0.0, 0.0], 7000.0),
        ([math.inf, 0.0, 0.0], math.nan),
        ([-math.inf] * 3, math.nan),
        ([0.0, 0.0, math.nan], math.nan),
        ([math.nan, 0.0, 0.0], math.nan),
    ],
)
def test_softmax_cross_entropy_of_what_is_not_finite(row, loss):
    z = np.array([row])
    got = loops.softmax_cross_entropy(z, np.array([1]))
    assert got == pytest.approx(loss, nan_ok=True)
    assert np.isnan(z).any() == math.isnan(loss)


@DTYPES
@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_one_entry_that_is_not_finite_is_found_wherever_it_stands(dtype, bad):
    largest = np.finfo(dtype).max
    for size in (1, 7, 64, 1003):
        values = np.full(size, -largest, dtype)
        assert loops.all_finite(values)  # though their sum is not
        for place in {0, size // 2, size - 1}:
            values[place] = bad
            assert not loops.all_finite(values)
            values[place] = largest


RULES = {
    "descend": (0, (0.01,)),
    "descend_with_momentum": (1, (0.01, 0.9)),
    "adam": (2, (0.01, 1.5, 0.9, 0.1, 0.999, 0.001, 1e-8)),
}


def run_rule(name, theta, gradient, dtype):
    moments, scalars = RULES[name]
    kept = [np.zeros_like(theta) for _ in range(moments)]
    return getattr(loops, name)(theta, gradient, *kept, dtype(0.5), *map(dtype, scalars))


@DTYPES
@pytest.mark.parametrize("rule", RULES)
def test_every_update_tells_whether_the_parameters_stay_finite(rule, dtype):
    for size in (1, 1003):
        assert run_rule(rule, np.ones(size, dtype), np.ones(size, dtype), dtype)
        for place in {0, size - 1}:
            theta = np.ones(size, dtype)
            theta[place] = np.inf
            assert not run_rule(rule, theta, np.ones(size, dtype), dtype)


@DTYPES
@pytest.mark.parametrize("rule", RULES)
def test_equal_entries_are_updated_alike_in_the_body_and_at_the_ends(rule, dtype):
    theta, gradient = np.full(1003, 0.7, dtype), np.full(1003, 0.3, dtype)
    assert run_rule(rule, theta, gradient, dtype)
    assert np.unique(theta).size == 1
    assert theta[0] != dtype(0.7)


def test_loops_let_other_threads_run():
    names = [name for name, value in vars(loops).items() if hasattr(value, "py_func")]
    assert len(names) == 8
    assert all(getattr(loops, name).targetoptions["nogil"] for name in names)


def test_a_loop_that_cannot_be_kept_on_disk_is_compiled_all_the_same():
    made = {}
    exec("def double(x):\n    return 2 * x", made)  # comes from no file, so from no folder
    with pytest.raises(RuntimeError, match="no locator available"):
        njit(cache=True)(made["double"])
    assert loops.compiled(made["double"])(21) == 42


def test_the_loops_run_nothing_from_disk_that_was_not_checked():
    assert all(
        isinstance(value._cache, CheckedCache)
        for value in vars(loops).values()
        if hasattr(value, "py_func")
    )
