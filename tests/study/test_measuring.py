"""Cells report what the final parameters do."""

from __future__ import annotations

import math

import numpy as np
import pytest

from initlab.comparison.measuring import measure, scores, unit_health
from initlab.comparison.recipes import CIRCLES
from initlab.datasets import Dataset
from initlab.engines import Trajectory
from initlab.networks import DenseNetwork
from initlab.records import Training

NETWORK = DenseNetwork((1, 2, 1), "tanh")
DATA = Dataset("made", np.array([[1.0], [-1.0]]), np.array([1.0, 0.0]),
               np.array([[2.0]]), np.array([0.0]), classes=("0", "1"))  # fmt: skip
SLOPE = {
    "W1": np.array([[1.0], [1.0]]), "b1": np.zeros((2, 1)),
    "W2": np.array([[1.0, 1.0]]), "b2": np.zeros((1, 1)),
}  # fmt: skip


def test_metrics_are_those_of_the_network_written_out_by_hand():
    found = scores(CIRCLES.metrics, NETWORK, DATA, SLOPE)
    z = 2 * math.tanh(1.0)
    assert found["train_loss"] == pytest.approx(math.log(1 + math.exp(-z)))
    assert found["test_loss"] == pytest.approx(math.log(1 + math.exp(2 * math.tanh(2.0))))
    assert list(found) == ["train_loss", "test_loss", "train_accuracy", "test_accuracy"]
    assert found["train_accuracy"] == 1.0
    assert found["test_accuracy"] == 0.0


def test_units_far_out_on_tanh_are_saturated_and_not_dead():
    steep = {**SLOPE, "W1": np.array([[10.0], [0.1]])}
    health = unit_health(NETWORK, steep, DATA.x_train)
    assert health.saturated_share["layer 1"] == 0.5
    assert health.dead_share == (0.0,)
    assert health.distinct_units == (2,)


def test_a_loss_that_is_not_a_number_after_the_last_update_is_divergence():
    huge = {name: np.full_like(value, 1e200) for name, value in SLOPE.items()}
    relu = DenseNetwork((1, 2, 1), "relu")
    trajectory = Trajectory("finished", [0], [0.5], huge)
    cell = measure(
        relu, DATA, CIRCLES, init="ones", seed=0, start=SLOPE, trajectory=trajectory,
        plan=Training(steps=7), threshold=0.1,
    )  # fmt: skip
    assert cell.outcome == "diverged"
    assert cell.diverged_step == 7
    assert cell.first_nonfinite == "loss"
    assert set(cell.metrics.values()) == {None}
