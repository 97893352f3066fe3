"""The trace as JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

import initlab

from .making import NETWORKS, first_case, random_trace, started


def test_record_has_the_promised_shape():
    record = first_case().to_record()
    assert [step["step"] for step in record["steps"]] == [1, 2]
    first = record["steps"][0]
    assert list(first["forward"]) == ["Z1", "A1", "Z2"]
    assert set(first["backward"]) == {"dZ2", "dA1", "dZ1", "dW1", "dB1", "dW2", "dB2"}
    assert list(first["parameters"]) == ["W1", "B1", "W2", "B2"]
    assert first["parameters"]["W2"] == [[0.0], [0.0]]
    assert first["backward"]["dZ2"] == [[-0.545945946]]
    assert first["signal_end"] == "dA1"
    assert first["remarks"]["dW2"] == ["dW2 = A1ᵀ dZ2 is 0 because A1 is 0"]


@pytest.mark.parametrize("name", NETWORKS)
def test_record_keeps_every_number(name):
    traced = random_trace(NETWORKS[name], steps=2)
    again = json.loads(json.dumps(traced.to_record(), allow_nan=False))
    for step, stored in zip(traced.steps, again["steps"], strict=True):
        for part in ("forward", "backward", "parameters"):
            for key, value in getattr(step, part).items():
                assert np.array_equal(np.array(stored[part][key]), value), key


def test_a_zero_has_no_sign():
    record = json.dumps(random_trace(NETWORKS["relu"]).to_record())
    assert "-0.0," not in record
    assert "-0.0]" not in record


def test_infinite_numbers_become_texts():
    start = started("W1=1e300,W2=1e300")
    traced = initlab.trace([1, 2, 1], start, ([1e10], [0.0]), nonlinearity="linear")
    record = traced.to_record()
    assert record["outcome"] == "diverged"
    assert "inf" in record["steps"][0]["forward"]["Z1"][0]
    json.dumps(record, allow_nan=False)
