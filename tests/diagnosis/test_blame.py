"""Findings name the layers that make what is found by their own numbers, not where it shows."""

from __future__ import annotations

import numpy as np
import pytest

import initlab
from initlab.diagnosis.blame import enlarging, is_ordinary, own_gain
from initlab.diagnosis.dense import measure_dense
from initlab.diagnosis.findings import findings
from initlab.networks import DenseNetwork

NETWORK = DenseNetwork((3, 8, 8, 2), "tanh", loss="cross_entropy")
RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((30, 3)), RNG.integers(2, size=30)


def drawn(**scales):
    """Return weights of std 1 / sqrt(fan_in), those of some layers multiplied."""
    theta = {}
    for name in NETWORK.parameter_names:
        out, into = NETWORK.shape_of(name)
        size = 0.0 if name[0] == "b" else scales.get(name, 1.0) / np.sqrt(into)
        theta[name] = np.random.default_rng(1).standard_normal((out, into)) * size
    return theta


def found(model, x, name):
    """Return the places of a finding, by figures alone."""
    return {place for one in initlab.diagnose(model, x, trial=False).findings
            if one.name == name for place in one.where}  # fmt: skip


def test_the_gain_of_a_layer_is_the_mean_square_that_its_weights_make_of_unit_inputs():
    theta = drawn(W2=3.0)
    inputs = np.random.default_rng(2).standard_normal((100_000, 8))
    expected = np.mean((inputs @ theta["W2"].T) ** 2)
    assert own_gain(measure_dense(NETWORK, theta, X, Y), "layer 2") == pytest.approx(
        expected, rel=0.02
    )
    assert own_gain(measure_dense(NETWORK, theta, X, Y), "no such layer") is None


def test_a_large_loss_is_blamed_on_the_layer_that_enlarges_and_else_on_the_head():
    linear = DenseNetwork((3, 8, 8, 2), "linear", loss="cross_entropy")
    first = measure_dense(linear, drawn(W1=300.0), X, Y)
    assert tuple(enlarging(first)) == ("layer 1",)
    places = {one.name: one.where for one in findings(first)}
    assert places["large_initial_loss"] == ("layer 1",)
    all_of_them = measure_dense(linear, drawn(W1=7.0, W2=7.0, W3=7.0), X, Y)
    places = {one.name: one.where for one in findings(all_of_them)}
    assert places["large_initial_loss"] == ("layer 3",)


def test_dead_units_behind_a_norm_are_blamed_on_its_shift():
    torch = pytest.importorskip("torch")
    nn = torch.nn
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 16), nn.BatchNorm1d(16),
        nn.ReLU(), nn.Linear(16, 3),
    )  # fmt: skip
    torch.nn.init.constant_(model[4].bias, -20.0)
    assert found(model, torch.randn(32, 4), "dead_units") == {"4", "3"}


def test_a_shifted_norm_elsewhere_is_not_blamed_for_dead_units():
    torch = pytest.importorskip("torch")
    nn = torch.nn
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(4, 16), nn.LayerNorm(16), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 16),
        nn.ReLU(), nn.Linear(16, 3),
    )  # fmt: skip
    torch.nn.init.constant_(model[1].bias, 6.0)
    torch.nn.init.constant_(model[4].bias, -20.0)
    assert found(model, torch.randn(32, 4), "dead_units") == {"4"}


def fixed_after(factor, norm_of):
    """Return a network whose norm stays at running statistics, behind outputs times a factor."""
    torch = pytest.importorskip("torch")
    nn = torch.nn

    class Fixed(nn.BatchNorm1d):
        def train(self, mode=True):
            return super().train(False)

    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 16), Fixed(16), nn.ReLU(), nn.Linear(16, 3))
    x = torch.randn(32, 4)
    with torch.no_grad():
        for one in (model[0].weight, model[0].bias):
            one.mul_(factor)
        norm_of(model[1], model[0](x))
    return model, x


def untouched(norm, given):
    """Leave a norm's statistics at 0 and 1."""


def test_a_norm_of_foreign_statistics_is_named():
    model, x = fixed_after(1.0, untouched)
    assert "1" not in found(model, x, "exploding_signal")
    model[1].running_var.fill_(1e-5)
    assert "1" in found(model, x, "exploding_signal")
    model[1].running_var.fill_(1e6)
    assert "1" in found(model, x, "vanishing_signal")


def test_a_norm_that_training_puts_back_is_not_foreign():
    torch = pytest.importorskip("torch")
    nn = torch.nn
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3))
    model[1].running_var.fill_(1e-5)
    model.eval()  # the user's mode
    assert not found(model, torch.randn(32, 4), "exploding_signal")


def own_statistics(norm, given):
    norm.running_mean.copy_(given.mean(dim=0))
    norm.running_var.copy_(given.var(dim=0))


def foreign(name):
    def set_to(norm, given):
        own_statistics(norm, given)
        getattr(norm, name).add_(1e3 * given.std())

    return set_to


@pytest.mark.parametrize("factor", [1e-3, 1.0, 1e3])
def test_a_norm_with_the_statistics_of_its_inputs_is_not_foreign_whatever_it_divides_by(factor):
    model, x = fixed_after(factor, own_statistics)
    named = found(model, x, "exploding_signal") | found(model, x, "vanishing_signal")
    assert "1" not in named


@pytest.mark.parametrize(
    ("wrong", "name"), [("running_mean", "exploding_signal"), ("running_var", "vanishing_signal")]
)
def test_a_norm_with_other_statistics_is_foreign_though_it_multiplies_by_about_1(wrong, name):
    model, x = fixed_after(1.0, foreign(wrong))
    assert "1" in found(model, x, name)


def test_small_inputs_of_a_norm_of_statistics_0_and_1_are_foreign_to_it():
    model, x = fixed_after(1e-3, untouched)
    assert "1" in found(model, x, "vanishing_signal")


def test_layers_of_ordinary_weights_are_told_from_those_that_are_not():
    """The bound is a factor of 100 in mean squares; layers without weights are never ordinary."""
    for scale, ordinary in ((9.0, True), (11.0, False), (1 / 9.0, True), (1 / 11.0, False)):
        theta = drawn(W2=1.0)
        theta["W2"] *= scale * np.sqrt(8) / np.linalg.norm(theta["W2"])  # its gain is scale squared
        measured = measure_dense(NETWORK, theta, X, Y)
        assert own_gain(measured, "layer 2") == pytest.approx(scale**2)
        assert is_ordinary(measured, "layer 2") is ordinary
    assert not is_ordinary(measured, "no such layer")


def test_equal_outputs_of_the_first_layer_are_blamed_on_the_parameters_before_it():
    torch = pytest.importorskip("torch")

    class Bumps(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.centres = torch.nn.Parameter(torch.full((16, 4), 1e3))
            self.head = torch.nn.Linear(16, 3)

        def forward(self, x):
            return self.head((-(x[:, None] - self.centres).square().sum(-1)).exp())

    torch.manual_seed(0)
    assert found(Bumps(), torch.randn(32, 4), "inputs_indistinguishable") == {"centres", "head"}


def test_growth_between_two_layers_of_ordinary_weights_is_blamed_on_both():
    torch = pytest.importorskip("torch")

    class Exp(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.spread, self.made = torch.nn.Linear(4, 16), torch.nn.Linear(16, 16)
            self.head = torch.nn.Linear(16, 3)
            torch.nn.init.constant_(self.spread.bias, 10.0)

        def forward(self, x):
            return self.head(torch.relu(self.made(self.spread(x).exp())))

    torch.manual_seed(0)
    assert found(Exp(), torch.randn(32, 4), "exploding_signal") == {"spread", "made"}


def test_a_branch_that_adds_little_beside_a_skip_is_not_chaotic():
    torch = pytest.importorskip("torch")

    class Skip(torch.nn.Module):
        def __init__(self, scale):
            super().__init__()
            self.stem, self.head = torch.nn.Linear(8, 16), torch.nn.Linear(16, 3)
            self.branches = torch.nn.ModuleList(torch.nn.Linear(16, 16) for _ in range(3))
            self.scale = torch.nn.Parameter(torch.tensor(scale))

        def forward(self, x):
            x = self.stem(x)
            for one in self.branches:
                x = x + self.scale * torch.tanh(one(x))
            return self.head(x)

    torch.manual_seed(0)
    assert not found(Skip(1e-4), torch.randn(32, 8), "chaotic")


def test_a_layer_of_large_weights_is_chaotic_before_a_bounded_nonlinearity():
    network = DenseNetwork((8, 64, 64, 64, 64, 3), "tanh", loss="cross_entropy")
    theta = {}
    for name in network.parameter_names:
        out, into = network.shape_of(name)
        size = 0.0 if name[0] == "b" else 40 / np.sqrt(into)
        theta[name] = np.random.default_rng(1).standard_normal((out, into)) * size
    x, y = RNG.standard_normal((64, 8)), RNG.integers(3, size=64)
    names = {one.name: one.severity for one in findings(measure_dense(network, theta, x, y))}
    assert names.get("chaotic") == "slows"
