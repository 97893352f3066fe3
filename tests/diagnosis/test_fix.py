"""References are copies of a model, drawn well: its norms count as 1, its zeros stay."""

from __future__ import annotations

import pytest

import initlab
from initlab.diagnosis.fix import references
from initlab.diagnosis.trial import USUAL

torch = pytest.importorskip("torch")


def drawn(*layers):
    model = torch.nn.Sequential(*layers)
    return model, dict(references(model, initlab.anatomy(model), 0))


def test_a_norm_that_scales_down_is_1_in_a_reference_and_a_zero_is_deliberate():
    small, zero = torch.nn.LayerNorm(8), torch.nn.LayerNorm(8)
    torch.nn.init.constant_(small.weight, 1e-5)
    torch.nn.init.zeros_(zero.weight)
    _, found = drawn(torch.nn.Linear(4, 8), small, torch.nn.Linear(8, 8), zero)
    for one in found.values():
        assert one[1].weight.tolist() == [1.0] * 8
        assert one[3].weight.tolist() == [0.0] * 8
    assert float(small.weight[0].detach()) == pytest.approx(1e-5)


def test_mirrored_weights_are_a_reference_where_linear_layers_stand_before_relu():
    def layers(nonlinearity):
        return (torch.nn.Linear(4, 8), nonlinearity, torch.nn.Linear(8, 8), nonlinearity,
                torch.nn.Linear(8, 3))  # fmt: skip

    _, found = drawn(*layers(torch.nn.ReLU()))
    assert [*found] == ["auto", "orthogonal at the edge of chaos", USUAL, "mirrored weights"]
    mirrored = found["mirrored weights"]
    assert torch.equal(mirrored[2].weight[:4], -mirrored[2].weight[4:])
    assert torch.equal(mirrored[2].weight[:, :4], -mirrored[2].weight[:, 4:])
    _, found = drawn(*layers(torch.nn.Tanh()))
    assert "mirrored weights" not in found
