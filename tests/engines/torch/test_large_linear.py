"""Large Linear layers by NumPy's BLAS: torch's own numbers, gradients and complaints."""

from __future__ import annotations

import copy

import pytest

from .making import mlp, nn, torch

from initlab.engines.torch.large_linear import large_linear  # isort: skip

pytestmark = pytest.mark.skipif(not torch.backends.mkl.is_available(), reason="torch has no MKL")
SIZE = (2048, 50)  # samples and features: 2048 x 50 x 41 products are over the limit


def graph(node):
    """Names of the functions that computed something."""
    return node.name() + "".join(graph(one) for one, _ in node.next_functions if one)


def passed(layer, x, quick):
    """Outputs and gradients of a loss that needs all of them."""
    layer, x = copy.deepcopy(layer), x.clone().requires_grad_(True)
    if quick:
        with large_linear(layer):
            y = layer(x)
        assert "AddmmBackward" not in graph(y.grad_fn)
    else:
        y = layer(x)
    (y * torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view(y.shape)).sum().backward()
    return [y.detach(), x.grad, *(one.grad for one in layer.parameters())]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [SIZE, (64, 32, 50), (2048, 1, 50)])
def test_outputs_and_gradients_are_torchs(shape, bias):
    x = torch.randn(shape, dtype=torch.float64)
    layer = nn.Linear(50, 41, bias=bias).double()
    for one, other in zip(passed(layer, x, True), passed(layer, x, False), strict=True):
        assert one.shape == other.shape
        assert torch.allclose(one, other, rtol=1e-12, atol=1e-12)


def test_gradients_of_gradients_are_torchs():
    x, found = torch.randn(SIZE).double(), []
    for quick in (True, False):
        torch.manual_seed(0)
        layer = nn.Linear(50, 41).double()
        at = x.clone().requires_grad_(True)
        if quick:
            with large_linear(layer):
                y = layer(at)
        else:
            y = layer(at)
        (slope,) = torch.autograd.grad((y**2).sum(), at, create_graph=True)
        (slope**2).sum().backward()
        found.append(layer.weight.grad)
    assert torch.allclose(*found, rtol=1e-10)


def test_small_products_wrong_shapes_and_dtypes_are_torchs_own():
    layer = nn.Linear(50, 41)
    with large_linear(layer):
        assert "AddmmBackward" in str(layer(torch.randn(3, 50)).grad_fn)
        with pytest.raises(RuntimeError, match="cannot be multiplied"):
            layer(torch.randn(5000, 49))
        with pytest.raises(RuntimeError, match="dtype"):
            layer(torch.randn(5000, 50).double())
        with torch.autocast("cpu", torch.bfloat16):
            assert layer(torch.randn(SIZE)).dtype == torch.bfloat16
    assert "forward" not in vars(layer)


def test_other_layers_are_left_alone():
    class Own(nn.Linear):
        pass

    others = nn.Sequential(Own(5, 5), nn.Linear(5, 5).bfloat16(), nn.Bilinear(5, 5, 5))
    with large_linear(others):
        assert not any("forward" in vars(layer) for layer in others)
    with large_linear(mlp()) as nothing:
        assert nothing is None
