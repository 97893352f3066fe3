"""Pixels become the same float32 numbers that torchvision makes of them."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from initlab.datasets.pixels import scaled_rows

IMAGES = np.random.default_rng(0).integers(0, 256, (1500, 4, 3)).astype(np.uint8)


def test_every_pixel_value_has_the_bits_of_torchs_division():
    torch = pytest.importorskip("torch")
    every = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    expected = torch.from_numpy(every).float().div(255).numpy().reshape(1, 256)  # as ToTensor does
    assert scaled_rows(every, None, pixel_max=255).tobytes() == expected.tobytes()


def test_rows_come_in_the_order_asked_for_across_pieces():
    rows = np.random.default_rng(1).permutation(1500)[:1300]
    expected = np.array([IMAGES[row].ravel() / 255 for row in rows])
    assert np.allclose(scaled_rows(IMAGES, rows, pixel_max=255), expected, rtol=1e-7, atol=0)


def test_little_more_memory_is_taken_than_the_result():
    images = np.zeros((20_000, 28, 28), dtype=np.uint8)
    rows = np.arange(20_000)
    tracemalloc.start()
    try:
        result = scaled_rows(images, rows, pixel_max=255)
        assert tracemalloc.get_traced_memory()[1] < 1.05 * result.nbytes
    finally:
        tracemalloc.stop()
