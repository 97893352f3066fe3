"""A plan's record steps, and what it refuses."""

from __future__ import annotations

import math

import pytest

from initlab.errors import ArgumentError
from initlab.records import Training
from initlab.records.training import check_dense

NAN, INF = math.nan, math.inf


def test_documents_plan_records_150_losses_from_0_to_14900():
    recorded = Training().recorded_steps
    assert (len(recorded), recorded[0], recorded[1], recorded[-1]) == (150, 0, 100, 14_900)


def test_zero_steps_are_allowed_and_record_nothing():
    assert Training(steps=0).recorded_steps == range(0)


@pytest.mark.parametrize(
    ("argument", "values"),
    [
        ("optimizer", ["adma", None]),
        ("learning_rate", [0, 0.0, -0.01, NAN, INF, 1e30, True, "0.1", None, (0.1, 0.2)]),
        ("momentum", [-0.1, 1, 1.5, NAN, True]),
        ("dropout", [-0.1, 1.0, NAN, False]),
        ("steps", [-1, 10**9, 1.0, True, "10", NAN]),
        ("record_every", [0, -100, 2.0, True]),
        ("batch_size", [0, -1, 2.5, True]),
        ("dtype", ["float16", "double", float]),
    ],
)
def test_impossible_settings_are_refused_by_argument(argument, values):
    for value in values:
        settings = {"optimizer": "sgd", argument: value}
        with pytest.raises(ArgumentError, match=f"^{argument} must be ") as refused:
            check_dense(Training(**settings))
        assert refused.value.argument == argument


def test_gd_refuses_batches_and_names_the_optimizers_that_take_them():
    with pytest.raises(ArgumentError, match=r"batch_size.*sgd or adam"):
        check_dense(Training(batch_size=10))


@pytest.mark.parametrize("optimizer", ["gd", "adam"])
def test_momentum_belongs_to_sgd(optimizer):
    with pytest.raises(ArgumentError, match=r"^momentum must be 0 unless"):
        check_dense(Training(optimizer=optimizer, momentum=0.9))
