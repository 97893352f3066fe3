"""Cells report what the final parameters do."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest

from initlab.comparison.recipes import CIRCLES, CURVE, Recipe
from initlab.datasets import Dataset, InMemory
from initlab.engines import Trajectory
from initlab.networks import DenseNetwork
from initlab.records import CellSpec, Problem, Training
from initlab.study import DenseProblem, run_cell
from initlab.study.measuring import LAST_BATCHES, sample_counts, scores, unit_health

NETWORK = DenseNetwork((1, 2, 1), "tanh")
DATA = Dataset("made", InMemory(np.array([[1.0], [-1.0]]), np.array([1.0, 0.0])),
               InMemory(np.array([[2.0]]), np.array([0.0])), classes=("0", "1"))  # fmt: skip
SLOPE = {
    "W1": np.array([[1.0], [1.0]]), "b1": np.zeros((2, 1)),
    "W2": np.array([[1.0, 1.0]]), "b2": np.zeros((1, 1)),
}  # fmt: skip


class Given(DenseProblem):
    """Initial parameters and a trajectory that are given, so that only the measuring is tested."""

    def __init__(self, problem, data, trajectory):
        super().__init__(problem, data, drawn=lambda spec: SLOPE)
        self.trajectory = trajectory

    def train(self, specs, networks, callbacks):
        return [self.trajectory for _ in specs]


# in single precision by BLAS: a kernel would take seconds to compile
THIRTY = Training(steps=30, record_every=10, threshold=0.1, dtype="float32")
# the kernel of the study curve, which other tests need too
OF_CURVE = Training(steps=30, record_every=10, threshold=0.1, optimizer="sgd", batch_size=32)


def measured(
    trajectory: Trajectory,
    training: Training = THIRTY,
    *,
    data: Dataset = DATA,
    network: DenseNetwork = NETWORK,
    recipe: Recipe = CIRCLES,
):
    problem = Problem(
        recipe=recipe.name, data={}, network=network, metrics=recipe.metrics, curve=recipe.curve
    )
    spec = CellSpec(problem=problem, training=training, init="slope", seed=0)
    return run_cell(spec, Given(problem, data, trajectory))


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
    cell = measured(trajectory, THIRTY.replace(steps=7), network=relu)
    assert cell.outcome == "diverged"
    assert cell.diverged_step == 7
    assert cell.first_nonfinite == "loss"
    assert set(cell.metrics.values()) == {None}


def test_a_loss_that_equals_the_threshold_has_reached_it():
    cell = measured(Trajectory("finished", [0, 10, 20], [0.5, 0.1, 0.05], SLOPE))
    assert cell.steps_to_threshold == 10
    cell = measured(Trajectory("finished", [0, 10, 20], [0.5, 0.2, 0.15], SLOPE))
    assert cell.steps_to_threshold is None


def test_the_start_is_looked_at_on_exactly_the_first_two_thousand_points():
    x = np.zeros((2_003, 1))
    x[1_999], x[2_000:] = 0.3, 5.0  # the last point that counts, and three that do not
    data = Dataset("made", InMemory(x, np.ones(len(x))), DATA.test, classes=("0", "1"))
    cell = measured(Trajectory("finished", [0], [0.5], SLOPE), data=data)
    outputs = [0.0] * 1_999 + [2 * math.tanh(0.3)]
    losses = [math.log1p(math.exp(-z)) for z in outputs]
    assert cell.initial_loss == pytest.approx(math.fsum(losses) / 2_000, rel=1e-12)
    # each of the 3 outer points would saturate both units: 2 of 2,001 * 2 activations
    assert cell.start.saturated_share["layer 1"] == 0.0
    errors = [1 / (1 + math.exp(-z)) - 1 for z in outputs]
    assert cell.gradient_norms["b2"] == pytest.approx(abs(math.fsum(errors)) / 2_000, rel=1e-12)


def test_scores_at_the_recorded_steps_are_those_of_each_snapshot_by_itself():
    network = DenseNetwork((1, 2, 1), "tanh", "half_mean_squared_error")
    x = np.linspace(-1, 1, 37)[:, np.newaxis]
    data = Dataset(
        "made", InMemory(x, np.sin(x[:, 0])), InMemory(x[:5] + 2, x[:5, 0]), held_out="validation"
    )
    kept = [{name: value + shift for name, value in SLOPE.items()} for shift in (0.0, 0.3, -1.0)]
    snapshots = {name: np.stack([one[name] for one in kept]) for name in SLOPE}
    trajectory = Trajectory("finished", [0, 10, 20], [0.5] * 3, SLOPE, snapshots=snapshots)
    curve = measured(trajectory, OF_CURVE, data=data, network=network, recipe=CURVE).curve
    assert set(CURVE.curve) <= set(curve)
    for place, parameters in enumerate(kept):
        for name, value in scores(CURVE.curve, network, data, parameters).items():
            assert curve[name][place] == pytest.approx(float(value), rel=1e-12)


def test_measuring_a_thousand_snapshots_takes_little_memory():
    network = DenseNetwork((1, 2, 1), "tanh", "half_mean_squared_error")
    x = np.linspace(-1, 1, 800)[:, np.newaxis]
    data = Dataset(
        "made", InMemory(x, x[:, 0]), InMemory(x[:200], x[:200, 0]), held_out="validation"
    )
    snapshots = {name: np.repeat(value[np.newaxis], 1_000, axis=0) for name, value in SLOPE.items()}
    trajectory = Trajectory("finished", list(range(1_000)), [0.5] * 1_000, SLOPE,
                            snapshots=snapshots)  # fmt: skip
    training = OF_CURVE.replace(steps=1_000, record_every=1)
    measured(trajectory, training, data=data, network=network, recipe=CURVE)  # imports numba
    tracemalloc.start()
    try:
        cell = measured(trajectory, training, data=data, network=network, recipe=CURVE)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(cell.curve["validation_loss"]) == 1_000
    assert peak < 4e6  # all snapshots at once would take 13 MB for one layer


def test_samples_are_counted_by_part_and_not_of_the_losses_of_batches():
    assert sample_counts(("train_loss", "test_loss", "test_accuracy"), DATA) == {
        "train_loss": 2, "test_loss": 1, "test_accuracy": 1,
    }  # fmt: skip
    assert sample_counts(("train_loss", LAST_BATCHES, "test_loss"), DATA) == {"test_loss": 1}
