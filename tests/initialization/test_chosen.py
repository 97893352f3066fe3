"""Constants that an author chose stay, whatever the init; usual ones do not."""

from __future__ import annotations

import pytest

import initlab
from initlab.initialization import rules

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn

from initlab.engines.torch.model import ModelSource  # noqa: E402 - needs torch
from initlab.initialization.chosen import chosen_in, equal_in_builds  # noqa: E402
from initlab.initialization.members import members_of  # noqa: E402


class Block(nn.Module):
    """As DiT and ResNet leave them: a modulation of zeros, a gamma of zeros, a forget bias of 1."""

    def __init__(self):
        super().__init__()
        self.modulation = nn.Linear(8, 16)
        self.norm = nn.BatchNorm1d(8)
        self.plain_norm = nn.LayerNorm(8)
        self.lstm = nn.LSTM(8, 4)
        self.fc = nn.Linear(8, 8)
        self.scale = nn.Parameter(torch.full((8,), 1e-6))
        for one in (*self.modulation.parameters(), self.norm.weight, self.fc.bias):
            nn.init.zeros_(one)
        nn.init.zeros_(self.lstm.bias_ih_l0)
        nn.init.ones_(self.lstm.bias_ih_l0[4:8])
        self.register_buffer("grid", torch.arange(3.0))
        self.position = nn.Parameter(torch.sin(torch.arange(80.0)).view(10, 8))


CHOSEN = {"modulation.weight", "norm.weight", "scale", "lstm.bias_ih_l0"}
EQUAL = {*CHOSEN, "position"}
BY_AUTHOR = "chosen by the model's author:"


@pytest.mark.parametrize("spec", ["he_normal", "torch_default", "default"])
def test_an_instance_keeps_constants_that_are_not_usual_and_says_why(spec):
    model = Block()
    before = {name: one.clone() for name, one in model.named_parameters()}
    report = initlab.initialize(model, spec, seed=1)
    # a reset would draw the bias of 0 beside the weight of 0
    kept = CHOSEN | {"modulation.bias"} if spec == "default" else CHOSEN
    assert set(report.names("kept")) == kept
    for name in kept:
        assert torch.equal(model.get_parameter(name), before[name]), name
    assert (
        report["modulation.weight"].note
        == f"{BY_AUTHOR} each number is 0; the weight of Linear usually holds random numbers"
    )
    assert (
        report["norm.weight"].note
        == f"{BY_AUTHOR} each number is 0; in the scale of BatchNorm1d each number is usually 1"
    )
    assert report["scale"].note == f"{BY_AUTHOR} each number is 1e-06 in this Block"
    assert report["lstm.bias_ih_l0"].note == f"{BY_AUTHOR} each number of gate f is 1 in this LSTM"
    assert report["position"].done == "not recognised"
    assert report["fc.bias"].done == report["plain_norm.weight"].done == "set"


def test_two_builds_show_what_is_chosen_though_its_numbers_differ_from_one_another():
    reasons = equal_in_builds(lambda seed: torch.manual_seed(seed) and Block())
    assert set(reasons) == EQUAL
    assert (
        reasons["norm.weight"]
        == f"{BY_AUTHOR} each number is 0 in two builds of the model with different seeds"
    )
    assert reasons["position"].startswith(f"{BY_AUTHOR} the numbers are the same in two builds")


def forgetful(seed=0, gate=slice(4, 8), kind=nn.LSTM, width=4):
    """Only the gate of an LSTM is chosen; the rest of its bias is as torch draws it."""
    torch.manual_seed(seed)
    layer = kind(8, width)
    with torch.no_grad():
        layer.bias_ih_l0[gate] = 1
    return layer


def test_a_gate_that_is_constant_is_chosen_though_the_others_of_its_bias_are_drawn():
    report = initlab.initialize(forgetful(), "he_normal", seed=0)
    assert report.names("kept") == ("bias_ih_l0",)
    assert report["bias_ih_l0"].note == f"{BY_AUTHOR} each number of gate f is 1 in this LSTM"
    assert set(equal_in_builds(forgetful)) == {"bias_ih_l0"}
    gru = initlab.initialize(forgetful(kind=nn.GRU), "he_normal", seed=0)
    assert gru["bias_ih_l0"].note == f"{BY_AUTHOR} each number of gate z is 1 in this GRU"


def test_a_part_of_a_gate_or_a_gate_of_one_unit_is_no_choice():
    assert not initlab.initialize(forgetful(gate=slice(4, 7)), "he_normal", seed=0).names("kept")
    layer = forgetful(gate=slice(0, 0), width=1)
    assert not initlab.initialize(layer, "he_normal", seed=0).names("kept")
    assert not initlab.initialize(nn.LSTM(8, 4), "he_normal", seed=0).names("kept")


def test_a_factory_that_seeds_itself_shows_nothing_and_the_instance_decides():
    def build():
        torch.manual_seed(3)
        return Block()

    source = ModelSource.of(build)
    assert source.chosen is None
    report = source.started("he_normal", 5)[1]
    assert set(report.names("kept")) == CHOSEN


def test_modules_of_a_comparison_keep_what_was_chosen():
    for made, expected in ((Block, EQUAL), (Block(), CHOSEN)):
        source = ModelSource.of(made)
        module, report = source.started("he_normal; role:table=0; lstm.*=keep", 4)
        kept = {row.name for row in report.rows if row.done == "kept" and not row.rule}
        assert kept == expected - {"lstm.bias_ih_l0"}
        assert module.norm.weight.eq(0).all()


def test_a_rule_wins_over_what_was_chosen():
    model = Block()
    report = initlab.initialize(model, "he_normal; norm.weight=1; modulation.*=default", seed=1)
    assert report.names("kept") == ("scale", "lstm.bias_ih_l0")
    assert model.norm.weight.eq(1).all()
    assert not model.modulation.weight.eq(0).any()
    by_bias = initlab.initialize(Block(), "he_normal", bias_init="normal", seed=1)
    assert by_bias["modulation.bias"].done == "set"


def test_what_initlab_wrote_is_nobodys_choice():
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    for spec in ("zeros", "constant(value=2)", "he_normal"):
        assert initlab.initialize(model, spec, seed=1).names("kept") == ()
    assert not model[0].weight.eq(0).any()
    with torch.no_grad():
        model[0].weight.zero_()  # the user's own
    assert initlab.initialize(model, "he_normal", seed=1).names("kept") == ("0.weight",)


def test_a_model_that_nobody_has_drawn_holds_no_choice():
    model = nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4), nn.Linear(4, 4))
    with torch.no_grad():
        for one in model.parameters():
            one.zero_()  # as to_empty may leave it
    report = initlab.initialize(model, "he_normal", seed=1)
    assert report.names("kept") == ()
    assert model[1].weight.eq(1).all()


def test_one_number_alone_is_no_choice_but_a_weight_of_0_is():
    small = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 2))
    assert chosen_in(members_of(small)) == {}
    nn.init.zeros_(small[0].weight)
    nn.init.ones_(small[0].bias)
    assert set(chosen_in(members_of(small))) == {"0.weight"}


def test_two_builds_move_no_global_generator():
    state = torch.get_rng_state()
    assert ModelSource.of(Block).chosen
    assert torch.equal(torch.get_rng_state(), state)


def test_loras_second_matrix_stays_zero_beside_a_drawn_first_one():
    model = nn.ModuleDict({"a": nn.Linear(32, 4, bias=False), "b": nn.Linear(4, 32, bias=False)})
    nn.init.zeros_(model["b"].weight)
    report = initlab.initialize(model, rules(default="he_uniform"), seed=1)
    assert [row.done for row in report.rows] == ["set", "kept"]


class Bare(nn.Module):
    """Its class says nothing: what its parameters are shows in what is computed."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(8, 8))
        self.scale = nn.Parameter(torch.ones(8))
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        return self.fc(x @ self.weight * self.scale)


def test_a_reason_does_not_say_that_a_class_draws_what_its_user_made():
    report = initlab.initialize(Bare(), "auto", seed=1)
    assert (
        report["weight"].note
        == f"{BY_AUTHOR} each number is 0; a weight is usually drawn at random"
    )
    assert report["scale"].note == f"{BY_AUTHOR} each number is 1 in this Bare"
