"""What a module's units do: dead, saturated, distinct, against a slow count."""

from __future__ import annotations

import pytest

from .making import Everything, ResNet, blobs, functional, mlp, nn, torch

from initlab.modules import layers  # isort: skip
from initlab.networks import DenseNetwork  # isort: skip
from initlab.networks.distinct import distinct_units  # isort: skip
from initlab.engines.torch.task import task_of  # isort: skip
from initlab.engines.torch.units import unit_health, unit_rows
from initlab.nonlinearities.table import TABLE

ROWS = {row.torch[1]: row for row in TABLE.values() if row.torch[1]}

X, Y = blobs()


def health(module, x=X, y=Y):
    return unit_health(module, task_of(None, module(x), y), ((x,), y))


def test_dead_units_are_those_whose_relu_gives_nothing_at_any_sample():
    module = mlp((6, 8, 5, 3))
    module[0].bias.data[:] = torch.tensor([-1e3] * 2 + [1e3] * 6)
    module[2].bias.data[:] = -1e6
    found = health(module)
    assert found["dead_share"] == (0.25, 1.0)
    assert found["hidden_units"] == (8, 5)


def test_a_channel_is_a_unit():
    images = torch.randn(20, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    module = ResNet()
    module.blocks[0].bn1.weight.data[0] = 0
    module.blocks[0].bn1.bias.data[0] = -1
    found = health(module.train(), images, Y[:20])
    assert found["dead_share"][0] == 0.25
    assert found["hidden_units"] == (4, 4, 4, 4, 4)  # in the order they are computed


def test_saturated_shares_count_flat_slopes():
    module = mlp((6, 8, 3), nn.Tanh)
    module[0].weight.data *= 30
    a = torch.tanh(module[0](X))
    p = torch.softmax(module(X), dim=1)
    found = health(module)["saturated_share"]
    assert found["layer 1"] == ((1 - a**2) < 0.01).double().mean().item() > 0
    assert found["output"] == pytest.approx((p * (1 - p) < 0.0025).double().mean().item())


@pytest.mark.parametrize("name", ROWS)
def test_every_nonlinearity_is_measured_by_its_slope(name):
    function, row = getattr(functional, name, None) or getattr(torch, name), ROWS[name]

    class Module(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(6, 8), nn.Linear(8, 3)
            self.a.weight.data *= 20
            self.a.bias.data[:3] = -1e4

        def forward(self, x):
            return self.b(function(self.a(x)))

    module = Module()
    z = module.a(X).detach().double().requires_grad_(True)
    (slope,) = torch.autograd.grad(function(z).sum(), z)
    found = health(module)
    dead = (slope == 0).all(dim=0).double().mean().item() if row.flat else 0.0
    assert found["dead_share"] == (dead,)
    assert dead >= 0.375 or not row.flat
    if row.largest_slope is None:
        assert "layer 1" not in found["saturated_share"]
    else:
        low = (slope.abs() < 0.01 * row.largest_slope).double().mean().item()
        assert found["saturated_share"]["layer 1"] == pytest.approx(low, abs=1e-12)
        assert low > 0


class Following(nn.Module):
    def __init__(self, follows):
        super().__init__()
        self.a, self.b, self.follows = nn.Linear(6, 8), nn.Linear(8, 3), follows

    def forward(self, x):
        return self.b(self.follows(self.a(x)))


class Halved(nn.Module):
    def forward(self, z):
        return torch.where(z > 0, z, 0 * z) / 2


SETTINGS = {
    "function": (lambda z: functional.hardtanh(z, 0, 1), True),
    "layer": (nn.Hardtanh(0, 1), True),
    "layer of one's own": (Halved(), False),
    "thresholds": (nn.Threshold(0.1, 2), False),
    "not flat": (lambda z: functional.leaky_relu(z, 0.2), None),
}


@pytest.mark.parametrize("kind", SETTINGS)
def test_functions_with_settings_are_measured_by_their_own_slope(kind):
    follows, bounded = SETTINGS[kind]
    module = Following(follows)
    module.a.weight.data *= 20
    module.a.bias.data[:3] = -1e4
    z = module.a(X).detach().double().requires_grad_(True)
    (slope,) = torch.autograd.grad(follows(z).sum(), z)
    found = health(module)
    dead = (slope == 0).all(dim=0).double().mean().item()
    assert found["dead_share"] == (dead,)
    assert dead >= 0.375 or bounded is None
    shares = found["saturated_share"]
    assert ("layer 1" in shares) == bool(bounded)
    assert not bounded or shares["layer 1"] == (slope.abs() < 0.01).double().mean().item() > 0.3


class Detached(nn.Module):
    def forward(self, z):
        return z.detach() ** 3


def test_functions_without_a_slope_are_not_judged():
    found = health(Following(Detached()))
    assert (found["dead_share"], found["saturated_share"].keys()) == ((0.0,), {"output"})


def test_in_place_functions_are_measured_too():
    module = mlp((6, 8, 3), lambda: nn.Hardtanh(inplace=True))
    module[0].bias.data[:3] = 1e4
    assert health(module)["dead_share"] == (0.375,)


def test_equal_rows_are_one_unit():
    module = mlp((6, 8, 5, 3))
    for one in module.parameters():
        nn.init.zeros_(one)
    module[2].bias.data[0] = 1
    assert health(module)["distinct_units"] == (1, 2)


def test_looking_changes_nothing():
    module = Everything().train()
    rng = torch.get_rng_state()
    health(module.eval())
    module.train()
    health(module)
    assert all(one.training for one in module.modules())
    assert not any(one._forward_hooks for one in module.modules())
    assert not torch.equal(rng, torch.zeros_like(rng))


def test_the_dense_engine_and_torch_count_the_same_units():
    network = DenseNetwork((6, 8, 3), "relu", "cross_entropy")
    module = mlp((6, 8, 3)).double()
    rows = module[0].weight.data
    rows[1] = rows[0] + 1e-12  # rounding
    rows[3] = rows[2] + 1e-7  # no rounding in float64
    module[0].bias.data.zero_()
    theta = {"W1": module[0].weight, "b1": module[0].bias[:, None], "W2": module[2].weight,
             "b2": module[2].bias[:, None]}  # fmt: skip
    theta = {name: one.detach().numpy() for name, one in theta.items()}
    assert distinct_units(network, theta) == health(module, X.double())["distinct_units"] == (7,)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_unit_that_is_not_finite_is_equal_to_nothing(value):
    module = mlp((6, 8, 5, 3))
    for one in module.parameters():
        nn.init.zeros_(one)
    module[0].weight.data[2, 3] = value
    assert health(module)["distinct_units"] == (8, 1)


class Conv1D(nn.Module):
    """Like the one of transformers, whose weight is (in, out)."""

    def __init__(self, inputs, width):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, width))
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, x):
        return torch.addmm(self.bias, x, self.weight)


Conv1D.__module__, Conv1D.__qualname__ = "transformers.pytorch_utils", "Conv1D"


def test_layers_of_other_libraries_have_units_too():
    module = nn.Sequential(Conv1D(6, 8), nn.ReLU(), Conv1D(8, 3))
    module[0].weight.data[:, 1] = module[0].weight.data[:, 0]
    module[0].bias.data[4] = -1e3
    found = health(module)
    assert (found["hidden_units"], found["distinct_units"], found["dead_share"]) == (
        (8,), (7,), (0.125,),
    )  # fmt: skip


def test_a_layer_said_to_be_linear_without_a_weight_has_no_units(monkeypatch):
    monkeypatch.setattr(layers, "_rows", {**layers._rows, "torch.nn.modules.linear.Identity": (
        "linear", {}
    )})  # fmt: skip
    module = nn.Sequential(nn.Linear(6, 8), nn.Identity(), nn.Linear(8, 3))
    assert health(module)["hidden_units"] == (8,)


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.one, self.two = nn.Linear(6, 8), nn.Linear(8, 3), nn.Linear(8, 3)

    def forward(self, x):
        h = torch.relu(self.body(x))
        return self.one(h) + self.two(h)


def test_the_outputs_of_no_head_are_hidden_units():
    assert health(TwoHeads())["hidden_units"] == (8,)


class EarlyExit(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.exit = nn.Linear(6, 8), nn.Linear(8, 3)
        self.deep, self.head = nn.Linear(8, 5), nn.Linear(5, 3)

    def forward(self, x):
        h = torch.relu(self.body(x))
        early = self.exit(h)
        return early + self.head(torch.tanh(self.deep(h)))


def test_hidden_layers_are_numbered_without_the_heads_between_them():
    module = EarlyExit()
    module.deep.weight.data *= 1e4
    module.body.bias.data[:] = torch.tensor([-1e3] + [1e3] * 7)
    found = health(module)
    assert (found["hidden_units"], found["dead_share"]) == ((8, 5), (0.125, 0.0))
    assert found["saturated_share"]["layer 2"] > 0.9


def test_units_of_every_kind_of_convolution_are_its_output_channels():
    images = torch.randn(20, 4, 5, 5, generator=torch.Generator().manual_seed(0))
    module = nn.Sequential(
        nn.Conv2d(4, 6, 3, groups=2), nn.ConvTranspose2d(6, 8, 3, groups=2), nn.Flatten(),
        nn.Linear(200, 3),
    )  # fmt: skip
    module[0].weight.data[1:3] = module[0].weight.data[0]
    module[0].bias.data[:3] = 0
    transposed = module[1].weight.data  # (in, out / groups, ...)
    transposed[:3, 2], module[1].bias.data[2] = transposed[:3, 0], module[1].bias.data[0]
    found = health(module, images, Y[:20])
    assert (found["hidden_units"], found["distinct_units"]) == ((6, 8), (4, 7))


class Recurrent(nn.Module):
    def __init__(self, kind, **settings):
        super().__init__()
        self.fc = nn.Linear(1, 4)
        self.body = kind(4, 5, batch_first=True, **settings)
        self.head = nn.LazyLinear(3)

    def forward(self, x):
        return self.head(torch.relu(self.body(torch.relu(self.fc(x[:, :, None])))[0][:, -1]))


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_a_recurrent_unit_is_a_copy_if_all_its_gates_are(kind):
    module = Recurrent(kind, num_layers=2, bidirectional=True)
    module(X)
    gates = module.body.weight_ih_l0.shape[0] // 5
    for name, one in module.body.named_parameters():
        if name.endswith("_l1"):
            one.data.view(gates, 5, -1)[:, 3] = one.data.view(gates, 5, -1)[:, 1]
    module.body.bias_hh_l0_reverse.data[:] = module.body.weight_ih_l0_reverse.data[:] = 0
    module.body.weight_hh_l0_reverse.data[:] = module.body.bias_ih_l0_reverse.data[:] = 0
    module.body.bias_hh_l0_reverse.data[-2] = 1  # of the last gate
    found = health(module)
    assert found["hidden_units"] == (4, 5, 5, 5, 5)
    assert found["distinct_units"] == (4, 5, 2, 4, 5)


@pytest.mark.filterwarnings("ignore:LSTM with projections")  # which run slower
def test_a_projection_changes_no_recurrent_unit():
    module = Recurrent(nn.LSTM, proj_size=2)
    module(X)
    module.body.weight_hr_l0.data[:] = 0
    assert health(module)["distinct_units"] == (4, 5)


class Attention(nn.Module):
    def __init__(self, **settings):
        super().__init__()
        self.att = nn.MultiheadAttention(6, 3, batch_first=True, **settings)
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        x = x[:, None].expand(-1, 4, -1)
        return self.head(self.att(x, x, x)[0].mean(dim=1))


@pytest.mark.parametrize("settings", [{}, {"kdim": 6, "vdim": 6}, {"add_bias_kv": True}])
def test_a_head_is_a_unit_and_a_copy_if_query_key_and_value_are(settings):
    module = Attention(**{"kdim": 6, **settings})
    names = [name for name, _ in module.att.named_parameters() if not name.startswith("out")]
    for name in names:
        one = getattr(module.att, name).data
        heads = one.view(max(1, len(one) // 6), 3, -1)
        heads[:, 2] = heads[:, 0]
    found = health(module)
    assert (found["hidden_units"], found["distinct_units"]) == ((3,), (2,))
    for name in names:  # none of them may differ
        one = getattr(module.att, name).data
        one.view(max(1, len(one) // 6), 3, -1)[-1, 2, -1] += 1
        assert health(module)["distinct_units"] == (3,)
        one.view(max(1, len(one) // 6), 3, -1)[-1, 2, -1] -= 1


def test_a_nonlinearity_after_a_recurrent_layer_is_not_the_layers_before_it():
    module = Recurrent(nn.GRU)
    module(X)
    module.fc.bias.data[:] = 1e3
    assert health(module)["dead_share"] == (0.0, 0.0)
    module.body.weight_ih_l0.data[:] = module.body.weight_hh_l0.data[:] = 0
    module.body.bias_ih_l0.data[-5:] = -9
    assert health(module)["dead_share"] == (0.0, 0.0)


def test_a_layer_of_the_users_own_is_known_by_its_values_before_the_run_alone():
    seen = []

    class Own(nn.Module):
        def forward(self, x):
            seen.append(tuple(x.shape))
            return torch.sigmoid(x)

    module = nn.Sequential(nn.Linear(6, 8), Own(), nn.Linear(8, 3))
    unit_health(module, task_of(None, torch.zeros(len(Y), 3), Y), ((X,), Y))
    grid = [(40, 40), (20, 40)]
    assert seen == [*grid, *grid, (len(X), 8)]


def test_units_of_a_registered_recurrent_layer_are_not_counted(monkeypatch):
    monkeypatch.setattr(layers, "_rows", dict(layers._rows))
    monkeypatch.setattr(layers, "_of_others", set())

    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(4, 3))

        def forward(self, x):
            return torch.tanh(x @ self.weight.T)

    layers.register_layer(Own, role="recurrent",
                          parameters={"weight": {"in_axis": 1, "out_axis": 0}})  # fmt: skip
    assert unit_rows(Own()) == []
