"""Norms that are written by hand, known by what they compute."""

from __future__ import annotations

import pytest

import initlab
from initlab.modules.layers import role_of
from initlab.modules.norms import norm_parts

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn


class RootMeanSquare(nn.Module):
    def __init__(self, width=6, shift=0.0):
        super().__init__()
        self.g, self.shift = nn.Parameter(torch.full((width,), 1 - shift)), shift

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * (self.g + self.shift)


class OneMore(RootMeanSquare):
    def __init__(self):
        super().__init__(shift=1.0)


class Channels(nn.Module):  # as ConvNeXt's
    def __init__(self, width=6):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(width))
        self.add = nn.Parameter(torch.zeros(width))

    def forward(self, x):
        x = x - x.mean(1, keepdim=True)
        x = x / (x.square().mean(1, keepdim=True) + 1e-5).sqrt()
        return self.scale[:, None, None] * x + self.add[:, None, None]


class Batch(nn.Module):
    def __init__(self, width=6):
        super().__init__()
        self.w = nn.Parameter(torch.ones(1, width))
        self.b = nn.Parameter(torch.zeros(1, width))
        self.register_buffer("mean", torch.zeros(width))

    def forward(self, x):
        if not self.training:
            return self.w * (x - self.mean) + self.b
        self.mean.lerp_(x.mean(0), 0.1)
        return self.w * (x - x.mean(0)) / (x.std(0) + 1e-5) + self.b


class Scaled(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.weight, self.function = nn.Parameter(torch.ones(6)), function

    def forward(self, x):
        return self.function(self.weight, x)


def scaled(function):
    """A layer of a class of its own: what is measured of one holds for its class."""
    return type("Own", (Scaled,), {})(function)


NORMS = {
    "root mean square": (RootMeanSquare(), {"g": ("scale", 1.0)}),
    "times 1 + weight": (OneMore(), {"g": ("scale", 0.0)}),
    "channels of images": (Channels(), {"scale": ("scale", 1.0), "add": ("bias", 0.0)}),
    "over a batch": (Batch().eval(), {"w": ("scale", 1.0), "b": ("bias", 0.0)}),
    "without numbers": (RootMeanSquare().to("meta"), {"g": ("scale", 1.0)}),
    "a scale": (scaled(lambda w, x: w * x), None),
    "a sign": (scaled(lambda w, x: w * x.sign()), None),
    "a softmax": (scaled(lambda w, x: torch.softmax(w * x, -1)), None),
    "an exponential of the weight": (
        scaled(lambda w, x: x / x.norm(dim=-1, keepdim=True) * w.exp()), None),
    "a layer inside": (nn.Sequential(nn.Linear(2, 2)), None),
}  # fmt: skip


@pytest.mark.parametrize("kind", NORMS)
def test_a_norm_is_known_by_what_it_computes(kind):
    layer, expected = NORMS[kind]
    state = torch.get_rng_state()
    before = {name: one.clone() for name, one in layer.state_dict().items() if not one.is_meta}
    for _ in range(2):
        parts = norm_parts(layer)
        found = None if parts is None else {
            name: (part.role, part.value) for name, part in parts.items()
        }  # fmt: skip
        assert found == expected
    assert (role_of(layer) == "norm") is (expected is not None)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(one, layer.state_dict()[name]) for name, one in before.items())


def test_instances_of_one_class_may_differ_in_their_parameters():
    class Own(nn.Module):
        def __init__(self, width, bias):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(width))
            self.bias = nn.Parameter(torch.zeros(width)) if bias else None

        def forward(self, x):
            return nn.functional.layer_norm(x, self.weight.shape, self.weight, self.bias)

    layers = Own(1, False), Own(6, False), Own(6, True)
    found = [set(norm_parts(layer) or ()) for layer in layers]
    assert found == [set(), {"weight"}, {"weight", "bias"}]


def test_a_norm_of_any_class_is_set_as_norms_are_and_ends_no_branch():
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.a, self.b = RootMeanSquare(), nn.Linear(6, 6), nn.Linear(6, 6)

        def forward(self, x):
            return self.b(x + self.norm(self.a(x)))

    model = Block()
    nn.init.normal_(model.norm.g)
    report = initlab.initialize(model, "auto", seed=0)
    assert (report["norm.g"].done, report["norm.g"].law) == ("set", "1")
    assert "residual" not in report["a.weight"].note
    assert initlab.initialize(model, "default; role:norm=0.5", seed=0)["norm.g"].std == 0
