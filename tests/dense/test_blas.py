"""The BLAS path against torch's own optimizers, and its dropout."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.dense import DenseNetwork, TrainingPlan
from initlab.dense.batches import BatchOrder
from initlab.dense.blas import BlasTrainer

from .making import ENGINES, LOGISTIC, REGRESSION, SOFTMAX, bits, parameters, points, trained
from .test_forward import torch_loss

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
    plan = TrainingPlan(learning_rate=0.05, steps=40, record_every=1, **OPTIMIZERS[name])
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


def dropout_masks(drop, seed, *, steps, width=50, samples=40):
    """Masks of both hidden layers, (layer, step, sample, unit)."""
    network = DenseNetwork((3, width, width, 1))
    plan = TrainingPlan("sgd", dropout=drop, steps=steps)
    trainer = BlasTrainer(network, plan, points(network, samples), parameters(network), seed)
    z = np.empty((samples, width))
    return np.array([[trainer._mask(layer, z) for _ in range(steps)] for layer in (1, 2)])


def test_dropout_drops_its_share_and_scales_up_the_rest():
    masks = dropout_masks(0.3, 0, steps=100)
    assert np.unique(masks).tolist() == [0.0, 1 / 0.7]
    # 400,000 draws: the share's std is 0.0007
    assert np.mean(masks == 0) == pytest.approx(0.3, abs=0.003)
    assert masks.mean() == pytest.approx(1.0, abs=0.005)


def test_dropout_masks_differ_between_layers_steps_samples_and_units():
    dropped = (dropout_masks(0.5, 0, steps=20) == 0).reshape(2, 20, 40, 50)
    centred = dropped - 0.5
    # correlation of two independent masks of m entries has std 1 / sqrt(m)
    for first, second in (
        (centred[0], centred[1]),
        (centred[:, :-1], centred[:, 1:]),
        (centred[:, :, :-1], centred[:, :, 1:]),
        (centred[..., :-1], centred[..., 1:]),
    ):
        assert abs(4 * np.mean(first * second)) < 5 / np.sqrt(first.size)


def test_dropout_masks_are_the_seeds_whatever_the_start():
    assert np.array_equal(dropout_masks(0.5, 3, steps=5), dropout_masks(0.5, 3, steps=5))
    assert not np.array_equal(dropout_masks(0.5, 3, steps=5), dropout_masks(0.5, 4, steps=5))


def test_the_step_uses_the_masks_forward_and_backward():
    network = DenseNetwork((3, 20, 1), "linear", "half_mean_squared_error")
    start, data = parameters(network), points(network, 30)
    plan = TrainingPlan("sgd", learning_rate=0.5, dropout=0.4, steps=1, record_every=1)
    kept = BlasTrainer(network, plan, data, start, 9)._mask(1, np.empty((30, 20)))
    # by hand: the network is linear, one step from the masked activations
    hidden = (data.x @ start["W1"].T + start["b1"].T) * kept
    error = hidden @ start["W2"].T + start["b2"].T - data.y
    slope = (error @ start["W2"]) * kept / 30
    trainer = trained("BLAS", network, plan, data, start, seed=9)
    assert trainer.curve[0] == pytest.approx(0.5 * np.mean(error**2), rel=1e-13)
    end = trainer.parameters()
    np.testing.assert_allclose(end["W2"], start["W2"] - 0.5 * error.T @ hidden / 30, rtol=1e-12)
    np.testing.assert_allclose(end["W1"], start["W1"] - 0.5 * slope.T @ data.x, rtol=1e-11)


def test_float32_follows_float64_to_its_own_precision():
    network = DenseNetwork((3, 20, 10, 1), "tanh")
    start, data = parameters(network), points(network, 30)
    plans = [TrainingPlan("adam", steps=50, dtype=dtype) for dtype in ("float64", "float32")]
    double, single = (trained("BLAS", network, p, data, start).parameters() for p in plans)
    for name in network.parameter_names:
        assert single[name].dtype == np.float32
        np.testing.assert_allclose(single[name], double[name], atol=2e-5)


def test_a_start_is_copied_and_not_written_to():
    start = parameters(LOGISTIC)
    before = bits(start)
    for engine in ENGINES:
        trained(engine, LOGISTIC, TrainingPlan(steps=5), points(LOGISTIC), start)
        assert bits(start) == before
