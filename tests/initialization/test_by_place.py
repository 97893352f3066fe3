"""Methods that the weight's place completes: numbers in names, branches counted by hand."""

from __future__ import annotations

import math

import pytest

import initlab
from initlab.errors import ArgumentError, InitlabError
from initlab.initialization.by_place import layers_beside, positions
from initlab.initialization.case import parse_init

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn


class Branch(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.gain, self.shift = nn.Parameter(torch.ones(1)), nn.Parameter(torch.zeros(1))

    def forward(self, x):
        y = x + self.shift
        for layer in self.layers:
            y = layer(torch.relu(y))
        return x + y * self.gain


class Plain(nn.Module):
    def __init__(self, branches=5, depth=3, width=32):
        super().__init__()
        self.stem = nn.Linear(8, width)
        self.blocks = nn.ModuleList(Branch(width, depth) for _ in range(branches))
        self.head = nn.Linear(width, 4)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


@pytest.mark.parametrize(("branches", "depth"), [(5, 3), (4, 2), (2, 4)])
def test_fixup_scales_a_branch_by_its_depth_and_the_number_of_branches(branches, depth):
    model = Plain(branches, depth)
    report = initlab.initialize(model, "recipe:fixup", seed=0)
    factor = branches ** (-1 / (2 * depth - 2))  # Zhang et al. 2019, L^(-1/(2m-2))
    for k in range(branches):
        for j in range(depth - 1):
            row = report[f"blocks.{k}.layers.{j}.weight"]
            assert row.std == pytest.approx(math.sqrt(2 / 32) * factor, rel=1e-12)
            if depth == 2:  # the depth that fixup has by default
                assert row.law == f"fixup(branches={branches})"
            else:
                assert f"depth={depth}" in row.law
        assert model.blocks[k].layers[-1].weight.eq(0).all()
        assert model.blocks[k].gain.item() == 1
        assert model.blocks[k].shift.item() == 0
    assert report["stem.weight"].std == pytest.approx(math.sqrt(2 / 8), rel=1e-12)
    x = torch.randn(5, 8)
    assert model.head(x.new_ones(5, 32)).eq(0).all()
    assert torch.equal(model.blocks[0](model.stem(x)), model.stem(x))  # branches are identities


def test_skipinit_sets_the_scalars_of_branches_to_0():
    model = Plain()
    initlab.initialize(model, "recipe:skipinit", seed=0)
    x = model.stem(torch.randn(5, 8))
    assert all(block.gain.item() == 0 and torch.equal(block(x), x) for block in model.blocks)
    assert model.blocks[0].layers[2].weight.std().item() == pytest.approx(0.25, rel=0.1)


def test_layers_are_counted_by_the_numbers_in_names():
    names = ["h.0.fc.weight", "h.11.fc.weight", "enc.layers.2.w", "3.weight", "head.weight"]
    assert positions(names) == {
        "h.0.fc.weight": (0, 12), "h.11.fc.weight": (11, 12), "enc.layers.2.w": (2, 3),
        "3.weight": (3, 4),
    }  # fmt: skip


def test_a_parameter_without_a_number_counts_the_layers_of_its_own_part():
    numbers = positions(["model.enc.h.5.w", "model.enc.h.0.w", "model.dec.h.3.w"])
    assert layers_beside("model.dec.embed.weight", numbers) == 4
    assert layers_beside("model.enc.embed.weight", numbers) == 6
    assert layers_beside("model.shared.weight", numbers) == 6
    assert layers_beside("head.weight", numbers) == 6
    assert layers_beside("weight", {}) == 0


@pytest.mark.parametrize(
    ("spec", "std"),
    [
        ("mitchell_out", lambda k: 0.98657839 / math.sqrt(2 * 32 * (k + 1))),
        ("depth_normal", lambda k: 0.02 / math.sqrt(2 * (k + 1))),
        ("gpt2_residual(std=0.1)", lambda k: 0.1 / math.sqrt(10)),
        ("depth_scaled_uniform", lambda k: math.sqrt(2 / 64) / math.sqrt(k + 1)),
        ("tfixup(side=decoder)", lambda k: math.sqrt(2 / 64) * 45**-0.25),
    ],
)
def test_a_method_of_a_layer_takes_it_from_the_name(spec, std):
    report = initlab.initialize(Plain(), f"he_normal; role:residual={spec}", seed=0)
    for k in range(5):
        row = report[f"blocks.{k}.layers.2.weight"]
        assert row.std == pytest.approx(std(k), rel=1e-6)
        init = parse_init(spec)
        expected = f"chosen by the init {init} according to this parameter's place in the model"
        assert row.note == expected
    assert report["blocks.0.layers.2.bias"].law == "0"


def test_what_the_place_does_not_give_is_asked_for():
    with pytest.raises(ArgumentError, match=r"layer must be given, such as mitchell_out"):
        initlab.initialize(nn.ModuleDict({"fc": nn.Linear(4, 4)}), "mitchell_out", seed=0)
    with pytest.raises(InitlabError, match="without methods that count residual branches"):
        initlab.initialize(nn.ModuleDict({"fc": nn.Linear(4, 4)}), "fixup", seed=0)
    for init, hint in (("mitchell_out", r"Give all arguments: mitchell_out\(layer\)"),
                       ("auto", "Name a method, such as he_normal")):  # fmt: skip
        with pytest.raises(ArgumentError, match=f"takes neither nonlinearities nor.*{hint}"):
            initlab.draw_network(init, [2, 3, 1], seed=0)
    assert str(parse_init("fixup(branches=8)")) == "fixup(branches=8)"


def test_fixup_sets_the_only_weight_of_a_branch_to_zeros():
    model = Plain(3, 1)
    initlab.initialize(model, "fixup", seed=0)
    assert all(block.layers[0].weight.eq(0).all() for block in model.blocks)
