"""A fingerprint tells numbers apart, and keeps enough of them to say how others differ."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="modules are PyTorch's")

from initlab.initialization.fingerprint import SAMPLE, Fingerprint, positions  # noqa: E402


def test_the_digest_is_that_of_the_bytes_in_c_order():
    tensor = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    expected = hashlib.sha256(np.arange(12, dtype="<f4").tobytes()).hexdigest()
    assert Fingerprint.of(tensor).digest == expected
    assert Fingerprint.of(tensor.T.contiguous().T).digest == expected  # memory in another order
    assert Fingerprint.of(tensor.T).digest != expected


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_the_sample_holds_the_very_numbers(dtype):
    tensor = torch.randn(70, 31, generator=torch.Generator().manual_seed(0)).to(dtype)
    found = Fingerprint.of(tensor)
    expected = tensor.double().numpy().reshape(-1)[positions(tensor.numel())]
    assert np.array_equal(found.numbers, expected)
    assert found.mean == pytest.approx(float(tensor.double().mean()), rel=1e-4)
    assert found.std == pytest.approx(float(tensor.double().std(correction=0)), rel=1e-4)


@pytest.mark.parametrize("size", [1, SAMPLE, SAMPLE + 1, 1000, 4096 * 4096, 10**11])
def test_positions_are_distinct_inside_and_from_every_part(size):
    found = positions(size)
    assert len(found) == min(size, SAMPLE)
    assert (np.diff(found) > 0).all()
    assert found[0] >= 0
    assert found[-1] < size
    assert found[-1] >= size * (1 - 1 / len(found)) - 1


def test_positions_of_a_square_weight_meet_many_columns():
    assert len(np.unique(positions(4096 * 4096) % 4096)) > 100


def test_a_constant_is_known():
    assert Fingerprint.of(torch.full((3, 5), 0.1)).constant == pytest.approx(0.1)
    assert Fingerprint.of(torch.tensor([0.1, 0.2])).constant is None


def test_numbers_that_are_not_finite_are_counted():
    found = Fingerprint.of(torch.tensor([1.0, float("nan"), float("inf")]))
    assert (found.nonfinite, found.mean, found.std) == (2, None, None)
