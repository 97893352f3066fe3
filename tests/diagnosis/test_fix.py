"""References are copies of a model, drawn well: norms count as 1, outputs fit the targets."""

from __future__ import annotations

import pytest

import initlab
from initlab.diagnosis.diagnose import REFERENCES
from initlab.diagnosis.fix import HEADED, _candidates, references, to_targets, upon
from initlab.diagnosis.fix import drawn as drawn_by
from initlab.diagnosis.runs import DRAWN_BY, TORCH_DEFAULT

torch = pytest.importorskip("torch")


def drawn(*layers):
    model = torch.nn.Sequential(*layers)
    return model, dict(references(model, initlab.anatomy(model), 0))


def test_a_norm_that_scales_down_or_away_is_1_in_a_reference():
    small, zero = torch.nn.LayerNorm(8), torch.nn.LayerNorm(8)
    torch.nn.init.constant_(small.weight, 1e-5)
    torch.nn.init.zeros_(zero.weight)
    _, found = drawn(torch.nn.Linear(4, 8), small, torch.nn.Linear(8, 8), zero)
    for one in found.values():
        assert one[1].weight.tolist() == [1.0] * 8
        assert one[3].weight.tolist() == [1.0] * 8
    assert float(small.weight[0].detach()) == pytest.approx(1e-5)


def test_outputs_of_a_reference_have_the_mean_and_the_spread_of_far_targets():
    model, found = drawn(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    anatomy, target = initlab.anatomy(model), 300 + 100 * torch.randn(200, 2)
    before = found[HEADED][2].weight.clone()
    to_targets(found[HEADED], anatomy, target)
    assert torch.allclose(found[HEADED][2].bias, target.mean(dim=0))
    assert torch.allclose(found[HEADED][2].weight, before * target.std(dim=0).mean())


def test_targets_near_0_and_classes_leave_a_reference_as_drawn():
    model, found = drawn(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    before = {name: one.clone() for name, one in found[HEADED].state_dict().items()}
    for target in (torch.randn(200, 2), torch.full((200, 2), 5.0), torch.randint(2, (200,)), None):
        to_targets(found[HEADED], initlab.anatomy(model), target)
    assert all(torch.equal(one, before[name]) for name, one in found[HEADED].state_dict().items())


def test_mirrored_weights_are_a_reference_where_linear_layers_stand_before_relu():
    def layers(nonlinearity):
        return (torch.nn.Linear(4, 8), nonlinearity, torch.nn.Linear(8, 8), nonlinearity,
                torch.nn.Linear(8, 3))  # fmt: skip

    _, found = drawn(*layers(torch.nn.ReLU()))
    assert [*found] == [
        HEADED,
        "auto",
        "orthogonal at the edge of chaos",
        TORCH_DEFAULT,
        "mirrored weights",
    ]
    mirrored = found["mirrored weights"]
    assert torch.equal(mirrored[2].weight[:4], -mirrored[2].weight[4:])
    assert torch.equal(mirrored[2].weight[:, :4], -mirrored[2].weight[:, 4:])
    _, found = drawn(*layers(torch.nn.Tanh()))
    assert "mirrored weights" not in found


def test_one_reference_draws_what_is_frozen_too_and_leaves_it_frozen():
    frozen = torch.nn.Linear(8, 8).requires_grad_(requires_grad=False)
    torch.nn.init.normal_(frozen.weight, std=30.0)
    model, found = drawn(torch.nn.Linear(4, 8), torch.nn.Tanh(), frozen, torch.nn.Linear(8, 3))
    *others, last = found.values()
    assert all(torch.equal(one[2].weight, model[2].weight) for one in others)
    assert float(last[2].weight.std()) < 1
    assert not last[2].weight.requires_grad
    assert last[0].weight.requires_grad
    assert float(model[2].weight.std()) > 10


def deep(*, zero_head):
    """Return 32 layers whose outputs are saturated, and inputs."""
    torch.manual_seed(0)
    layers = [torch.nn.Linear(8, 8), torch.nn.Tanh()]
    for _ in range(30):
        layers += [torch.nn.Linear(8, 8), torch.nn.Tanh()]
    model = torch.nn.Sequential(*layers, torch.nn.Linear(8, 4))
    with torch.no_grad():
        for one in model.parameters():
            one.mul_(30)
    if zero_head:
        torch.nn.init.zeros_(model[-1].weight)
        torch.nn.init.zeros_(model[-1].bias)
    return model, torch.randn(64, 8)


def whole(model, x):
    """Return copies drawn by the rules of a fix that draw all layers but, perhaps, the head."""
    found = initlab.diagnose(model, x, trial=False)
    assert found.hindering
    assert not any("62" in one.layers for one in found.hindering)
    return [drawn_by(model, given, 0) for given, share in _candidates(found) if share == 1]


def test_rules_that_draw_a_whole_chain_set_its_head_too():
    model, x = deep(zero_head=False)
    copies = whole(model, x)
    assert len(copies) == 2
    for one in copies:
        assert not torch.equal(one[-1].weight, model[-1].weight)
    rows = copies[1][-1].weight.detach()
    assert torch.allclose(rows @ rows.T, torch.eye(4), atol=1e-5)


def test_rules_that_draw_a_whole_chain_keep_a_head_of_zeros():
    for one in whole(*deep(zero_head=True)):
        assert not one[-1].weight.any()
        assert not one[-1].bias.any()
        assert float(one[0].weight.detach().std()) < 1


def test_every_reference_has_words():
    model = torch.nn.Sequential(
        torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 16), torch.nn.ReLU(),
        torch.nn.Linear(16, 4),
    )  # fmt: skip
    model[0].requires_grad_(requires_grad=False)
    names = {name for name, _ in references(model, initlab.anatomy(model), 0)}
    assert len(names) == 6
    assert names | {*REFERENCES, "lsuv"} == {*DRAWN_BY}


def test_the_reference_on_data_undoes_a_number_that_makes_signals_small():
    class Faint(torch.nn.Module):
        def forward(self, x):
            return 0.001 * x

    torch.manual_seed(0)
    model = torch.nn.Sequential(
        Faint(), torch.nn.Linear(8, 16), torch.nn.Tanh(), Faint(), torch.nn.Linear(16, 16),
        torch.nn.Tanh(), torch.nn.Linear(16, 4),
    )  # fmt: skip
    x = torch.randn(256, 8)
    ((_, one),) = references(model, initlab.anatomy(model), 0, (x,), only="lsuv")
    for layer in (1, 4):
        assert float(one[: layer + 1](x).detach().var()) == pytest.approx(1, rel=0.02)
        assert float(model[: layer + 1](x).detach().var()) < 0.1


@pytest.mark.parametrize(
    ("mending", "wanted"),
    [
        ("keep; 0.weight=auto", "he_normal; 0.weight=auto"),
        ("keep; role:weight=auto; role:bias=0", "he_normal; role:weight=auto; role:bias=0"),
        # what they keep is drawn by the init, so that no rule may name it
        ("keep; role:weight=auto; role:bias=0; 2.bias=keep; 2.weight=keep",
         "he_normal; 0.weight=auto; 0.bias=0"),
    ],
)  # fmt: skip
def test_rules_that_mend_stand_upon_an_init_and_what_they_keep_is_the_inits(mending, wanted):
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    found = upon("he_normal", initlab.rules(mending), initlab.anatomy(model))
    assert str(found) == str(initlab.rules(wanted))
    initlab.initialize(model, found, seed=0)
    assert model[2].bias.eq(0).all()
