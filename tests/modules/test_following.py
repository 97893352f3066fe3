"""What follows a layer, as one function of its outputs."""

from __future__ import annotations

import threading

import pytest

from initlab.modules.computation import followed, traced
from initlab.modules.following import followers

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn, functional = torch.nn, torch.nn.functional


class Follows(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.a, self.b, self.function = nn.Linear(4, 4), nn.Linear(4, 4), function
        self.slope = nn.Parameter(torch.full((4,), 0.5))
        self.register_buffer("factor", torch.tensor(3.0))

    def forward(self, x):
        return self.b(self.function(self, self.a(x)))


FUNCTIONS = {
    "a buffer of one number": (lambda m, z: torch.tanh(m.factor * z), "tanh(3*z)"),
    "a learned factor of equal numbers": (lambda m, z: torch.sin(m.slope * z), "sin(0.5*z)"),
    "what is made of a parameter": (
        lambda m, z: torch.sin(functional.softplus(m.slope * 4 - 2) * z), "sin(0.693147*z)"),
    "a parameter that is picked": (lambda m, z: z.relu() * m.slope[1:].neg()[0], "-0.5*relu(z)"),
    "in place, of a copy": (lambda m, z: z.relu() * m.slope.detach().clone().mul_(4), "2*relu(z)"),
    "a tensor that the forward makes": (
        lambda m, z: z * torch.sigmoid(torch.tensor(1.702) * z), "z*sigmoid(1.702*z)"),
    "a norm that is kept from 0": (
        lambda m, z: functional.elu(z / z.norm(dim=-1, keepdim=True).clamp(min=1e-5)), "elu"),
    "a std that is kept from 0": (
        lambda m, z: z / z.std(-1, keepdim=True).clamp_min(1e-5), ""),
    "outputs that are kept from 0": (lambda m, z: z.clamp(1e-4), "clamp(0.0001)"),
    "a factor of what is added": (lambda m, z: m.b(z) + 0.1 * z.tanh() / 2, "tanh"),
    "a learned factor of what is added": (lambda m, z: m.b(z) + z.relu() * (m.slope - 0.5), "relu"),
    "a factor that is the function's": (
        lambda m, z: m.b(z) + z * functional.relu6(z + 3) / 6, "hardswish"),
    "a factor of what is not added": (lambda m, z: 0.1 * z.relu(), "0.1*relu(z)"),
    "a factor that is divided": (lambda m, z: m.b(z) + 2 / z.exp().add(1), "2/(exp(z) + 1)"),
    "dropout in training": (lambda m, z: functional.dropout(z, 0.5).square(), "square(z)"),
    "an exponential": (lambda m, z: z.exp() / z.exp().sum(-1, keepdim=True), ""),
    "a high power": (lambda m, z: z.abs() ** 4, "abs(z)**4"),
    "a random factor": (lambda m, z: functional.elu(z * torch.rand_like(z)), "elu"),
    "a mean": (lambda m, z: (1 + z.relu()).mean(0, keepdim=True), "relu(z) + 1"),
    "what a mean gives": (lambda m, z: z + z.square().mean(0), ""),
    "constants alone": (lambda m, z: (2 * z - 1) / 5, ""),
    "truth values": (lambda m, z: (z > 0).float(), ""),
    "in place": (lambda m, z: z.mul_(2).tanh_(), "tanh(2*z)"),
    "other weights": (lambda m, z: m.b(z).relu(), ""),
}  # fmt: skip


@pytest.mark.parametrize("kind", FUNCTIONS)
@pytest.mark.parametrize("way", ["traced", "followed"])
def test_what_follows_is_one_function_with_its_constants(kind, way):
    function, name = FUNCTIONS[kind]
    model, state = Follows(function), torch.get_rng_state()
    calls = traced(model) if way == "traced" else followed(model, (torch.rand(3, 4),))[1]
    if way == "followed":  # the random factor of the model's own forward
        torch.set_rng_state(state)
    number = next(k for k, call in enumerate(calls) if call.layer is model.a)
    found = followers(calls)(number)
    assert ("" if found is None else found.name) == name
    assert torch.equal(torch.get_rng_state(), state)


def test_slopes_that_differ_are_no_constant():
    model = Follows(lambda m, z: functional.prelu(z, m.slope))
    with torch.no_grad():
        model.slope[0] = 0.1
    calls = traced(model)
    assert followers(calls)(0).name == "prelu"
    assert followers(calls)(0).gains is None
    nn.init.constant_(model.slope, 0.5)
    assert followers(calls)(0).gains[0] == pytest.approx((2 / 1.25) ** 0.5, rel=1e-8)


def test_a_layer_that_cannot_be_copied_is_known_by_its_name():
    model = nn.Sequential(nn.Linear(4, 3), nn.GELU())
    model[1].lock = threading.Lock()
    calls = followed(model, (torch.rand(3, 4),))[1]
    assert followers(calls)(0).name == "gelu"
