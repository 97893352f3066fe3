"""The BLAS path against torch, against the plain gradients, and against the compiled path."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from initlab.engines import InMemory, train
from initlab.engines.batches import BatchOrder
from initlab.engines.blas.trainer import Dropout
from initlab.networks import DenseNetwork, gradients
from initlab.networks.dense import NONLINEARITIES
from initlab.records import Training

from ...networks.test_forward import torch_loss
from ..making import (
    ENGINES,
    LOGISTIC,
    NETWORKS,
    REGRESSION,
    SOFTMAX,
    bits,
    parameters,
    points,
    train_in_threads,
    trained,
)  # fmt: skip

OPTIMIZERS = {
    "gd": {"optimizer": "gd"},
    "sgd": {"optimizer": "sgd", "batch_size": 13},
    "momentum": {"optimizer": "sgd", "batch_size": 13, "momentum": 0.9},
    "adam": {"optimizer": "adam", "batch_size": 13},
}


def torch_optimizer(torch, plan, tensors):
    if plan.optimizer == "adam":
        return torch.optim.Adam(tensors, lr=plan.learning_rate)
    return torch.optim.SGD(tensors, lr=plan.learning_rate, momentum=plan.momentum)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("network", [LOGISTIC, SOFTMAX, REGRESSION], ids=["bce", "ce", "mse"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_forty_steps_are_those_of_torchs_optimizer(engine, network, name):
    torch = pytest.importorskip("torch", reason="trains the same network with torch.optim")
    # 16 points in batches of 13 and 3: the short batch counts as much as the others
    plan = Training(learning_rate=0.05, steps=40, record_every=1, **OPTIMIZERS[name])
    start, data = parameters(network), points(network, 16)
    tensors = {k: torch.tensor(v, requires_grad=True) for k, v in start.items()}
    optimizer = torch_optimizer(torch, plan, list(tensors.values()))
    order = BatchOrder(7, 16, plan.batch_size or 16)
    losses = []
    for step in range(plan.steps):
        rows = order.rows(step, step + 1)[0]
        rows = torch.tensor(rows[rows >= 0])
        x, y = torch.tensor(data.x)[rows], torch.tensor(data.y)[rows]
        optimizer.zero_grad()
        loss = torch_loss(torch, network, tensors, x, y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    ours = trained(engine, network, plan, data, start, seed=7)
    np.testing.assert_allclose(ours.curve, losses, rtol=1e-11)
    for parameter, value in ours.parameters().items():
        torchs = tensors[parameter].detach().numpy()
        np.testing.assert_allclose(value, torchs, rtol=1e-11, atol=1e-12, err_msg=parameter)


@pytest.mark.parametrize("nonlinearity", ["linear", "relu"])
def test_the_step_uses_the_masks_forward_and_backward(nonlinearity):
    network = DenseNetwork((3, 20, 1), nonlinearity, "half_mean_squared_error")
    start, data = parameters(network), points(network, 30)
    plan = Training(optimizer="sgd", learning_rate=0.5, dropout=0.4, steps=1, record_every=1)
    kept, dropout = np.ones((30, 20)), Dropout(plan, layer=1, seed=9)
    dropout.apply(kept, dropout.draw(kept.size))
    # by hand: one step from the masked activations
    z = data.x @ start["W1"].T + start["b1"].T
    way = (z > 0) * kept if nonlinearity == "relu" else kept
    hidden = z * way
    error = hidden @ start["W2"].T + start["b2"].T - data.y
    slope = (error @ start["W2"]) * way / 30
    trainer = trained("BLAS", network, plan, data, start, seed=9)
    assert trainer.curve[0] == pytest.approx(0.5 * np.mean(error**2), rel=1e-13)
    end = trainer.parameters()
    np.testing.assert_allclose(end["W2"], start["W2"] - 0.5 * error.T @ hidden / 30, rtol=1e-12)
    np.testing.assert_allclose(end["W1"], start["W1"] - 0.5 * slope.T @ data.x, rtol=1e-11)


def test_float32_follows_float64_to_its_own_precision():
    network = DenseNetwork((3, 20, 10, 1), "tanh")
    start, data = parameters(network), points(network, 30)
    plans = [Training(optimizer="adam", steps=50, dtype=dtype) for dtype in ("float64", "float32")]
    double, single = (trained("BLAS", network, p, data, start).parameters() for p in plans)
    for name in network.parameter_names:
        assert single[name].dtype == np.float32
        np.testing.assert_allclose(single[name], double[name], atol=2e-5)


def test_a_start_is_copied_and_not_written_to():
    start = parameters(LOGISTIC)
    before = bits(start)
    for engine in ENGINES:
        trained(engine, LOGISTIC, Training(steps=5), points(LOGISTIC), start)
        assert bits(start) == before


COURSE = DenseNetwork((784, 256, 128, 10), "relu", "cross_entropy")
SMOOTH = DenseNetwork((784, 256, 128, 10), "tanh", "cross_entropy")


def course_points(samples, dtype=np.float32):
    """Sparse images in [0, 1], alike within each of ten classes: Fashion-MNIST in the rough."""
    generator = np.random.RandomState(5)
    y = generator.randint(10, size=samples)
    patterns = generator.uniform(size=(10, 784)) * (generator.uniform(size=(10, 784)) < 0.5)
    x = patterns[y] * generator.uniform(0.5, 1.0, size=(samples, 784))
    return InMemory(x.astype(dtype), y)


def course_start(network, seed):
    start = parameters(network, seed)
    return {name: value * (name[0] == "W") for name, value in start.items()}


def distance_from_torch(torch, network, seed):
    """Largest difference of the losses of the first 20 steps of the course's training."""
    data, order = course_points(950), BatchOrder(seed, 950, 100)  # the tenth batch is a short one
    start = course_start(network, seed)
    tensors = {
        k: torch.tensor(v, dtype=torch.float32, requires_grad=True) for k, v in start.items()
    }
    optimizer = torch.optim.Adam(tensors.values(), lr=0.001)
    losses = []
    for step in range(20):
        rows = order.rows(step, step + 1)[0]
        rows = torch.tensor(rows[rows >= 0])
        x, y = torch.tensor(data.x)[rows], torch.tensor(data.y)[rows]
        optimizer.zero_grad()
        loss = torch_loss(torch, network, tensors, x, y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    plan = Training(
        optimizer="adam",
        learning_rate=0.001,
        batch_size=100,
        steps=20,
        record_every=1,
        dtype="float32",
    )
    ours = trained("BLAS", network, plan, data, start, seed)
    assert losses[-1] < 0.8 * losses[0]
    return np.abs(ours.curve - losses).max()


@pytest.mark.parametrize("network", [COURSE, SMOOTH], ids=["relu", "tanh"])
def test_twenty_steps_in_float32_are_torchs_to_1e_6(network):
    torch = pytest.importorskip("torch", reason="trains the same network with torch")
    distances = [distance_from_torch(torch, network, seed) for seed in range(5)]
    # rounding may put a preactivation on the other side of ReLU's kink: then any two float32
    # programs part, about one run in twenty
    assert np.median(distances) < 1e-6
    if network is SMOOTH:
        assert max(distances) < 1e-6


def reference_steps(network, plan, data, start, seed):
    """Losses and parameters of plain gradient descent along forward.gradients."""
    theta, order = dict(start), BatchOrder(seed, len(data.x), plan.batch_size)
    losses = []
    for step in range(plan.steps):
        rows = order.rows(step, step + 1)[0]
        rows = rows[rows >= 0]
        loss, gradient = gradients(network, theta, data.x[rows], data.y[rows])
        losses.append(loss)
        theta = {k: v - plan.learning_rate * gradient[k] for k, v in theta.items()}
    return losses, theta


EVERY_NONLINEARITY = [DenseNetwork((5, 70, 9, 3), f, "cross_entropy") for f in NONLINEARITIES]


@pytest.mark.parametrize(
    "network", [*EVERY_NONLINEARITY, *NETWORKS.values()], ids=[*NONLINEARITIES, *NETWORKS]
)
def test_fifty_steps_in_float64_are_the_plain_gradients_to_12_digits(network):
    plan = Training(optimizer="sgd", learning_rate=0.05, batch_size=13, steps=50, record_every=1)
    data, start = points(network, 35), parameters(network)
    losses, theta = reference_steps(network, plan, data, start, seed=4)
    ours = trained("BLAS", network, plan, data, start, seed=4)
    np.testing.assert_allclose(ours.curve, losses, rtol=1e-12)
    for name, value in ours.parameters().items():
        np.testing.assert_allclose(value, theta[name], rtol=1e-12, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_both_engines_take_the_same_fifty_steps_to_12_digits(network):
    plan = Training(optimizer="adam", learning_rate=0.01, batch_size=13, steps=50, record_every=1)
    data, start = points(network, 35), parameters(network)
    compiled, blas = (trained(engine, network, plan, data, start) for engine in ENGINES)
    np.testing.assert_allclose(blas.curve, compiled.curve, rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("optimizer", ["gd", "sgd", "adam"])
def test_zeros_keep_every_parameter_exactly_zero_where_the_classes_are_equally_many(
    optimizer, dtype
):
    network = DenseNetwork((3, 70, 5, 1))
    x = np.random.RandomState(0).standard_normal((300, 3))
    y = np.random.RandomState(1).permutation(np.repeat([0.0, 1.0], 150))
    start = {k: np.zeros_like(v) for k, v in parameters(network).items()}
    plan = Training(optimizer=optimizer, learning_rate=0.01, steps=50, dtype=dtype)
    end = trained("BLAS", network, plan, InMemory(x, y), start).parameters()
    assert not any(np.any(value) for value in end.values())


@pytest.mark.parametrize("nonlinearity", ["relu", "tanh"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_tied_units_stay_equal_to_the_last_bit(nonlinearity, dtype):
    # widths that fill no vector: BLAS then treats the last units otherwise than the first
    network = DenseNetwork((31, 71, 13, 3), nonlinearity, "cross_entropy")
    start = parameters(network)
    start["W1"][:], start["b1"][:], start["W2"][:] = start["W1"][0], 0.1, start["W2"][:, :1]
    plan = Training(optimizer="adam", learning_rate=0.01, batch_size=29, steps=20, dtype=dtype)
    end = trained("BLAS", network, plan, points(network, 77), start).parameters()
    assert np.array_equal(end["W1"], np.tile(end["W1"][0], (71, 1)))
    assert np.array_equal(end["b1"], np.full((71, 1), end["b1"][0, 0]))
    assert np.array_equal(end["W2"], np.tile(end["W2"][:, :1], (1, 71)))
    assert not np.array_equal(end["W1"][0], start["W1"][0].astype(dtype))


def test_dropout_in_float32_keeps_its_bits_in_any_company():
    plan = Training(
        optimizer="adam",
        learning_rate=0.01,
        batch_size=40,
        dropout=0.2,
        steps=30,
        record_every=1,
        dtype="float32",
    )
    data, seeds = course_points(130), [0, 1, 2]
    starts = [course_start(COURSE, seed) for seed in seeds]

    def run(chosen, workers):
        some = [starts[k] for k in chosen]
        ends = train_in_threads(workers, COURSE, plan, data, some, list(chosen))
        return {k: (end.losses, bits(end.parameters)) for k, end in zip(chosen, ends, strict=True)}

    together = run(seeds, 1)
    assert run(seeds, 3) == together
    assert {**run([2], 1), **run([1, 0], 2)} == together


def test_the_points_are_converted_once_for_all_replicates():
    data = course_points(5_000, np.float64)
    once = data.x.size * 4  # bytes in float32, against which the networks count little
    network = DenseNetwork((784, 8, 10), "relu", "cross_entropy")
    plan = Training(optimizer="sgd", batch_size=10, steps=5, dtype="float32")
    starts = [parameters(network, seed) for seed in range(6)]
    train(network, plan, data, starts[:1], [0])  # loads and compiles what there is to load
    tracemalloc.start()
    try:
        train_in_threads(6, network, plan, data, starts, range(6))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert once <= peak < 1.5 * once
