"""A module's calls -> the dense network it computes, if it is a plain stack of Linear layers.

Such a stack goes to the dense engine, which is faster. The graph is traced symbolically, so that
a forward written by hand counts as well as a Sequential. What is not recognised with certainty is
no stack.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from initlab.modules.computation import Call, traced
from initlab.modules.framework import load_torch
from initlab.nonlinearities.table import TABLE

if TYPE_CHECKING:
    from torch.nn import Module

FLATTENING = ("flatten", "view", "reshape")
FUNCTIONS = {row.torch[1]: name for name, row in TABLE.items() if row.torch[1]}
LAYERS: dict[str, tuple[str, dict[str, tuple[Any, ...]]]] = {
    # layer of torch.nn -> what it computes, and the settings that it must have for that
    "Linear": ("linear", {}), "Dropout": ("dropout", {}), "Identity": ("identity", {}),
    "Flatten": ("flatten", {"start_dim": (1,), "end_dim": (-1,)}),
    "LogSoftmax": ("log_softmax", {"dim": (1, -1)}),
}  # fmt: skip
LAYERS |= {
    row.torch[0]: (name, {setting: (value,) for setting, value in row.settings.items()})
    for name, row in TABLE.items() if row.torch[0]
}  # fmt: skip


@dataclass(frozen=True)
class DenseStack:
    """What a module computes.

    Attributes:
        layer_dims: widths from input to output.
        nonlinearity: after each hidden layer.
        dropout: share dropped after each hidden layer.
        layers: names of the Linear layers, first to last.
        log_softmax: whether the outputs are logarithms of probabilities.
    """

    layer_dims: tuple[int, ...]
    nonlinearity: str
    dropout: float
    layers: tuple[str, ...]
    log_softmax: bool = False


def dense_stack(module: Module, features: int) -> DenseStack | None:
    """Return the stack a module computes from samples of so many numbers; None if it is none."""
    found = []
    was_training = module.training
    for training in (False, True):  # a forward may do other things in training
        try:
            module.train(training)
            steps = _chain(module, traced(module))
        except Exception:  # control flow that depends on the data, ...: no plain stack
            steps = None
        finally:
            module.train(was_training)
        if steps is None:
            return None
        found.append(_stack(module, steps, features))
    return found[0] if found[0] == found[1] else None


def _chain(module: Module, calls: Sequence[Call]) -> list[tuple[str, Any]] | None:
    """Return the operations if each takes only the result of the one before."""
    names = {one: name for name, one in module.named_modules()}
    steps: list[tuple[str, Any]] = []
    for number, call in enumerate(calls[:-1]):
        step = _operation(call, names)
        if step is None or call.parameters or call.inputs != ((number - 1,) if number else ()):
            return None
        steps.append(step)
    ((_, output),) = calls[-1].settings
    whole = not isinstance(output, tuple | list | dict)
    return steps if whole and calls[-1].inputs == (len(steps) - 1,) else None


def _operation(call: Call, names: Mapping[Any, str]) -> tuple[str, Any] | None:
    """Name one operation: ("linear", its name), ("relu", None), ("dropout", share), ..."""
    name = call.function
    if call.layer is not None:
        return _layer(call.layer, names[call.layer])
    rest = [value for place, value in call.settings if isinstance(place, int)]
    keywords = {place: value for place, value in call.settings if isinstance(place, str)}
    if name in FLATTENING:
        return _flattening(name, rest, keywords)
    if name == "log_softmax":
        axis = keywords.get("dim", rest[0] if rest else None)
        return (name, None) if axis in (1, -1) else None
    found = _function(call)
    if found is None or rest:
        return None  # also dropout: its `training` may be fixed
    settings = {**TABLE[found].settings, "inplace": keywords.get("inplace")}
    if any(key not in settings or settings[key] != one for key, one in keywords.items()):
        return None
    return found, None


def _function(call: Call) -> str | None:
    """Return the nonlinearity of the table that is this very function of torch."""
    torch = load_torch()
    for function, name in FUNCTIONS.items():
        for place in (torch, torch.nn.functional, torch.Tensor):
            if call.compute is not None and call.compute is getattr(place, function, None):
                return name
    return None


def _flattening(name: str, rest: list[Any], keywords: Mapping[str, Any]) -> tuple[str, Any] | None:
    """Accept what leaves one row per sample: flatten(1), view(-1, n), view(x.size(0), -1)."""
    if len(rest) == 1 and isinstance(rest[0], tuple | list):
        rest = list(rest[0])
    if name == "flatten":
        begins = keywords.get("start_dim", rest[0] if rest else 0)
        return ("flatten", None) if begins == 1 and len(rest) <= 1 else None
    return ("flatten", rest[-1]) if len(rest) == 2 and rest[0] != 1 else None


def _layer(layer: Module, name: str) -> tuple[str, Any] | None:
    kind = type(layer).__name__
    if type(layer) is not getattr(load_torch().nn, kind, None) or kind not in LAYERS:
        return None
    operation, settings = LAYERS[kind]
    if any(getattr(layer, setting) not in allowed for setting, allowed in settings.items()):
        return None
    return operation, {"linear": name, "dropout": getattr(layer, "p", None)}.get(operation)


def _stack(module: Module, steps: list[tuple[str, Any]], features: int) -> DenseStack | None:
    """Read flatten?, (linear, nonlinearity, dropout?)*, linear, log_softmax?."""
    rest = [step for step in steps if step[0] != "identity"]
    while rest and rest[0][0] == "flatten":
        if rest.pop(0)[1] not in (None, -1, features):
            return None
    log_softmax = bool(rest) and rest[-1][0] == "log_softmax"
    rest = rest[:-1] if log_softmax else rest
    places = [k for k, (name, _) in enumerate(rest) if name == "linear"]
    if not places or (places[0], places[-1]) != (0, len(rest) - 1):
        return None
    hidden = set()  # what stands between two Linear layers: nonlinearity, share dropped
    for before, after in pairwise(places):
        names = [name for name, _ in rest[before + 1 : after]]
        if not names or names[0] not in TABLE or names[1:] not in ([], ["dropout"]):
            return None
        hidden.add((names[0], float(rest[after - 1][1]) if names[1:] else 0.0))
    function, share = next(iter(hidden), ("linear", 0.0))
    linear = tuple(rest[k][1] for k in places)
    layers: list[Any] = [module.get_submodule(name) for name in linear]
    dims = [layers[0].in_features, *(one.out_features for one in layers)]
    own = [one for layer in layers for one in (layer.weight, layer.bias)]
    if (
        len(hidden) > 1
        or share >= 1
        or dims[0] != features
        or any(one.in_features != width for one, width in zip(layers, dims, strict=False))
        or len({id(one) for one in layers}) < len(layers)
        or any(one is None or not one.requires_grad for one in own)
        or sum(one.numel() for one in module.parameters()) != sum(one.numel() for one in own)
        or any(layer._forward_hooks or layer._forward_pre_hooks for layer in module.modules())
    ):
        return None
    return DenseStack(tuple(dims), function, share, linear, log_softmax)
