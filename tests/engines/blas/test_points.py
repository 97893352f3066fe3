"""Training points in the dtype of the training: shared where they fit, refused where wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest

from initlab.engines import InMemory
from initlab.engines.blas.trainer import in_dtype
from initlab.errors import ArgumentError
from initlab.networks import DenseNetwork
from initlab.records import Training

SOFTMAX = DenseNetwork((2, 3), loss="cross_entropy")
SINGLE = Training(dtype="float32")


def test_arrays_that_fit_are_passed_on_as_they_are():
    data = InMemory(np.zeros((4, 2), np.float32), np.zeros(4, np.intp))
    once = in_dtype(SOFTMAX, SINGLE, data)
    assert (once.x is data.x, once.y is data.y) == (True, True)


def test_others_are_converted_and_class_numbers_become_indices():
    data = InMemory(np.asfortranarray(np.eye(3, 2)), np.array([0.0, 2.0, 1.0]))
    once = in_dtype(SOFTMAX, SINGLE, data)
    assert (once.x.dtype, once.x.flags.c_contiguous) == (np.float32, True)
    assert (once.y.dtype, once.y.tolist()) == (np.intp, [0, 2, 1])
    binary = in_dtype(DenseNetwork((2, 1)), SINGLE, data)
    assert (binary.y.dtype, binary.y.tolist()) == (np.float32, [0.0, 2.0, 1.0])


@pytest.mark.parametrize(("label", "got"), [(3, "3"), (-1.0, r"-1\.0"), (math.nan, "nan")])
def test_a_class_without_an_output_is_refused(label, got):
    data = InMemory(np.zeros((2, 2)), np.array([0, label]))
    with pytest.raises(
        ArgumentError, match=rf"^y must be class numbers from 0 to 2, .*; got {got}"
    ):
        in_dtype(SOFTMAX, SINGLE, data)
