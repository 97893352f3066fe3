"""A module that is to be measured -> the same module afterwards, to the last bit and flag."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from initlab.engines.torch.randomness import RandomStream
from initlab.modules.framework import load_torch
from initlab.modules.state import is_same, unchanged
from initlab.randomness import INIT

if TYPE_CHECKING:
    from torch.nn import Module

LARGEST_FROZEN = 2**28  # bytes
HOOKS = ("_backward_hooks", "_post_accumulate_grad_hooks")  # of parameters


@contextlib.contextmanager
def no_trace(module: Module, *, seed: int = 0) -> Iterator[None]:
    """Leave a module, and the process, as they were, whatever is done inside, and however it ends.

    Kept are parameters, their gradients (the same objects), hooks and ``requires_grad``; buffers,
    attributes, hooks and the training mode of every submodule; the global generators of PyTorch
    (of every device that the module is on), NumPy and Python, which are lent a stream of the
    seed's own; grad mode, autocast, and the flags of determinism, cuDNN and the default dtype.
    What is done inside is done with gradients on.

    Parameters are copied, so that any of them may be written into; frozen ones only up to 256 MB
    in all, for a large frozen model is measured for the little that is trained.

    Args:
        module: the module.
        seed: of the random numbers that are drawn inside.
    """
    torch = load_torch()
    parameters = [one for one in module.parameters() if not one.is_meta]
    frozen = sum(one.numel() * one.element_size() for one in parameters if not one.requires_grad)
    states = [
        (one, one.requires_grad, one.grad, _hooks(one),
         one.detach().clone() if one.requires_grad or frozen <= LARGEST_FROZEN else None)
        for one in parameters
    ]  # fmt: skip
    with contextlib.ExitStack() as stack:
        for put, value in _settings(torch):
            stack.callback(put, value)
        stack.callback(_put_back, states)
        stack.enter_context(unchanged(module))
        devices = {one.device for one in parameters if one.is_cuda}
        stack.enter_context(
            torch.random.fork_rng(devices=sorted(one.index or 0 for one in devices))
        )
        for device in sorted(devices, key=str) or [torch.device("cpu")]:
            stack.enter_context(RandomStream(seed, device, name="diagnosis", purpose=INIT).lent())
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        yield


def _hooks(parameter: Any) -> dict[str, dict[Any, Any]]:
    return {name: dict(getattr(parameter, name, None) or {}) for name in HOOKS}


def _put_back(states: list[tuple[Any, bool, Any, dict[str, dict[Any, Any]], Any]]) -> None:
    for one, trained, gradient, hooks, value in states:
        if value is not None and not is_same(one.detach(), value):
            one.data.copy_(value)  # by .data: a graph that the user holds stays valid
        if one.requires_grad != trained:
            one.requires_grad_(trained)
        if one.grad is not gradient:
            one.grad = gradient
        for name, content in hooks.items():
            table = getattr(one, name, None)
            if table is not None and dict(table) != content:
                table.clear()
                table.update(content)


def _settings(torch: Any) -> list[tuple[Callable[[Any], Any], Any]]:
    """Return what puts back the settings of the process that a forward may change."""
    kinds = ("cpu", *(["cuda"] if torch.cuda.is_available() else []))
    cudnn = torch.backends.cudnn
    found: list[tuple[Callable[[Any], Any], Any]] = [
        (torch.set_grad_enabled, torch.is_grad_enabled()),
        (torch.set_default_dtype, torch.get_default_dtype()),
        (torch.set_deterministic_debug_mode, torch.get_deterministic_debug_mode()),
        *((_of_cudnn(cudnn, name), getattr(cudnn, name))
          for name in ("enabled", "benchmark", "deterministic")),
    ]  # fmt: skip
    for kind in kinds:
        found.append((_of_kind(torch.set_autocast_enabled, kind),
                      torch.is_autocast_enabled(kind)))  # fmt: skip
        found.append((_of_kind(torch.set_autocast_dtype, kind), torch.get_autocast_dtype(kind)))
    return found


def _of_cudnn(cudnn: Any, name: str) -> Callable[[Any], None]:
    return lambda value: setattr(cudnn, name, value)


def _of_kind(put: Callable[[str, Any], Any], kind: str) -> Callable[[Any], Any]:
    return lambda value: put(kind, value)
