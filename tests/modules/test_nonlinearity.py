"""Which nonlinearity a layer is, by its name and by its values."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.modules.nonlinearity import GRID, measured, named, nonlinearity_of
from initlab.nonlinearities.table import TABLE

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, z):
        return self.function(z)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("ReLU", "relu"), ("relu_", "relu"), ("LeakyReLU", "leaky_relu"), ("Hardswish", "hardswish"),
     ("log_softmax", "log_softmax"), ("Linear", ""), ("linear", ""), ("add", "")],
)  # fmt: skip
def test_a_name_of_torch_tells_the_nonlinearity(name, expected):
    assert named(name) == expected


@pytest.mark.parametrize("name", [name for name in TABLE if name != "linear"])
def test_every_known_function_is_recognised_by_its_values(name):
    layer = Function(lambda z: torch.from_numpy(TABLE[name].value(z.numpy())))
    found = TABLE[measured(layer)]
    assert np.array_equal(found.value(GRID), TABLE[name].value(GRID))


MEASURED = {
    "the identity": (Function(lambda z: z.clone()), ""),
    "unknown": (Function(lambda z: z**2), "Function"),
    "near to one is not one": (Function(lambda z: z.relu() * 1.001), "Function"),
    "depends on others": (Function(lambda z: z - z.mean()), None),
    "depends on its neighbor": (Function(lambda z: z.cumsum(1)), None),
    "another shape": (Function(lambda z: z.flatten()), None),
    "whole numbers": (Function(lambda z: (z > 0).long()), None),
    "fails": (Function(lambda z: z.no_such_thing()), None),
    "holds a layer": (nn.Sequential(nn.ReLU()), None),
    "holds a parameter": (nn.PReLU(), None),
    "random in training only": (nn.Dropout(0.5).train(), ""),
}


@pytest.mark.parametrize("kind", MEASURED)
def test_only_what_is_elementwise_is_a_nonlinearity(kind):
    layer, expected = MEASURED[kind]
    random, training = torch.get_rng_state(), layer.training
    assert measured(layer) == expected
    assert torch.equal(torch.get_rng_state(), random)
    assert layer.training == training


@pytest.mark.parametrize(
    ("layer", "expected"),
    [(nn.ELU(), "elu"), (nn.ELU(0.5), "elu(alpha=0.5)"), (nn.LeakyReLU(), "leaky_relu"),
     (nn.GELU("tanh"), "gelu(approximate='tanh')"), (nn.Tanh(), "tanh"), (nn.PReLU(), "prelu"),
     (nn.Linear(2, 2), ""), (nn.Dropout(), "")],
)  # fmt: skip
def test_settings_of_its_own_are_part_of_the_name(layer, expected):
    assert nonlinearity_of(layer) == expected


def test_values_are_judged_far_from_0_too():
    assert measured(Function(lambda z: torch.clamp(z, -7.9, 7.9))) == "Function"
    assert np.abs(GRID).max() == 8
