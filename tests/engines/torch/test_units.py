"""What a module's units do: dead, saturated, distinct, against a slow count."""

from __future__ import annotations

import pytest

from .making import Everything, ResNet, blobs, functional, mlp, nn, torch

from initlab.engines.torch.task import task_of  # isort: skip
from initlab.engines.torch.units import unit_health
from initlab.networks.nonlinearities import TABLE

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
