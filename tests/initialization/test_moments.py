"""Moments of a parameter's numbers, and of their order."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.initialization.moments import BLOCK, moments_of, sums_of

torch = pytest.importorskip("torch", reason="parameters are PyTorch's")
ROWS = 5


def numbers():
    return np.random.default_rng(0).standard_normal((ROWS, BLOCK)).astype(np.float32)


@pytest.mark.parametrize("axis", [0, 1])
def test_an_order_has_a_sum_of_its_own(axis):
    given = numbers()
    order = np.arange(given.shape[axis])
    order[[0, 1]] = 1, 0
    one, other = (moments_of(torch.from_numpy(np.ascontiguousarray(found)))
                  for found in (given, np.take(given, order, axis)))  # fmt: skip
    assert one.mean == pytest.approx(other.mean, abs=1e-9)
    assert one.std == pytest.approx(other.std, rel=1e-7)
    assert one.is_near(one, given.size, 1e-5)
    assert one.is_near(other._replace(placed=None), given.size, 1e-5)
    assert not one.is_near(other, given.size, 1e-5)


def test_moments_are_those_of_float64():
    given = numbers()
    found, wide = moments_of(torch.from_numpy(given)), given.astype(float)
    assert (found.mean, found.std) == pytest.approx((wide.mean(), wide.std()), rel=1e-5, abs=1e-9)
    assert found.placed == pytest.approx(sums_of(wide.ravel()).placed, abs=1e-2)


def test_numbers_that_are_not_finite_have_no_moments():
    given = torch.tensor([1.0, np.nan, np.inf])
    assert moments_of(given) == (None, None, 2, None)
    assert not moments_of(given).is_near(moments_of(torch.zeros(3)), 3, 1e-5)
