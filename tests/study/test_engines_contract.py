"""The contract of engines: the same cell gives the same bits anywhere; all engines agree."""

from __future__ import annotations

import math

import numpy as np
import pytest

from initlab.records import Training
from initlab.study import Run, run_cell

from ..engines.making import REGRESSION, parameters, points, trained
from .making import COMPILED, EXPLODING, LOAD, TORCH, everything, specs_of


@pytest.fixture(scope="module", params=LOAD)
def engine(request):
    return request.param


@pytest.fixture(scope="module")
def loaded(engine):
    return LOAD[engine]()


@pytest.fixture(scope="module")
def exploding(engine):
    return EXPLODING[engine]


@pytest.fixture(scope="module")
def specs(loaded, exploding):
    return specs_of(loaded, inits=("he_normal", "glorot_uniform", exploding))


@pytest.fixture(scope="module")
def alone(loaded, specs):
    """Every cell run by itself, each on a problem loaded for it."""
    found = {}
    for spec in specs:
        own = loaded.reload()
        with own.repeatable():
            found[spec.key] = everything(run_cell(spec, own))
    return found


def run(specs, loaded, **options):
    with Run([(spec,) for spec in specs], loaded, **options) as running:
        for _ in running:
            pass
    assert running.failure is None
    assert len(running.cells) == len(specs)
    return {cell.key: everything(cell) for cell in running.cells}


def test_cells_alone_differ_and_those_that_explode_diverge(loaded, specs, alone, exploding):
    assert len(set(alone.values())) == len(specs) == 9
    with loaded.repeatable():
        outcomes = [run_cell(spec, loaded).outcome for spec in specs]
    assert outcomes == ["diverged" if spec.init == exploding else "finished" for spec in specs]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_cell_has_its_bits_in_any_order_and_with_any_workers(loaded, specs, alone, workers):
    assert run(specs, loaded, workers=workers) == alone
    assert run(specs[::-1], loaded, workers=workers) == alone


def test_a_cell_has_its_bits_with_and_without_a_diverging_neighbor(loaded, specs, alone, exploding):
    healthy = [spec for spec in specs if spec.init != exploding]
    assert run(healthy, loaded, workers=2) == {spec.key: alone[spec.key] for spec in healthy}


def test_a_cell_has_its_bits_in_a_process_of_its_own(loaded, specs, alone):
    assert run(specs, loaded, workers=2, executor="processes") == alone


# The engines on one network, of which each can train it.

STEPS = 60
NAMES = ("W1", "b1", "W2", "b2")


def gelu(z):
    return z * (1 + math.erf(z / math.sqrt(2))) / 2


def gelu_slope(z):
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return (1 + math.erf(z / math.sqrt(2))) / 2 + z * density


def slow_step(theta, data):
    """Loss and gradients of REGRESSION, one sample and one unit after the other."""
    total, slope = 0.0, {name: np.zeros_like(theta[name]) for name in NAMES}
    w1, b1, w2, b2 = (theta[name].tolist() for name in NAMES)
    for x, y in zip(data.x.tolist(), data.y.tolist(), strict=True):
        z = [w[0] * x[0] + w[1] * x[1] + b[0] for w, b in zip(w1, b1, strict=True)]
        a = [gelu(one) for one in z]
        for i in range(2):
            output = sum(w2[i][j] * a[j] for j in range(17)) + b2[i][0]
            error = output - y[i]
            total += error * error / 2
            slope["b2"][i, 0] += error
            for j in range(17):
                slope["W2"][i, j] += error * a[j]
                back = error * w2[i][j] * gelu_slope(z[j])
                slope["b1"][j, 0] += back
                slope["W1"][j] += [back * x[0], back * x[1]]
    count = len(data.x)
    return total / count, {name: value / count for name, value in slope.items()}


def slow(start, data, rate, momentum):
    """Losses and parameters of gradient descent with these steps."""
    theta, speed, losses = dict(start), dict.fromkeys(NAMES, 0.0), []
    for _ in range(STEPS):
        loss, slope = slow_step(theta, data)
        losses.append(loss)
        for name in NAMES:
            speed[name] = momentum * speed[name] + slope[name]
            theta[name] = theta[name] - rate * speed[name]
    return losses, theta


def by_torch(start, data, training):
    torch = pytest.importorskip("torch", reason="one of the engines is PyTorch's")
    from initlab.datasets import InMemory
    from initlab.engines import Callbacks
    from initlab.engines.torch.engine import TorchEngine
    from initlab.engines.torch.probe import probe

    nn = torch.nn
    model = nn.Sequential(nn.Linear(2, 17), nn.GELU(), nn.Linear(17, 2)).double()
    with torch.no_grad():
        for own, name in zip(model.parameters(), NAMES, strict=True):
            own.copy_(torch.tensor(start[name]).reshape(own.shape))
    memory = InMemory((torch.tensor(data.x),), torch.tensor(data.y), None)
    task = probe(model, lambda z, y: ((z - y) ** 2).sum(dim=1).mean() / 2, memory).task
    engine = TorchEngine(task, torch.optim.SGD, training, memory)
    end = engine.train(model, 0, Callbacks(), lambda: None)
    values = [one.detach().numpy() for one in end.network.parameters()]
    return end.losses, {
        name: value.reshape(start[name].shape) for name, value in zip(NAMES, values, strict=True)
    }


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("name", LOAD)
def test_every_engine_takes_the_steps_of_a_slow_loop_to_11_digits(name, momentum):
    start, data = parameters(REGRESSION, 3), points(REGRESSION, 16)
    losses, theta = slow(start, data, 0.1, momentum)
    training = Training(
        optimizer="sgd", learning_rate=0.1, momentum=momentum, steps=STEPS, record_every=1
    )
    if name == TORCH:
        found, ends = by_torch(start, data, training)
    else:
        trainer = trained(name, REGRESSION, training, data, start)
        found, ends = trainer.curve, trainer.parameters()
    assert losses[-1] < 0.8 * losses[0]
    np.testing.assert_allclose(found, losses, rtol=1e-11)
    for parameter, value in ends.items():
        np.testing.assert_allclose(
            value, theta[parameter], rtol=1e-11, atol=1e-12, err_msg=parameter
        )


def test_each_engine_of_the_contract_is_the_one_it_is_named_after():
    assert LOAD[COMPILED]().engine(Training()) == "dense, compiled"
    assert LOAD["BLAS"]().engine(Training()) == "dense, BLAS"
