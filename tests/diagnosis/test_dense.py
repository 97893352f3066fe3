"""A dense network's measurements by NumPy are those of the same module by PyTorch."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields, is_dataclass

import numpy as np
import pytest

from initlab.diagnosis.dense import measure_dense
from initlab.diagnosis.findings import findings
from initlab.diagnosis.measurements import Measurements
from initlab.errors import ArgumentError
from initlab.networks import DenseNetwork

NOT_COMPARED = ("name", "layer", "kind", "order", "shape", "loss_name", "where")
RNG = np.random.default_rng(0)
X, LABELS = RNG.standard_normal((40, 5)), RNG.integers(4, size=40)


def parameters_of(network, seed=0):
    rng = np.random.default_rng(seed)
    return {
        name: rng.standard_normal(network.shape_of(name)) * (0.5 if name[0] == "W" else 0.1)
        for name in network.parameter_names
    }


def as_module(network, theta):
    torch = pytest.importorskip("torch")
    kinds = {"tanh": "Tanh", "relu": "ReLU", "gelu": "GELU", "hardtanh": "Hardtanh"}
    layers = []
    for k in range(1, network.depth + 1):
        out, into = network.shape_of(f"W{k}")
        layer = torch.nn.Linear(into, out, dtype=torch.from_numpy(theta["W1"]).dtype)
        layer.weight.data = torch.from_numpy(theta[f"W{k}"].copy())
        layer.bias.data = torch.from_numpy(theta[f"b{k}"][:, 0].copy())
        layers.append(layer)
        if k < network.depth and network.nonlinearity != "linear":
            layers.append(getattr(torch.nn, kinds[network.nonlinearity])())
    return torch.nn.Sequential(*layers)


def both(network, theta, x=X, y=LABELS, **settings):
    from initlab.diagnosis.measuring import measure

    loss = settings.pop("loss", None)
    module = as_module(network, theta)
    return (
        measure_dense(network, theta, x, y, **settings),
        measure(module, x, y, loss=loss, **settings),
    )


def compare(own, other, path="", least=1e-12):
    """Compare every field of two records."""
    if is_dataclass(own):
        assert type(own) is type(other), path
        for one in fields(own):
            if one.name not in NOT_COMPARED:
                values = getattr(own, one.name), getattr(other, one.name)
                compare(*values, f"{path}.{one.name}", least)
    elif path == ".not_measured":
        assert {one.what: len(one.where) for one in own} == {
            one.what: len(one.where) for one in other
        }
    elif isinstance(own, tuple):
        assert len(own) == len(other), path
        for k, pair in enumerate(zip(own, other, strict=True)):
            compare(*pair, f"{path}[{k}]", least)
    elif isinstance(own, float) and other is not None:
        assert own == pytest.approx(other, rel=1e-9, abs=least, nan_ok=True), path
    else:
        assert own == other, path


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu", "gelu", "hardtanh", "linear"])
@pytest.mark.parametrize("targets", [True, False])
def test_every_field_is_the_same(nonlinearity, targets):
    network = DenseNetwork((5, 30, 20, 4), nonlinearity, loss="cross_entropy")
    theta = parameters_of(network)
    theta["W2"][3], theta["b2"][3] = theta["W2"][5], theta["b2"][5]  # copies, of which one is tied
    theta["W2"][7], theta["b2"][7] = theta["W2"][6], theta["b2"][6]
    theta["W3"][:, 3] = theta["W3"][:, 5]
    own, other = both(network, theta, y=LABELS if targets else None)
    compare(own, other)
    assert own.layers[1].tied == 2
    assert own.layers[1].distinct == 18
    assert isinstance(own, Measurements)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_zeros_large_weights_and_single_samples_are_the_same_too(optimizer):
    network = DenseNetwork((5, 30, 20, 4), "tanh", loss="cross_entropy")
    for change in ("W3", "W2", "all", "large", "constant"):
        theta = parameters_of(network)
        for name in theta:
            if change in (name, "all"):
                theta[name] = np.zeros_like(theta[name])
            elif change == "large":
                theta[name] = theta[name] * 30
            elif change == "constant" and name == "W1":
                theta[name] = np.full_like(theta[name], 0.3)
        own, other = both(network, theta, optimizer=optimizer, learning_rate=0.2)
        compare(own, other)
        if change == "W3":
            opened = {one.name: one.opened for one in own.parameters}
            assert opened == dict.fromkeys(("W1", "b1", "W2", "b2"), True) | dict.fromkeys(
                ("W3", "b3"), None
            )
            assert own.passes == 2
    compare(*both(network, parameters_of(network), X[:1], LABELS[:1]))


def test_binary_and_regression_losses_are_the_same():
    torch = pytest.importorskip("torch")
    network = DenseNetwork((5, 10, 1), "relu")
    compare(*both(network, parameters_of(network), y=LABELS % 2))
    network = DenseNetwork((5, 10, 2), "tanh", loss="half_mean_squared_error")
    y = RNG.standard_normal((40, 2))

    def half(outputs, target):
        return ((outputs - target) ** 2).sum(dim=1).mean() / 2

    own, other = both(network, parameters_of(network), y=y, loss=half)
    assert other.prior_loss == pytest.approx(own.prior_loss, rel=0.01)  # which is searched for
    assert own.prior_loss == pytest.approx(y.var(axis=0).sum() / 2)
    assert own.loss == pytest.approx(other.loss, rel=1e-12)
    compare(own.layers, other.layers)
    compare(own.parameters, other.parameters)
    assert torch is not None


def test_numbers_that_are_not_finite_are_the_same():
    network = DenseNetwork((5, 6, 6, 4), "relu", loss="cross_entropy")
    for name, value in (("W2", np.nan), ("W2", 1e308)):
        theta = parameters_of(network)
        theta[name][:] = value
        own, other = both(network, theta)
        assert own.first_nonfinite == {"nan": "W2"}.get(str(value), "output of layer 2")
        pairs = zip(own.layers[:2], other.layers, strict=False)  # then NaN or inf by order of sums
        assert all(one.nonfinite == theirs.nonfinite for one, theirs in pairs)
        assert [one.q is None for one in own.layers] == [one.q is None for one in other.layers]


def test_many_samples_are_chosen_alike():
    network = DenseNetwork((5, 8, 4), "tanh", loss="cross_entropy")
    x, y = RNG.standard_normal((700, 5)), RNG.integers(4, size=700)
    own, other = both(network, parameters_of(network), x, y, seed=5)
    compare(own, other)
    assert own.batch == "256 of 700 samples of the data"


@pytest.mark.parametrize("change", ["", "W2", "W3", "all", "large", "dead", "nan"])
def test_what_findings_rest_on_is_measured_though_the_rest_is_left_out(change):
    network = DenseNetwork((5, 30, 20, 4), "relu", loss="cross_entropy")
    theta = parameters_of(network)
    for name in theta:
        theta[name] = theta[name] * 0.4
        if change in (name, "all"):
            theta[name] = np.zeros_like(theta[name])
        elif change == "large":
            theta[name] = theta[name] * 3000
        elif change == "dead" and name == "b2":
            theta[name] = theta[name] - 100
        elif change == "nan" and name == "W2":
            theta[name][0, 0] = np.nan
    own, other = (measure_dense(network, theta, X, LABELS, whole=whole) for whole in (False, True))
    assert findings(own) == findings(other)
    assert bool(findings(own)) == bool(change)
    for one, whole in zip(own.layers, other.layers, strict=True):
        for name in ("q", "g", "c", "varied"):
            pair = [getattr(layer, name) for layer in (one, whole)]
            values = [None if part is None else part.value for part in pair]
            assert values == [None, None] or values[0] == pytest.approx(values[1], rel=1e-9)
        for name in ("dead", "saturated", "distinct", "distinct_up_to_sign", "tied", "nonfinite"):
            assert getattr(one, name) == getattr(whole, name)
    assert own.singular_values == own.layers[0].histogram == ()
    assert own.layers[0].q_theory is None


def test_layers_and_parameters_have_the_users_names():
    network = DenseNetwork((5, 8, 4), "tanh", loss="cross_entropy")
    theta = parameters_of(network)
    theta["W2"][:] = 0
    names = {"W1": "body.fc.weight", "b1": "body.fc.bias", "W2": "weight", "b2": "bias"}
    found = measure_dense(network, theta, X, LABELS, names=names)
    assert [one.name for one in found.layers] == ["body.fc", ""]
    assert [one.name for one in found.parameters] == [*names.values()]
    assert [one.layer for one in found.parameters] == ["body.fc", "body.fc", "", ""]
    (note,) = (one for one in findings(found) if one.name == "kept_zeros")
    assert note.where == ("body.fc.weight", "body.fc.bias")


def test_no_parameter_changes():
    network = DenseNetwork((5, 8, 4), "tanh", loss="cross_entropy")
    theta = parameters_of(network)
    theta["W2"][:] = 0
    before = {name: one.copy() for name, one in theta.items()}
    assert measure_dense(network, theta, X, LABELS).passes == 2
    assert all(np.array_equal(theta[name], one) for name, one in before.items())


def test_arguments_are_checked():
    network = DenseNetwork((5, 8, 4), "tanh", loss="cross_entropy")
    with pytest.raises(ArgumentError, match="optimizer must be one of gd, sgd, adam"):
        measure_dense(network, parameters_of(network), X, LABELS, optimizer="rmsprop")
    with pytest.raises(ArgumentError, match="learning_rate must be a finite number > 0"):
        measure_dense(network, parameters_of(network), X, LABELS, learning_rate=0.0)


def test_pytorch_is_not_loaded():
    text = (
        "import sys, numpy as np\n"
        "from initlab.networks import DenseNetwork\n"
        "from initlab.diagnosis.dense import measure_dense\n"
        "n = DenseNetwork((2, 3, 1))\n"
        "p = {k: np.ones(n.shape_of(k)) for k in n.parameter_names}\n"
        "measure_dense(n, p, np.ones((4, 2)), np.array([0, 1, 0, 1]))\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", text], check=True)
