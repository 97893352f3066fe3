"""A module's large Linear layers on a CPU -> the same products, by NumPy's BLAS.

torch's x86 wheels multiply with MKL, which leaves processors that are not Intel's half idle; the
OpenBLAS in NumPy's wheels does not. A large layer's product is most of a dense network's step.
Elsewhere, and for small layers, torch's own product stays.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import TYPE_CHECKING, Any

from initlab.engines.torch.dropout import Forward, replaced_forwards
from initlab.modules.framework import load_torch

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Linear, Module

FEWEST_PRODUCTS = 2**22  # of one forward pass: below, calling costs what multiplying gains


def large_linear(module: Module) -> AbstractContextManager[None]:
    """Let a module's Linear layers multiply so for a while."""
    return replaced_forwards(module, _fits, _forward)


def _fits(layer: Module) -> bool:
    torch = load_torch()
    return (
        torch.backends.mkl.is_available()
        and type(layer) is torch.nn.Linear
        and layer.weight.device.type == "cpu"
        and layer.weight.dtype in (torch.float32, torch.float64)
    )


def _forward(layer: Linear) -> Forward:
    """Return the forward of one Linear layer."""
    torch, product = load_torch(), _product()

    def forward(x: Tensor) -> Tensor:
        weight, bias = layer.weight, layer.bias
        products = x.numel() * weight.shape[0]
        if (
            products < FEWEST_PRODUCTS
            or type(x) is not torch.Tensor
            or x.dtype != weight.dtype
            or x.shape[-1] != weight.shape[1]
            or torch.is_autocast_enabled("cpu")
        ):
            return torch.nn.functional.linear(x, weight, bias)  # which also says what is wrong
        y = product.apply(x.reshape(-1, x.shape[-1]), weight)
        y = y.view(*x.shape[:-1], -1)
        return y if bias is None else y + bias

    return forward


@cache
def _product() -> Any:
    """Return the autograd function of x Wᵀ."""
    torch = load_torch()

    class Product(torch.autograd.Function):  # type: ignore[name-defined]
        @staticmethod
        def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
            ctx.save_for_backward(x, weight)
            return _times(x, weight.t())

        @staticmethod
        def backward(ctx: Any, gradient: Tensor) -> Any:
            x, weight = ctx.saved_tensors
            # a gradient that is to be differentiated again is torch's matter
            times = torch.matmul if torch.is_grad_enabled() else _times
            wanted = ctx.needs_input_grad
            return (
                times(gradient, weight) if wanted[0] else None,
                times(gradient.t(), x) if wanted[1] else None,
            )

    return Product


def _times(a: Tensor, b: Tensor) -> Tensor:
    return load_torch().from_numpy(a.detach().numpy() @ b.detach().numpy())
