"""Every bit of an array comes back."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

from initlab.study.store.blocks import packed, packed_curve, unpacked, unpacked_curve

ODD = [float("nan"), float("inf"), -float("inf"), -0.0, 0.0, 1e308, 5e-324, 0.1]


def bits(values):
    return [struct.pack("<d", value) for value in values]


def test_odd_numbers_of_a_curve_keep_their_bits():
    curve = {
        "step": list(range(8)),
        "train_loss": ODD,
        "distinct_units": [[k, 2] for k in range(8)],
    }
    found = unpacked_curve(packed_curve(curve))
    assert bits(found.pop("train_loss")) == bits(ODD)
    assert found == {name: curve[name] for name in ("step", "distinct_units")}
    assert type(found["step"][0]) is int


def test_an_empty_curve_comes_back():
    assert unpacked_curve(packed_curve({"step": [], "train_loss": []})) == {
        "step": [], "train_loss": [],
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["<f8", ">f8", "<f4", "<f2", "<i8", "?"])
def test_arrays_of_every_type_and_shape_come_back(kind):
    arrays = {"W1": np.arange(6).reshape(2, 3).astype(kind), "b": np.zeros((0, 4), kind)}
    found = unpacked(packed(arrays))
    for name, one in arrays.items():
        assert found[name].shape == one.shape
        assert found[name].dtype == one.dtype.newbyteorder("=")
        assert found[name].astype(kind).tobytes() == one.tobytes()


def test_a_cut_block_is_an_error():
    block = packed({"x": np.arange(1000.0)})
    with pytest.raises((ValueError, zlib.error)):
        unpacked(block[: len(block) // 2])
