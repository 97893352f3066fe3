"""What one pass over the numbers of a tensor shows."""

from __future__ import annotations

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="modules are PyTorch's")

from initlab.initialization.audit.numbers import BLOCK, SAMPLE, numbers_of  # noqa: E402


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("mean", [0.0, 50.0])
def test_moments_and_bounds_agree_with_numpy(dtype, mean):
    tensor = (drawn(3 * BLOCK // 2 + 7) + mean).to(dtype)
    numbers = tensor.double().numpy()
    found = numbers_of(tensor)
    assert found.mean == pytest.approx(numbers.mean(), rel=1e-6, abs=1e-6)
    assert found.std == pytest.approx(numbers.std(), rel=1e-5)
    assert (found.low, found.high, found.size) == (numbers.min(), numbers.max(), numbers.size)
    assert (found.zeros, found.odd, found.nonfinite) == (np.count_nonzero(numbers == 0), 0, 0)
    assert len(found.sample) == SAMPLE
    assert np.array_equal(found.first, numbers[:64])


def test_what_is_not_finite_is_counted_and_left_out():
    tensor = drawn(1000)
    tensor[::10], tensor[1] = math.nan, -math.inf
    found = numbers_of(tensor)
    rest = tensor[torch.isfinite(tensor)].numpy()
    assert (found.nonfinite, found.nan) == (101, 100)
    assert (found.mean, found.std) == (pytest.approx(rest.mean()), pytest.approx(rest.std()))
    empty = numbers_of(torch.full((5,), math.nan))
    assert (empty.nonfinite, empty.drawn) == (5, 0)
    assert not empty.constant


def test_odd_numbers_are_those_that_no_init_draws():
    tensor = drawn(1000)
    tensor[:3], tensor[3:5], tensor[5:9] = 4.6e-41, -1e20, 0
    found = numbers_of(tensor.float())
    assert (found.odd, found.zeros) == (5, 4)


def test_moments_without_the_zeros():
    tensor = drawn(1000) + 3
    tensor[:250] = 0
    rest = tensor[250:].numpy()
    mean, std = numbers_of(tensor).drawn_moments
    assert mean == pytest.approx(rest.mean())
    assert std == pytest.approx(rest.std())


def test_one_outlier_does_not_cost_the_digits_of_the_std():
    tensor = drawn(BLOCK).float() * 0.02
    tensor[0] = 1e4
    assert numbers_of(tensor).std == pytest.approx(
        float(tensor.double().std(correction=0)), rel=1e-5
    )


def test_a_constant_is_known():
    assert numbers_of(torch.full((300,), 0.1)).constant
    assert numbers_of(torch.full((300,), 0.1)).std == 0
    assert not numbers_of(torch.tensor([0.1, 0.2])).constant
