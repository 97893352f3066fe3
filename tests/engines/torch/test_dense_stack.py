"""Which modules are a plain stack of Linear layers, and which only look like one."""

from __future__ import annotations

import numpy as np
import pytest

from .making import Course, Everything, Tied, functional, mlp, nn, torch

from initlab.engines.torch.dense_stack import dense_stack  # isort: skip
from initlab.nonlinearities.table import TABLE  # isort: skip

CLASSES = {row.torch[0]: name for name, row in TABLE.items() if row.torch[0]}
FUNCTIONS = {row.torch[1]: name for name, row in TABLE.items() if row.torch[1]}


class Written(nn.Module):
    """A forward written by hand."""

    def __init__(self, body):
        super().__init__()
        self.a, self.b, self.drop = nn.Linear(6, 5), nn.Linear(5, 3), nn.Dropout(0.2)
        self.body = body

    def forward(self, x):
        return self.body(self, x)


STACKS = {
    "Sequential": mlp(),
    "flatten": nn.Sequential(nn.Flatten(), *mlp((6, 5, 3))),
    "view": Written(lambda m, x: m.b(torch.tanh(m.a(x.view(x.size(0), -1))))),
    "shape": Written(lambda m, x: m.b(m.a(x.reshape(x.shape[0], -1)).relu())),
    "dropout": Written(lambda m, x: m.b(m.drop(functional.relu(m.a(x))))),
    "log_softmax": Written(lambda m, x: functional.log_softmax(m.b(m.a(x).tanh()), dim=1)),
}


@pytest.mark.parametrize("kind", STACKS)
def test_stacks_are_recognised(kind):
    found = dense_stack(STACKS[kind], 6)
    assert found is not None
    assert found.layer_dims[0] == 6
    assert found.layer_dims[-1] == 3
    assert found.dropout == (0.2 if kind == "dropout" else 0)
    assert found.log_softmax == (kind == "log_softmax")


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_of_a_nonlinearity_is_recognised_and_computes_it(kind):
    layer = getattr(nn, kind)()
    assert (
        dense_stack(nn.Sequential(nn.Linear(6, 4), layer, nn.Linear(4, 3)), 6).nonlinearity
        == (CLASSES[kind])
    )
    z = torch.linspace(-8, 8, 333, dtype=torch.float64)
    assert np.allclose(layer(z).numpy(), TABLE[CLASSES[kind]].value(z.numpy()), atol=1e-14)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_of_a_nonlinearity_is_recognised(name):
    function = getattr(functional, name, None) or getattr(torch, name)
    found = dense_stack(Written(lambda m, x: m.b(function(m.a(x)))), 6)
    assert found.nonlinearity == FUNCTIONS[name]
    z = torch.linspace(-8, 8, 333, dtype=torch.float64)
    assert np.allclose(function(z).numpy(), TABLE[FUNCTIONS[name]].value(z.numpy()), atol=1e-14)


def test_the_courses_network_is_one():
    found = dense_stack(Course(), 784)
    assert (found.layer_dims, found.nonlinearity, found.dropout) == (
        (784, 256, 128, 10), "relu", 0.2,
    )  # fmt: skip
    assert found.layers == ("fc1", "fc2", "fc3")


def hooked():
    module = mlp()
    module[0].register_forward_hook(lambda layer, x, y: 2 * y)
    return module


def frozen():
    module = mlp()
    module[0].bias.requires_grad_(False)
    return module


OTHERS = {
    "BatchNorm": Everything(),
    "tied": Tied(),
    "hook": hooked(),
    "frozen": frozen(),
    "no bias": nn.Sequential(nn.Linear(6, 4, bias=False), nn.ReLU(), nn.Linear(4, 3)),
    "two nonlinearities": nn.Sequential(*mlp((6, 5, 4)), nn.ReLU(), nn.Linear(4, 3), nn.Tanh(),
                                        nn.Linear(3, 3)),
    "skip": Written(lambda m, x: m.b(m.a(x).relu() + m.a(x))),
    "scaled": Written(lambda m, x: m.b(2 * m.a(x).relu())),
    "twice": Written(lambda m, x: m.b(m.a(m.a(x) @ torch.ones(5, 6)).relu())),
    "last relu": nn.Sequential(*mlp(), nn.ReLU()),
    "other slope": nn.Sequential(nn.Linear(6, 4), nn.LeakyReLU(0.2), nn.Linear(4, 3)),
    "other alpha": nn.Sequential(nn.Linear(6, 4), nn.CELU(2.0), nn.Linear(4, 3)),
    "other range": nn.Sequential(nn.Linear(6, 4), nn.Hardtanh(-2, 2), nn.Linear(4, 3)),
    "slope by name": Written(lambda m, x: m.b(functional.leaky_relu(m.a(x), negative_slope=0.2))),
    "slope by place": Written(lambda m, x: m.b(functional.leaky_relu(m.a(x), 0.2))),
    "tanh gelu": nn.Sequential(nn.Linear(6, 4), nn.GELU(approximate="tanh"), nn.Linear(4, 3)),
    "by data": Written(lambda m, x: m.b(m.a(x)) if x.sum() > 0 else m.b(m.a(-x))),
    "in training": Written(lambda m, x: m.b(m.a(x).relu() if m.training else m.a(x).tanh())),
    "function dropout": Written(lambda m, x: m.b(functional.dropout(m.a(x).relu(), 0.2))),
    "several outputs": Written(lambda m, x: (m.b(m.a(x).relu()),)),
    "named outputs": Written(lambda m, x: {"logits": m.b(m.a(x).relu())}),
    "parameter unused": Written(lambda m, x: m.a(x)),
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_not_one_with_certainty_is_none(kind):
    assert dense_stack(OTHERS[kind], 6) is None


def test_a_stack_for_other_samples_is_none():
    assert dense_stack(mlp(), 7) is None


def test_looking_leaves_the_mode_as_it_was():
    module = mlp().eval()
    dense_stack(module, 6)
    assert not module.training
