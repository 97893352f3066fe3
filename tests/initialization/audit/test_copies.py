"""Copies: layers that are equal, rows that are equal, layers drawn from one stream."""

from __future__ import annotations

import copy

import pytest

import initlab

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn


def found(model, name):
    return [one for one in initlab.audit(model).findings if one.name == name]


def encoder():
    layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
    return nn.TransformerEncoder(layer, 3)


def test_layers_of_a_transformer_encoder_are_clones_until_they_are_initialized():
    model = encoder()
    (clones,) = found(model, "cloned_layers")
    assert clones.evidence["layers"] == ["layers.0", "layers.1", "layers.2"]
    assert len(clones.where) == 3 * clones.evidence["parameters"] == 18
    assert clones.severity == "wrong"
    initlab.initialize(model, "he_normal", seed=0)
    assert found(model, "cloned_layers") == []


def test_shared_layers_and_equal_constants_are_no_clones():
    layer = nn.Linear(9, 9)
    model = nn.Sequential(layer, layer, nn.LayerNorm(9), nn.LayerNorm(9))
    assert found(model, "cloned_layers") == []


def test_layers_that_differ_in_one_number_are_no_clones():
    first = nn.Linear(30, 30, bias=False)
    second = copy.deepcopy(first)
    second.weight.data[17, 3] += 1e-3
    assert found(nn.Sequential(first, second), "cloned_layers") == []
    assert len(found(nn.Sequential(first, second), "one_stream")) == 1
    second.weight.data.copy_(first.weight)
    assert len(found(nn.Sequential(first, second), "cloned_layers")) == 1


def test_equal_biases_alone_are_doubtful():
    model = encoder()
    for one in model.parameters():
        if one.dim() > 1:
            nn.init.xavier_uniform_(one)  # as nn.Transformer does: its biases stay copies
    (clones,) = found(model, "cloned_layers")
    assert clones.severity == "doubtful"
    assert all(name.endswith("bias") for name in clones.where)


class Patterns(nn.Module):
    """What is the same in every layer on purpose."""

    def __init__(self):
        super().__init__()
        self.a_log = nn.Parameter(torch.arange(1.0, 17).log().repeat(64, 1))  # as Mamba has it
        angles = torch.arange(100.0)[:, None] / 10000 ** torch.linspace(0, 1, 32)
        self.positions = nn.Embedding.from_pretrained(angles.sin())
        self.cell, self.square = nn.LSTMCell(4, 16), nn.Linear(12, 12)
        with torch.no_grad():
            self.cell.bias_ih.zero_()[16:32] = 1
            self.square.weight.copy_(torch.eye(12))


def test_patterns_that_nobody_drew_are_no_copies():
    torch.manual_seed(0)
    found = initlab.audit(nn.ModuleList([Patterns(), Patterns()]))
    assert found.findings == ()


def seeded(draw, *layers):
    for layer in layers:
        torch.manual_seed(0)
        draw(layer.weight)
    return nn.ModuleList(layers)


@pytest.mark.parametrize("draw", [nn.init.normal_, nn.init.xavier_uniform_, nn.init.uniform_])
def test_one_seed_for_layers_of_other_shapes_is_one_stream(draw):
    model = seeded(draw, *(nn.Linear(n, 50, bias=False) for n in (40, 60, 80)))
    (stream,) = found(model, "one_stream")
    assert stream.where == ("0.weight", "1.weight", "2.weight")
    assert set(stream.evidence["std_over_first"]) == {"1.weight", "2.weight"}


def test_layers_of_one_seed_with_another_std_are_one_stream():
    model = seeded(nn.init.normal_, nn.Linear(40, 50, bias=False), nn.Linear(40, 50, bias=False))
    model[1].weight.data.mul_(0.1)
    (stream,) = found(model, "one_stream")
    assert stream.evidence["std_over_first"]["1.weight"] == pytest.approx(0.1)


def test_layers_drawn_one_after_the_other_are_not_one_stream():
    torch.manual_seed(0)
    model = nn.ModuleList([nn.Linear(40, 50) for _ in range(40)])
    assert initlab.audit(model).findings == ()
    initlab.initialize(model, "he_normal", seed=0)
    assert initlab.audit(model).findings == ()


@pytest.mark.parametrize(
    ("layer", "put"),
    [
        (lambda: nn.Linear(20, 9), lambda w: w[4].copy_(w[7])),
        (lambda: nn.Conv2d(4, 9, 3), lambda w: w[4].copy_(w[7])),
        (lambda: nn.ConvTranspose2d(9, 9, 3), lambda w: w[:, 4].copy_(w[:, 7])),
        (lambda: nn.LSTM(20, 9), lambda w: w[4].copy_(w[30])),
    ],
)
def test_units_with_equal_weights_are_found_by_their_own_axis(layer, put):
    built = layer()
    weight = next(iter(built.parameters()))
    assert found(built, "equal_rows") == []
    with torch.no_grad():
        put(weight)
    (rows,) = found(built, "equal_rows")
    assert rows.evidence["units"] - rows.evidence["distinct"] == 1


def test_rows_of_zeros_and_equal_columns_are_no_equal_units():
    built = nn.Linear(20, 9)
    with torch.no_grad():
        built.weight[2:5] = 0
        built.weight[:, 3] = built.weight[:, 4]
    assert found(built, "equal_rows") == []


def test_rows_of_one_or_two_coarse_numbers_are_equal_by_chance():
    built = nn.Linear(2, 3000).bfloat16()
    assert found(built, "equal_rows") == []
