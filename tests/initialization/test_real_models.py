"""Small models as real libraries build them: each once lost, or kept, what it should not have."""

from __future__ import annotations

import math

import pytest

import initlab
from initlab.errors import ArgumentError

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn

VOCABULARY, WIDTH = 500, 64


class Conv1D(nn.Module):
    def __init__(self, width, inputs):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, width).normal_(std=0.02))
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, x):
        return x @ self.weight + self.bias


Conv1D.__module__, Conv1D.__qualname__ = "transformers.pytorch_utils", "Conv1D"


class RMSNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(WIDTH))

    def forward(self, x):
        return self.weight * x / x.square().mean(-1, keepdim=True).sqrt()


class GPT(nn.Module):
    """Embedding, blocks of Conv1D, a tied head; the head declared first or last."""

    def __init__(self, head_first=False):
        super().__init__()
        if head_first:
            self.head = nn.Linear(WIDTH, VOCABULARY, bias=False)
        self.wte = nn.Embedding(VOCABULARY, WIDTH)
        self.blocks = nn.ModuleList(
            nn.ModuleDict({"up": Conv1D(4 * WIDTH, WIDTH), "down": Conv1D(WIDTH, 4 * WIDTH),
                           "ln": nn.LayerNorm(WIDTH)})
            for _ in range(3)
        )  # fmt: skip
        self.norm = RMSNorm()
        if not head_first:
            self.head = nn.Linear(WIDTH, VOCABULARY, bias=False)
        self.head.weight = self.wte.weight

    def forward(self, tokens):
        x = self.wte(tokens)
        for block in self.blocks:
            x = x + block["down"](torch.relu(block["up"](block["ln"](x))))
        return self.head(self.norm(x))


@pytest.mark.parametrize("head_first", [False, True])
def test_gpt2_is_set_whole_and_its_loss_is_that_of_random_guessing(head_first):
    model = GPT(head_first)
    report = initlab.initialize(model, "lecun_normal", seed=0)
    assert {row.done for row in report.rows if row.name != "wte.weight"} == {"set"}
    assert (report["norm.weight"].law, report["norm.weight"].role) == ("1", "scale")  # of its own
    assert report["blocks.0.up.weight"].fan_in == WIDTH
    tokens = torch.arange(VOCABULARY)
    generator = torch.Generator().manual_seed(0)
    target = torch.randint(VOCABULARY, (VOCABULARY,), generator=generator)
    loss = nn.functional.cross_entropy(model(tokens), target).item()
    assert loss == pytest.approx(math.log(VOCABULARY), rel=0.1)


class Experts(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1 = nn.Parameter(torch.empty(8, 128, 64).normal_())
        self.b1 = nn.Parameter(torch.empty(8, 128).normal_())


def test_experts_are_asked_for_and_one_line_says_what_they_are():
    model = nn.ModuleDict({"a": Experts(), "b": Experts()})
    report = initlab.initialize(model, "he_normal", seed=0)
    assert len(report.names("not recognised")) == 4
    assert report["a.w1"].note == (
        "initlab does not know the input and output axes of this parameter of Experts; give them, "
        "such as axes={'a.w1': {'in_axis': 1, 'out_axis': 0}}, or give a number in a rule"
    )
    axes = {"*.w1": {"batch_axis": 0, "out_axis": 1, "in_axis": 2}, "*.b1": "bias"}
    report = initlab.initialize(model, "he_normal", seed=0, axes=axes)
    assert not report.names("not recognised")
    for one in (model["a"].w1, model["b"].w1):
        assert one.std().item() == pytest.approx((2 / 64) ** 0.5, rel=0.02)


def test_what_mamba_marks_is_kept():
    model = nn.Sequential(nn.Linear(4, 400))
    model[0].bias.data.uniform_(-5, -2)
    model[0].bias._no_reinit = True
    before = model[0].bias.clone()
    report = initlab.initialize(model, "he_normal", seed=0)
    assert torch.equal(model[0].bias, before)
    words = "chosen by the model's author: the parameter has the attribute _no_reinit"
    assert report["0.bias"].note == words
    assert initlab.initialize(model, "he_normal; 0.bias=0", seed=0)["0.bias"].done == "set"


class DiTBlock(nn.Module):
    """adaLN-Zero: a modulation of zeros, so that the block begins as the identity."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(32, elementwise_affine=False)
        self.mlp = nn.Sequential(nn.Linear(32, 128), nn.GELU(), nn.Linear(128, 32))
        self.modulation = nn.Sequential(nn.SiLU(), nn.Linear(32, 96))
        nn.init.zeros_(self.modulation[1].weight)
        nn.init.zeros_(self.modulation[1].bias)

    def forward(self, x, condition):
        shift, scale, gate = self.modulation(condition).chunk(3, -1)
        return x + gate * self.mlp(self.norm(x) * (1 + scale) + shift)


class ResidualBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8)
        nn.init.zeros_(self.norm.weight)

    def forward(self, x):
        return x + self.norm(self.conv(x))


@pytest.mark.parametrize("spec", ["he_normal", "auto", "default", "recipe:bert"])
def test_blocks_that_begin_as_the_identity_do_so_after(spec):
    for block, inputs in ((DiTBlock(), (torch.rand(4, 32), torch.rand(4, 32))),
                          (ResidualBlock(), (torch.rand(2, 8, 6, 6),))):  # fmt: skip
        report = initlab.initialize(block, spec, seed=0)
        assert torch.equal(block(*inputs), inputs[0])
        kept = report.names("kept")
        note = "chosen by the model's author: each number is 0; "
        assert report[kept[0]].note.startswith(note)


class GraphConv(nn.Module):
    """As graph libraries write them: bare parameters, a product with the neighbours."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs))
        self.root = nn.Parameter(torch.randn(inputs, outputs))
        self.bias = nn.Parameter(torch.randn(outputs))

    def forward(self, x, adjacency):
        return torch.addmm(self.bias, adjacency @ x, self.weight) + x @ self.root


class GraphNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = GraphConv(128, 256), GraphConv(256, 4)

    def forward(self, x, adjacency):
        return self.second(torch.relu(self.first(x, adjacency)), adjacency)


def test_layers_of_bare_parameters_are_set_with_their_fans():
    model = GraphNet()
    report = initlab.initialize(model, "he_normal", seed=0)
    assert set(report.names("set")) == {name for name, _ in model.named_parameters()}
    for one, fan_in in (
        (model.first.weight, 128),
        (model.first.root, 128),
        (model.second.root, 256),
    ):
        assert one.std().item() == pytest.approx((2 / fan_in) ** 0.5, rel=0.06)
    assert model.first.bias.eq(0).all()


def test_a_strided_decoder_keeps_the_variance_of_its_input():
    layer = nn.ConvTranspose2d(64, 64, 2, 2)
    initlab.initialize(layer, "lecun_normal", seed=0)
    x = torch.randn(4, 64, 16, 16, generator=torch.Generator().manual_seed(0))
    assert layer(x).var().item() == pytest.approx(1, rel=0.1)


def test_a_dtype_that_cannot_hold_the_distribution_is_refused():
    for dtype, text in (
        ("bfloat16", "normal(mean=1, std=1e-3)"), ("float16", "normal(std=1e-7)"),
        ("bfloat16", "normal(std=1e-42)"), ("bfloat16", "normal(std=3e38)"),
    ):  # fmt: skip
        layer = nn.Linear(4, 4).to(getattr(torch, dtype))
        with pytest.raises(ArgumentError, match=f"got '{dtype}'.*weight"):
            initlab.initialize(layer, text, seed=0)


def test_meta_and_lazy_models_are_refused_with_the_call_that_fixes_them():
    for make, call in ((lambda: nn.Linear(4, 3, device="meta"), "device='cpu'"),
                       (lambda: nn.LazyLinear(3), r"model\(x\)")):  # fmt: skip
        with pytest.raises(ArgumentError, match=call):
            initlab.initialize(nn.Sequential(make()), "he_normal", seed=0)
