"""Weights in which nothing is random are distinguished from drawn ones, and are no clones."""

from __future__ import annotations

import copy

import pytest

import initlab

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn

from initlab.initialization.audit.fixed import is_fixed  # noqa: E402 - needs torch
from initlab.initialization.members import members_of  # noqa: E402


def fixed(layer):
    member = next(one for one in members_of(layer) if one.local.startswith("weight"))
    return is_fixed(member.tensor, member.part, str(member.tensor.dtype).removeprefix("torch."))


@pytest.mark.parametrize("init", ["cosine", "sinusoidal", "cosine(gain=3)", "sinusoidal(gain=0.2)"])
@pytest.mark.parametrize(
    "make",
    [lambda: nn.Linear(64, 48), lambda: nn.Linear(48, 64).double(), lambda: nn.Conv2d(8, 16, 3),
     lambda: nn.Linear(64, 48).half(), lambda: nn.Linear(64, 48).bfloat16(), lambda: nn.LSTM(8, 8)],
)  # fmt: skip
def test_a_weight_of_a_fixed_distribution_is_found_at_any_scale(init, make):
    layer = make()
    assert not fixed(layer)
    initlab.initialize(layer, init, seed=0)
    assert fixed(layer)
    with torch.no_grad():
        weight = layer.weight_ih_l0 if isinstance(layer, nn.LSTM) else layer.weight
        weight.view(-1)[7] += 0.1
    assert not fixed(layer)


@pytest.mark.parametrize("init", ["cosine", "sinusoidal"])
def test_layers_of_a_fixed_distribution_are_no_clones_and_copies_of_drawn_ones_are(init):
    layers = [nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 16)]
    model = nn.Sequential(*layers)
    initlab.initialize(model, init, seed=0)
    assert initlab.audit(model).findings == ()
    nn.init.normal_(model[0].weight)
    model[2] = copy.deepcopy(model[0])
    found = initlab.audit(model).findings
    assert [(one.name, one.where) for one in found] == [("cloned_layers", ("0.weight", "2.weight"))]
