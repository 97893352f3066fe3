"""A module -> the same module in training mode, with nothing dropped at random."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from initlab.engines.torch.units import resting
from initlab.modules.framework import load_torch

if TYPE_CHECKING:
    from torch.nn import Module

INSIDE = ("MultiheadAttention", "RNN", "LSTM", "GRU")  # they drop by a number of their own
BRANCHES = ("StochasticDepth",)
FUSED = "scaled_dot_product_attention"


@contextlib.contextmanager
def in_training_without_dropout(module: Module) -> Iterator[None]:
    """Put a module in training mode, so that norms take the batch's statistics, but drop nothing.

    Layers of dropout and of stochastic depth rest, also those inside attention and recurrent
    layers, and so do functions: ``dropout`` gives back what it is given. The modes and numbers
    are for the caller to put back: :func:`initlab.diagnosis.no_trace.no_trace`.
    """
    torch = load_torch()
    module.train()
    layers: list[Any] = list(module.modules())
    for layer in layers:
        bases = [one.__name__ for one in type(layer).__mro__]
        if any(name in INSIDE for name in bases) and hasattr(layer, "dropout"):
            layer.dropout = 0.0
        if any(name in BRANCHES for name in bases):
            layer.eval()
        if getattr(layer, "inplace", False) is True and next(layer.children(), None) is None:
            layer.inplace = False  # the slope of some is computed from what they overwrite

    class Calm(torch.overrides.TorchFunctionMode):  # type: ignore[misc, name-defined]
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            given = dict(kwargs or {})
            name = getattr(func, "__name__", "")
            if "dropout" in name and args and isinstance(args[0], torch.Tensor):
                return args[0]
            if name == FUSED:
                args = (*args[:4], 0.0, *args[5:]) if len(args) > 4 else args
                given.pop("dropout_p", None)
            return func(*args, **given)

    compiled = any(hasattr(layer, "_orig_mod") for layer in layers)
    eager = torch.compiler.set_stance("force_eager") if compiled else contextlib.nullcontext()
    with resting(module), Calm(), eager:
        yield
