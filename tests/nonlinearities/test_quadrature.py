"""Expectations: kinks and steps are found, and narrow features of wide inputs are seen."""

from __future__ import annotations

import math

import numpy as np
import pytest

from initlab.nonlinearities.elementwise import elementwise
from initlab.nonlinearities.quadrature import moments


@pytest.mark.parametrize("sigma", np.geomspace(0.2, 10, 120))
def test_both_kinks_of_hardtanh_are_found_at_every_sigma(sigma):
    kinks = sorted(moments(elementwise("hardtanh"), sigma).kinks)
    assert kinks == pytest.approx([-1, 0, 1], abs=1e-6)


def test_smooth_functions_have_no_kink_but_the_cut_at_0():
    for name in ("tanh", "gelu", "sin", "linear"):
        assert moments(elementwise(name), 1.3).kinks == (0.0,)


def test_steps_are_told_from_kinks():
    both = elementwise(lambda z: np.tanh(z) + 0.1 * (z > 0.7) + np.abs(z - 0.2))
    found = moments(both, 1.0)
    assert sorted(found.kinks) == pytest.approx([0, 0.2, 0.7], abs=1e-6)
    assert found.steps == pytest.approx((0.7,), abs=1e-6)
    assert moments(elementwise(np.sign), 1.0).steps == (0.0,)


@pytest.mark.parametrize("sigma", [30.0, 3e3, 3e5])
def test_slopes_near_0_are_seen_however_wide_the_inputs(sigma):
    # far out tanh' is 0: E tanh'(sigma z)² -> density of 0 times the integral of tanh'², 4/3
    found = moments(elementwise("tanh"), sigma).slope_square
    assert found == pytest.approx(4 / 3 / (sigma * math.sqrt(2 * math.pi)), rel=1 / sigma**2)


def test_growth_is_the_derivative_by_the_logarithm_of_the_variance():
    for name in ("tanh", "relu", "hardswish"):
        function, step = elementwise(name), 1e-5
        up, down = (moments(function, math.exp(s * step / 2)).square for s in (1, -1))
        assert moments(function, 1.0).growth == pytest.approx((up - down) / (2 * step), rel=1e-6)


@pytest.mark.parametrize("centre", [0.7, 3.0, -20.0])
def test_a_bump_is_seen_however_wide_the_inputs(centre):
    sigma = 1e4
    bump = elementwise(lambda z: np.exp(-((z - centre) ** 2)))
    exact = math.sqrt(math.pi / 2) / (sigma * math.sqrt(2 * math.pi))  # all of it near x = 0
    assert moments(bump, sigma).square == pytest.approx(exact, rel=1e-4)
