"""Fans of every layer kind, against counts made by hand and by torch's own gradient."""

from __future__ import annotations

import pytest

from initlab.initializers.axes import size_of
from initlab.initializers.fan import Fan
from initlab.modules.layers import parts_of

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn

BY_HAND = {  # layer, parameter, fan_in, fan_out, receptive
    "linear": (lambda: nn.Linear(5, 3), "weight", Fan(5, 3)),
    "bilinear": (lambda: nn.Bilinear(2, 3, 4), "weight", Fan(6, 4)),
    "conv1d": (lambda: nn.Conv1d(4, 8, 5), "weight", Fan(20, 40, 5)),
    "conv2d": (lambda: nn.Conv2d(3, 64, 5), "weight", Fan(75, 1600, 25)),
    "conv3d": (lambda: nn.Conv3d(2, 4, (1, 2, 3)), "weight", Fan(12, 24, 6)),
    "grouped": (lambda: nn.Conv2d(16, 32, 3, groups=4), "weight", Fan(36, 72, 9)),
    "depthwise": (lambda: nn.Conv2d(6, 12, 3, groups=6), "weight", Fan(9, 18, 9)),
    "transposed": (lambda: nn.ConvTranspose2d(16, 4, 3), "weight", Fan(144, 36, 9)),
    "transposed1d": (lambda: nn.ConvTranspose1d(6, 2, 4), "weight", Fan(24, 8, 4)),
    "transposed3d": (lambda: nn.ConvTranspose3d(6, 2, 2), "weight", Fan(48, 16, 8)),
    "transposed, groups": (
        lambda: nn.ConvTranspose2d(8, 4, 3, groups=2),
        "weight",
        Fan(36, 18, 9),
    ),
    "embedding": (lambda: nn.Embedding(1000, 64), "weight", Fan(1, 64)),
    "rnn": (lambda: nn.RNN(6, 7), "weight_hh_l0", Fan(7, 7)),
    "lstm, input": (lambda: nn.LSTM(6, 7), "weight_ih_l0", Fan(6, 7)),
    "lstm, recurrent": (lambda: nn.LSTM(6, 7), "weight_hh_l0", Fan(7, 7)),
    "lstm, upper layer": (
        lambda: nn.LSTM(6, 7, num_layers=2, bidirectional=True),
        "weight_ih_l1_reverse",
        Fan(14, 7),
    ),
    "lstm, projected": (lambda: nn.LSTM(6, 7, proj_size=2), "weight_hh_l0", Fan(2, 7)),
    "lstm, projection": (lambda: nn.LSTM(6, 7, proj_size=2), "weight_hr_l0", Fan(7, 2)),
    "gru": (lambda: nn.GRU(6, 7), "weight_ih_l0", Fan(6, 7)),
    "lstm cell": (lambda: nn.LSTMCell(6, 7), "weight_ih", Fan(6, 7)),
    "gru bias": (lambda: nn.GRU(6, 7), "bias_ih_l0", Fan(6, 7)),
    "packed attention": (lambda: nn.MultiheadAttention(64, 4), "in_proj_weight", Fan(64, 64)),
    "attention, key": (
        lambda: nn.MultiheadAttention(8, 2, kdim=6, vdim=5),
        "k_proj_weight",
        Fan(6, 8),
    ),
    "attention, value": (
        lambda: nn.MultiheadAttention(8, 2, kdim=6, vdim=5),
        "v_proj_weight",
        Fan(5, 8),
    ),
}


@pytest.mark.parametrize("kind", BY_HAND)
def test_fans_are_those_counted_by_hand(kind):
    make, name, expected = BY_HAND[kind]
    assert parts_of(make())[name].fan == expected


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Conv2d(4, 6, 3, groups=2, padding=2, bias=False),
        lambda: nn.ConvTranspose2d(4, 6, 3, groups=2, bias=False),
        lambda: nn.Conv1d(4, 6, 3, padding=2, bias=False),
    ],
)
def test_fans_are_the_connections_that_an_impulse_and_a_gradient_meet(make):
    # with all weights 1, an inner output sums fan_in ones, and an inner input reaches fan_out
    layer = make()
    nn.init.ones_(layer.weight)
    size = (9,) * len(layer.kernel_size)
    x = torch.ones(1, 4, *size, requires_grad=True)
    y = layer(x)
    y.sum().backward()
    centre = (0, 0, *(width // 2 for width in size))
    fan = parts_of(layer)["weight"].fan
    assert y[centre].item() == fan.fan_in
    assert x.grad[centre].item() == fan.fan_out


@pytest.mark.parametrize("kind", [kind for kind in BY_HAND if "bias" not in kind])
def test_the_axes_spell_the_matrix_of_the_fan(kind):
    make, name, fan = BY_HAND[kind]
    layer = make()
    part = parts_of(layer)[name]
    assert part.axes.matrix_shape(part.view)[-2:] == fan.matrix
    assert size_of(part.view, tuple(range(len(part.view)))) == getattr(layer, name).numel()
