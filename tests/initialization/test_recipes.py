"""Recipes: every row parses, round-trips and sets small models as its source says."""

from __future__ import annotations

import math

import pytest

import initlab
from initlab.errors import ArgumentError
from initlab.initialization import parse_start, rules
from initlab.initialization.recipes import RECIPES

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_rules_whose_text_means_them(name):
    found = initlab.recipe(name)
    assert rules(str(found)) == found
    assert str(parse_start(f"recipe:{name}")) == str(found)
    (row,) = [row for row in initlab.recipes() if row["name"] == name]
    assert row["source"]
    assert row["about"]


def test_an_unknown_recipe_is_refused():
    with pytest.raises(ArgumentError, match="Did you mean 'gpt2'"):
        initlab.recipe("gtp2")


class Block(nn.Module):
    def __init__(self, names):
        super().__init__()
        self.ln = nn.LayerNorm(64)
        for name, shape in zip(names, ((64, 64), (64, 64), (64, 256), (256, 64)), strict=True):
            self.add_module(name, nn.Linear(*shape))


@pytest.mark.parametrize(
    ("recipe", "names"),
    [
        ("gpt2", ("c_attn", "c_proj", "c_fc", "mlp_c_proj")),
        ("megatron", ("q_proj", "o_proj", "up_proj", "down_proj")),
    ],
)
def test_ends_of_branches_are_divided_by_the_root_of_their_number(recipe, names):
    model = nn.Module()
    model.wte = nn.Embedding(100, 64)
    model.blocks = nn.ModuleList(Block(names) for _ in range(6))
    if recipe == "gpt2":  # its second projection lies in a module of its own
        for block in model.blocks:
            block.mlp = nn.ModuleDict({"c_proj": block.mlp_c_proj})
            del block.mlp_c_proj
    report = initlab.initialize(model, initlab.recipe(recipe), seed=0)
    ends = [row for row in report.rows if "depth_scaled" in row.rule]
    assert len(ends) == 12
    for row in ends:
        assert row.std == pytest.approx(0.02 / math.sqrt(12), rel=1e-12)
        assert row.actual_std == pytest.approx(row.std, rel=0.05)
    assert report["wte.weight"].std == report[f"blocks.0.{names[0]}.weight"].std == 0.02


def test_lora_leaves_the_model_and_begins_at_zero():
    model = nn.ModuleDict({
        "base": nn.Linear(64, 64),
        "lora_A": nn.Linear(64, 4, bias=False), "lora_B": nn.Linear(4, 64, bias=False),
    })  # fmt: skip
    before = model["base"].weight.clone()
    initlab.initialize(model, "recipe:lora", seed=0)
    assert torch.equal(model["base"].weight, before)
    assert model["lora_B"].weight.eq(0).all()
    bound = model["lora_A"].weight.abs().max().item()
    assert 0.95 / 8 < bound <= 1 / 8 + 1e-6  # kaiming_uniform_(a=sqrt(5)): 1 / sqrt(fan_in)


def test_siren_keeps_its_activations_whatever_the_depth():
    net = nn.Sequential(*(nn.Linear(3 if k == 0 else 256, 256) for k in range(6)))
    report = initlab.initialize(nn.ModuleDict({"net": net}), "recipe:siren", seed=0)
    assert net[0].weight.abs().max().item() == pytest.approx(1 / 3, rel=0.01)
    assert report["net.1.weight"].std == pytest.approx(math.sqrt(2 / 256) / 30, rel=1e-9)
    x = torch.rand(500, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    for layer in net:
        x = torch.sin(30 * layer(x))
        assert x.std().item() == pytest.approx(0.5**0.5, rel=0.1)  # arcsine distributed


def test_forget_gates_are_open():
    layer = nn.LSTM(5, 6)
    initlab.initialize(layer, "recipe:lstm_forget", seed=0)
    assert layer.bias_ih_l0.tolist() == [0.0] * 6 + [1.0] * 6 + [0.0] * 12
    assert layer.bias_hh_l0.eq(0).all()
    for gate in layer.weight_hh_l0.chunk(4):
        assert torch.allclose(gate @ gate.T, torch.eye(6), atol=1e-5)


def test_small_init_and_bert_and_resnet_have_the_stds_of_their_papers():
    row = initlab.initialize(nn.Linear(512, 512), "recipe:small_init", seed=0)["weight"]
    assert row.std == pytest.approx(math.sqrt(2 / (5 * 512)), rel=1e-12)
    layer = nn.Linear(512, 512)
    initlab.initialize(layer, "recipe:bert", seed=0)
    assert layer.weight.abs().max().item() <= 0.04
    assert layer.weight.std().item() == pytest.approx(0.02 * 0.8796, rel=0.01)
    model = nn.Sequential(nn.Conv2d(3, 64, 7), nn.BatchNorm2d(64), nn.Flatten(), nn.Linear(64, 10))
    report = initlab.initialize(model, "recipe:resnet", seed=0)
    assert report["0.weight"].std == pytest.approx(math.sqrt(2 / (64 * 49)), rel=1e-12)
    assert report["3.bias"].law == "default"
    vit = nn.ModuleDict({"fc": nn.Linear(8, 8)})
    vit.pos_embed = nn.Parameter(torch.zeros(1, 5, 8))
    assert initlab.initialize(vit, "recipe:vit", seed=0)["pos_embed"].std == 0.02
