"""Recipes: every row parses, round-trips and sets small models as its source says."""

from __future__ import annotations

import math

import pytest

import initlab
from initlab.errors import ArgumentError
from initlab.initialization import parse_init, rules
from initlab.initialization.recipes import RECIPES

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_rules_whose_text_means_them(name):
    found = initlab.recipe(name)
    assert rules(str(found)) == found
    assert str(parse_init(f"recipe:{name}")) == str(found)
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


def test_residual_ends_that_do_not_show_are_said_with_what_shows_them():
    class Opaque(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem, self.first, self.second = (nn.Linear(8, 8) for _ in range(3))

        def forward(self, x):
            x = self.stem(x if float(x.sum()) > 0 else -x)
            return x + self.second(torch.relu(self.first(x)))

    report = initlab.initialize(Opaque(), "recipe:gpt2", seed=0)
    assert report.names("set")
    assert "Give a batch of inputs: data=batch in Python, --data in a shell." in str(report)
    report = initlab.initialize(Opaque(), "recipe:gpt2", seed=0, data=torch.ones(2, 8))
    assert report["second.weight"].rule == "role:residual=depth_scaled(std=0.02)"
    assert "shows it" not in str(report)
    linear = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8))
    assert "shows it" not in str(initlab.initialize(linear, "recipe:gpt2", seed=0))


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


class Sine(nn.Module):
    def __init__(self, fan_in, width):
        super().__init__()
        self.linear = nn.Linear(fan_in, width)

    def forward(self, x):
        return torch.sin(30 * self.linear(x))


class Backwards(nn.Module):
    """Declared in another order than that of computation."""

    def __init__(self):
        super().__init__()
        self.last, self.body, self.entry = nn.Linear(16, 1), Sine(16, 16), Sine(2, 16)

    def forward(self, x):
        return self.last(self.body(self.entry(x)))


@pytest.mark.parametrize(
    ("model", "first"),
    [
        (nn.Sequential(Sine(2, 16), Sine(16, 16), nn.Linear(16, 1)), "0.linear.weight"),
        (nn.Sequential(nn.Sequential(Sine(2, 16)), nn.Sequential(Sine(16, 16)), nn.Linear(16, 1)),
         "0.0.linear.weight"),
        (nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(2, 16)), nn.Linear(16, 1)),
         "1.0.weight"),
        (Backwards(), "entry.linear.weight"),
    ],
)  # fmt: skip
def test_the_first_layer_of_siren_is_the_one_that_is_computed_first(model, first):
    report = initlab.initialize(model, "recipe:siren", seed=0)
    assert [row.name for row in report.rows if row.law == "siren_first"] == [first]
    assert all(row.law == "torch_default" for row in report.rows if row.role == "bias")


def test_siren_asks_for_data_where_the_order_is_not_known():
    class Opaque(Backwards):
        def forward(self, x):
            return super().forward(x if float(x.sum()) > 0 else -x)

    with pytest.raises(ArgumentError, match=r"without 'role:first'.* data=batch"):
        initlab.initialize(Opaque(), "recipe:siren", seed=0)
    report = initlab.initialize(Opaque(), "recipe:siren", seed=0, data=torch.ones(3, 2))
    assert report["entry.linear.weight"].law == "siren_first"
    assert report["body.linear.weight"].law == "siren_hidden"


class Translator(nn.Module):
    """Encoder and decoder without norms, of torch's attention, which packs its projections."""

    def __init__(self, layers=4, width=64):
        super().__init__()
        self.embed, self.head = nn.Embedding(500, width), nn.Linear(width, 500, bias=False)
        self.head.weight = self.embed.weight

        def stack(crosses):
            def layer():
                parts = {
                    "self_attn": nn.MultiheadAttention(width, 4),
                    "linear1": nn.Linear(width, 256),
                    "linear2": nn.Linear(256, width),
                }
                if crosses:
                    parts["multihead_attn"] = nn.MultiheadAttention(width, 4)
                return nn.ModuleDict(parts)

            return nn.ModuleList(layer() for _ in range(layers))

        self.encoder, self.decoder = stack(False), stack(True)


def test_tfixup_scales_values_outputs_and_feed_forward_by_the_number_of_layers():
    model = Translator()
    report = initlab.initialize(model, "recipe:tfixup", seed=0)
    glorot = math.sqrt(2 / (64 + 64))
    for side, factor in (("encoder", 0.67 * 4**-0.25), ("decoder", 36**-0.25)):
        for attention in ("self_attn", "multihead_attn")[: 1 + (side == "decoder")]:
            begin = f"{side}.3.{attention}"
            q, k, v = model.get_submodule(begin).in_proj_weight.chunk(3)
            for matrix, expected in ((q, glorot), (k, glorot), (v, factor * glorot)):
                assert matrix.std().item() == pytest.approx(expected, rel=0.03)
                bound = expected * math.sqrt(3)
                assert 0.99 * bound < matrix.abs().max().item() <= bound * (1 + 1e-6)
            assert report[f"{begin}.out_proj.weight"].std == pytest.approx(factor * glorot)
        wide = factor * math.sqrt(2 / (64 + 256))
        assert report[f"{side}.0.linear1.weight"].std == pytest.approx(wide, rel=1e-12)
        assert report[f"{side}.0.linear2.weight"].std == pytest.approx(wide, rel=1e-12)
    tied = report["head.weight"]  # 1/√width, also where the head decides the fan
    assert tied.std == pytest.approx(36**-0.25 / 8, rel=1e-12)
    assert all(row.law == "0" for row in report.rows if row.role == "bias")


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize(
    ("rule", "std"),
    [("wte.weight=embedding_normal", 1 / 8), ("role:embedding=embedding_normal(gain=2)", 1 / 4),
     ("role:table=mitchell_embedding", 0.98657839 / 8)],
)  # fmt: skip
def test_a_method_for_tables_takes_their_width_also_where_they_are_tied(rule, std, tied):
    model = nn.ModuleDict({"wte": nn.Embedding(1000, 64), "head": nn.Linear(64, 1000, bias=False)})
    if tied:
        model["head"].weight = model["wte"].weight
    report = initlab.initialize(model, f"he_normal; {rule}", seed=0)
    assert report["head.weight" if tied else "wte.weight"].std == pytest.approx(std, rel=1e-6)
    assert report["wte.weight"].actual_std == pytest.approx(std, rel=0.02)


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


class T5Block(nn.Module):
    def __init__(self, width, heads, head):
        super().__init__()
        inner = heads * head
        self.q, self.k = nn.Linear(width, inner, bias=False), nn.Linear(width, inner, bias=False)
        self.v, self.o = nn.Linear(width, inner, bias=False), nn.Linear(inner, width, bias=False)
        self.relative_attention_bias = nn.Embedding(32, heads)
        self.wi, self.wo = nn.Linear(width, 256, bias=False), nn.Linear(256, width, bias=False)


def test_t5_has_the_stds_of_its_program():
    width, heads, head = 96, 4, 16
    model = nn.ModuleDict({"shared": nn.Embedding(50, width), "block": T5Block(width, heads, head)})
    report = initlab.initialize(model, f"recipe:t5(width={width}, head={head})", seed=0)
    stds = {
        "shared": 1, "block.q": (width * head) ** -0.5, "block.k": width**-0.5,
        "block.v": width**-0.5, "block.o": (heads * head) ** -0.5,
        "block.relative_attention_bias": width**-0.5, "block.wi": width**-0.5,
        "block.wo": 256**-0.5,
    }  # fmt: skip
    for name, std in stds.items():
        assert report[f"{name}.weight"].std == pytest.approx(std, rel=1e-9), name


def test_olmo_has_the_stds_of_its_program():
    width, hidden = 64, 256

    class OlmoBlock(nn.Module):
        def __init__(self):
            super().__init__()
            self.att_proj, self.attn_out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.ff_proj, self.ff_out = nn.Linear(width, hidden), nn.Linear(hidden, width)

    model = nn.ModuleDict({
        "wte": nn.Embedding(100, width), "blocks": nn.ModuleList(OlmoBlock() for _ in range(3)),
        "ff_out": nn.Linear(width, 100),
    })  # fmt: skip
    report = initlab.initialize(nn.ModuleDict({"transformer": model}), "recipe:olmo", seed=0)
    cut = 0.98657838  # std of N(0, 1) within 3 stds
    assert report["transformer.wte.weight"].std == pytest.approx(cut / width**0.5, rel=1e-6)
    assert report["transformer.ff_out.weight"].std == pytest.approx(cut / width**0.5, rel=1e-6)
    for k in range(3):
        block = f"transformer.blocks.{k}"
        for name, std in (
            ("att_proj", width**-0.5),
            ("attn_out", (2 * width * (k + 1)) ** -0.5),
            ("ff_out", (2 * hidden * (k + 1)) ** -0.5),
        ):
            assert report[f"{block}.{name}.weight"].std == pytest.approx(cut * std, rel=1e-6)


def test_chrono_gives_an_lstm_biases_of_times_up_to_the_longest():
    layer = nn.LSTM(5, 400)
    initlab.initialize(layer, "recipe:chrono(longest=50)", seed=0)
    inward, forget, cell, out = layer.bias_ih_l0.detach().chunk(4)
    assert torch.equal(inward, -forget)
    assert cell.eq(0).all()
    assert out.eq(0).all()
    times = forget.exp()
    assert 1 <= times.min().item() < 2
    assert 47 < times.max().item() <= 49
    assert times.mean().item() == pytest.approx(25, rel=0.1)
    assert layer.bias_hh_l0.eq(0).all()


def test_rules_may_follow_a_recipe_and_its_arguments_are_checked():
    found = parse_init("recipe:gpt2; *.head.weight=0")
    assert str(found) == f"{initlab.recipe('gpt2')}; *.head.weight=0"
    assert str(parse_init("recipe:t5(head=128)")) == str(initlab.recipe("t5", head=128))
    for text, words in {
        "recipe:t5(heads=1)": "argument must be one of width, head",
        "recipe:gpt2(width=3)": "width must be left out; got 3. .* The recipe takes no",
        "recipe:t5(head=0)": "head must be a finite number > 0",
        "recipe:t5(head=a)": "head must be a finite number > 0; got 'a'",
        "recipe:t5(head=64": "a name or a call such as",
        "recipe:gtp2(a=1)": "Did you mean 'gpt2'",
    }.items():
        with pytest.raises(ArgumentError, match=words):
            parse_init(text)
