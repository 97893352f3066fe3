"""Many networks at once: the same bits in any company, and divergence to the step."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys

import numpy as np
import pytest

from initlab.engines import Callbacks, InMemory, stepping, train
from initlab.engines.dense import BLAS, COMPILED, dense_engine_name
from initlab.errors import ArgumentError
from initlab.files import CACHE_VARIABLE
from initlab.networks import DenseNetwork, gradients
from initlab.records import Training

from .making import (
    CIRCLES,
    ENGINES,
    LOGISTIC,
    REGRESSION,
    bits,
    parameters,
    points,
    train_in_threads,
    trained,
)

WIDE = DenseNetwork((2, 70, 2), "gelu", "half_mean_squared_error")  # trained by BLAS
BOTH = pytest.mark.parametrize("network", [REGRESSION, WIDE], ids=ENGINES)
PLAN = Training(
    optimizer="sgd", learning_rate=0.05, momentum=0.9, batch_size=13, steps=40, record_every=3
)


def exploding(network):
    """Start whose first gradient overflows."""
    return {name: value * 1e200 for name, value in parameters(network).items()}


def everything(trajectory):
    """All that a replicate leaves behind, to the bit."""
    return (
        trajectory.outcome,
        trajectory.diverged_step,
        trajectory.first_nonfinite,
        trajectory.steps,
        np.array(trajectory.losses).tobytes(),
        bits(trajectory.parameters),
    )


def runs(network, seeds, callbacks=None):
    """Everything of each seed's replicate, trained one after the other."""
    starts = [parameters(network, seed) for seed in seeds]
    trajectories = train(network, PLAN, points(network), starts, seeds, callbacks)
    return dict(zip(seeds, map(everything, trajectories), strict=True))


def runs_in_threads(workers, network, seeds):
    """The same, several replicates at a time."""
    starts = [parameters(network, seed) for seed in seeds]
    trajectories = train_in_threads(workers, network, PLAN, points(network), starts, seeds)
    return dict(zip(seeds, map(everything, trajectories), strict=True))


def test_small_networks_are_compiled_and_the_rest_is_blass():
    plan = Training(optimizer="sgd")
    assert dense_engine_name(CIRCLES, plan) == COMPILED
    assert dense_engine_name(DenseNetwork((64, 64, 1)), plan) == COMPILED
    assert dense_engine_name(DenseNetwork((65, 2, 1)), plan) == BLAS
    assert dense_engine_name(DenseNetwork((64, 64, 64, 1)), plan) == BLAS  # 8,385 parameters
    assert dense_engine_name(CIRCLES, Training(optimizer="sgd", dropout=0.1)) == BLAS
    assert dense_engine_name(CIRCLES, Training(dtype="float32")) == BLAS


@BOTH
def test_replicate_keeps_its_bits_in_any_company_and_order_and_with_any_workers(network):
    seeds = [0, 1, 2, 3, 4]
    together = runs(network, seeds)
    assert len({result[-2] for result in together.values()}) == 5  # they do differ
    assert runs_in_threads(2, network, seeds) == together
    assert runs_in_threads(4, network, seeds[::-1]) == together
    assert runs(network, seeds[::-1]) == together
    assert {**runs(network, [3]), **runs(network, [0, 1, 2, 4])} == together


@BOTH
def test_replicate_keeps_its_bits_when_the_work_is_cut_otherwise(network, monkeypatch):
    whole = runs(network, [0, 1])
    for seconds, expected in ((0.0, [1] * 40), (math.inf, [1, 2, 4, 8, 16, 9])):
        monkeypatch.setattr(stepping, "LOOK_SECONDS", seconds)
        reports = []
        callbacks = Callbacks(steps_done=reports.append)
        assert runs(network, [0, 1], callbacks) == whole
        assert reports == expected * 2


@BOTH
def test_diverging_replicates_leave_the_others_bit_for_bit_alone(network):
    data, others = points(network), [parameters(network, seed) for seed in range(3)]
    alone = train(network, PLAN, data, others, [0, 1, 2])
    bad = exploding(network)
    mixed = train(network, PLAN, data, [bad, others[0], others[1], bad, others[2]], [9, 0, 1, 8, 2])
    assert [t.outcome for t in mixed] == [
        "diverged", "finished", "finished", "diverged", "finished",
    ]  # fmt: skip
    kept = [mixed[place] for place in (1, 2, 4)]
    assert list(map(everything, kept)) == list(map(everything, alone))


PROGRAM = f"""
from {__package__}.making import REGRESSION, parameters, points
from {__package__}.test_dense import everything
from initlab.engines import train
from initlab.records import Training
from initlab.engines import Callbacks
import hashlib
plan, compiled = Training(steps=300), []
callbacks = Callbacks(compiling=lambda: compiled.append(True))
starts = [parameters(REGRESSION)]
(trajectory,) = train(REGRESSION, plan, points(REGRESSION), starts, [0], callbacks)
print(bool(compiled))
print(hashlib.sha256(repr(everything(trajectory)).encode()).hexdigest())
"""


def other_process(program, **environment):
    path = os.pathsep.join(filter(None, sys.path))
    return subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )  # fmt: skip


def test_fresh_and_cached_kernels_give_the_same_bits_in_every_process(tmp_path):
    plan = Training(steps=300)
    (trajectory,) = train(REGRESSION, plan, points(REGRESSION), [parameters(REGRESSION)], [0])
    here = hashlib.sha256(repr(everything(trajectory)).encode()).hexdigest()
    for pending in ("True", "False"):  # compiled by the first process, loaded by the second
        process = other_process(PROGRAM, **{CACHE_VARIABLE: str(tmp_path)})
        out, err = process.communicate(timeout=120)
        assert out.split() == [pending, here], err


# What is first not finite, made by hand on a network whose loss is half the squared error.


def made_start(W1=1.0, W2=1.0, b2=0.0, network=REGRESSION):
    start = {name: np.full(network.shape_of(name), 0.0) for name in network.parameter_names}
    start["W1"][:], start["W2"][:], start["b2"][:] = W1, W2, b2
    return start


POSITIVE = InMemory(np.ones((16, 2)), np.zeros((16, 2)))
MADE = {
    # nothing finite from the start
    "loss": (made_start(W1=math.nan), 0.05),
    # error 1e200 times activation 1e200
    "W2.grad": (made_start(W1=1e200), 0.05),
    # error 1e200 times activation 1 is finite; W2ᵀ error is not
    "W1.grad": (made_start(W2=1e200), 0.05),
    # finite gradients of 1e304, overflown by the learning rate
    "W1": (made_start(b2=1e304), 1e6),
    # the same with nothing sent back to the first layer
    "W2": (made_start(W2=0.0, b2=1e304), 1e6),
    # and with activations of 0: only the bias moves
    "b2": (made_start(W1=0.0, W2=0.0, b2=1e304), 1e6),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", MADE)
def test_first_nonfinite_quantity_is_named(engine, name):
    start, rate = MADE[name]
    plan = Training(learning_rate=rate, steps=10)
    trainer = trained(engine, REGRESSION, plan, POSITIVE, start)
    assert (trainer.step, trainer.first_nonfinite) == (0, name)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rate", [5.0, 20.0, 100.0])
def test_diverged_step_is_the_first_with_anything_not_finite(engine, rate):
    start, data = parameters(REGRESSION, 1), points(REGRESSION)
    theta, step = {name: value.copy() for name, value in start.items()}, 0
    while True:  # a plain loop over the reference's gradients
        loss, gradient = gradients(REGRESSION, theta, data.x, data.y)
        if math.isnan(loss) or not all(np.isfinite(g).all() for g in gradient.values()):
            break
        theta = {name: value - rate * gradient[name] for name, value in theta.items()}
        assert all(np.isfinite(value).all() for value in theta.values())
        step += 1
    assert step > 2
    plan = Training(learning_rate=rate, steps=10_000, record_every=1)
    trainer = trained(engine, REGRESSION, plan, data, start)
    assert trainer.step == step
    assert trainer.first_nonfinite.endswith(".grad")


@BOTH
def test_a_diverged_trajectory_ends_with_the_step_that_diverged(network):
    plan = Training(learning_rate=100.0, steps=10_000, record_every=1)
    (trajectory,) = train(network, plan, points(network), [parameters(network)], [0])
    assert trajectory.outcome == "diverged"
    assert trajectory.steps == list(range(trajectory.diverged_step + 1))
    assert len(trajectory.losses) == len(trajectory.steps)


@pytest.mark.parametrize("engine", ENGINES)
def test_infinite_loss_with_finite_gradients_is_a_point_of_the_curve(engine):
    start = parameters(CIRCLES)
    start["b3"][:] = 1e3  # every point is class 1 for sure, half of them wrongly
    data = points(CIRCLES, 293)  # leaves 11 places of a block to padding
    wrong_first = np.argsort(data.y, kind="stable")
    for order in (wrong_first, wrong_first[::-1]):  # padding repeats the first point
        shuffled = InMemory(data.x[order], data.y[order])
        plan = Training(learning_rate=200.0, steps=50, record_every=1)
        trainer = trained(engine, CIRCLES, plan, shuffled, start)
        assert trainer.first_nonfinite is None
        assert trainer.step == 50
        assert trainer.curve[0] == math.inf
        assert np.isfinite(trainer.curve[-1])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_nan_among_the_points_is_found_wherever_it_stands(engine):
    for row in (0, 7, 15):
        data = points(LOGISTIC)
        data.x[row, 1] = math.nan
        trainer = trained(engine, LOGISTIC, Training(steps=3), data, parameters(LOGISTIC))
        assert (trainer.step, trainer.first_nonfinite) == (0, "loss")


@pytest.mark.parametrize("place", ["W1", "b1", "W2", "b2"])
@pytest.mark.parametrize("engine", ENGINES)
def test_one_nan_weight_is_enough_to_diverge(engine, place):
    for entry in (0, -1):
        start = parameters(REGRESSION)
        start[place].flat[entry] = math.nan
        trainer = trained(engine, REGRESSION, Training(steps=3), points(REGRESSION), start)
        assert (trainer.step, trainer.first_nonfinite) == (0, "loss")


@BOTH
def test_zero_steps_return_the_start(network):
    start = parameters(network)
    (end,) = train(network, Training(steps=0), points(network), [start], [0])
    assert (end.outcome, end.steps, end.losses) == ("finished", [], [])
    assert bits(end.parameters) == bits(start)


def test_no_starts_are_no_work():
    assert train(WIDE, PLAN, points(WIDE), [], []) == []


def test_batches_larger_than_the_data_are_refused_by_name():
    plan = Training(optimizer="sgd", batch_size=17)
    with pytest.raises(ArgumentError, match=r"^batch_size must be .* 16; got 17"):
        train(WIDE, plan, points(WIDE, 16), [parameters(WIDE)], [0])


@BOTH
def test_steps_reported_add_up_to_all_steps_even_when_some_diverge(network):
    done = []
    starts = [parameters(network), exploding(network)]
    train(network, PLAN, points(network), starts, [0, 1], Callbacks(steps_done=done.append))
    assert sum(done) == 2 * PLAN.steps


def test_compiling_is_announced_once_and_not_when_the_kernel_is_there(monkeypatch, tmp_path):
    announced = []
    callbacks = Callbacks(compiling=lambda: announced.append("compiling"))
    plan, network = Training(steps=1), DenseNetwork((3, 1))
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    for _ in range(2):
        train(network, plan, points(network, 8), [parameters(network)] * 2, [0, 1], callbacks)
    assert announced == ["compiling"]


def test_a_failing_callback_stops_the_run_and_is_heard():
    def fail(steps):
        raise OSError("disk full")

    plan = Training(steps=10**8, record_every=10**8)
    starts = [parameters(REGRESSION)] * 4
    with pytest.raises(OSError, match="disk full"):
        train(REGRESSION, plan, points(REGRESSION), starts, [0] * 4, Callbacks(steps_done=fail))
