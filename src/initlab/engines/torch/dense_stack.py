"""A module's graph -> the dense network it computes, if it is a plain stack of Linear layers.

Such a stack goes to the dense engine, which is faster. The graph is traced symbolically, so that
a forward written by hand counts as well as a Sequential. What is not recognised with certainty is
no stack.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import Any

from initlab.modules.framework import load_torch

FLATTENING = ("flatten", "view", "reshape")


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


def dense_stack(module: Any, features: int) -> DenseStack | None:
    """Return the stack a module computes from samples of so many numbers; None if it is none."""
    torch = load_torch()
    found = []
    was_training = module.training
    for training in (False, True):  # a forward may do other things in training
        try:
            module.train(training)
            steps = _chain(module, torch.fx.symbolic_trace(module).graph)
        except Exception:  # control flow that depends on the data, ...: no plain stack
            steps = None
        finally:
            module.train(was_training)
        if steps is None:
            return None
        found.append(_stack(module, steps, features))
    return found[0] if found[0] == found[1] else None


def _chain(module: Any, graph: Any) -> list[tuple[str, Any]] | None:
    """Return the operations if each takes only the result of the one before."""
    nodes = list(graph.nodes)
    if [node.op for node in nodes].count("placeholder") != 1 or nodes[0].op != "placeholder":
        return None
    steps: list[tuple[str, Any]] = []
    previous = nodes[0]
    for node in nodes[1:]:
        if node.op == "output":
            return steps if node.args == (previous,) else None
        if _reads_size(node, nodes[0]):
            continue  # x.size(0), x.shape: only the argument of a view
        if not node.args or node.args[0] is not previous:
            return None
        step = _operation(module, node)
        if step is None:
            return None
        steps.append(step)
        previous = node
    return None


def _reads_size(node: Any, source: Any) -> bool:
    if node.op == "call_method" and node.target == "size":
        return bool(node.args[0] is source)
    if node.op == "call_function" and node.target is getattr:
        return node.args[0] is source and node.args[1] == "shape"
    if node.op == "call_function" and node.target is operator.getitem:
        return bool(_reads_size(node.args[0], source))
    return False


def _operation(module: Any, node: Any) -> tuple[str, Any] | None:
    """Name one operation: ("linear", its name), ("relu", None), ("dropout", share), ..."""
    torch = load_torch()
    nn, functional = torch.nn, torch.nn.functional
    if node.op == "call_module":
        return _layer(nn, module.get_submodule(node.target), node.target)
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    if name in FLATTENING:
        return _flattening(node, name)
    plain = len(node.args) == 1 and set(node.kwargs) <= {"inplace"}
    if node.target is functional.dropout:
        return None  # its `training` may be fixed: not certain
    if node.target is functional.log_softmax or name == "log_softmax":
        return ("log_softmax", None) if _last_axis(node) else None
    known = {
        functional.relu: "relu", torch.relu: "relu", torch.tanh: "tanh",
        functional.tanh: "tanh", torch.sigmoid: "sigmoid", functional.sigmoid: "sigmoid",
        functional.elu: "elu", functional.silu: "silu",
        torch.sin: "sin", functional.gelu: "gelu", functional.leaky_relu: "leaky_relu",
    }  # fmt: skip
    if node.op == "call_method" and name in ("relu", "tanh", "sigmoid", "sin") and plain:
        return name, None
    if node.op == "call_function" and node.target in known and plain:
        return known[node.target], None
    return None


def _flattening(node: Any, name: str) -> tuple[str, Any] | None:
    """Accept what leaves one row per sample: flatten(1), view(-1, n), view(x.size(0), -1)."""
    rest = list(node.args[1:])
    if len(rest) == 1 and isinstance(rest[0], tuple | list):
        rest = list(rest[0])
    if name == "flatten":
        begins = node.kwargs.get("start_dim", rest[0] if rest else 0)
        return ("flatten", None) if begins == 1 and len(rest) <= 1 else None
    return ("flatten", rest[-1]) if len(rest) == 2 and rest[0] != 1 else None


def _last_axis(node: Any) -> bool:
    axis = node.kwargs.get("dim", node.args[1] if len(node.args) > 1 else None)
    return axis in (1, -1)


def _layer(nn: Any, layer: Any, name: str) -> tuple[str, Any] | None:
    if type(layer) is nn.Linear:
        return "linear", name
    if type(layer) is nn.Flatten:
        return ("flatten", None) if layer.start_dim == 1 and layer.end_dim == -1 else None
    if type(layer) is nn.Dropout:
        return "dropout", float(layer.p)
    if type(layer) is nn.Identity:
        return "identity", None
    if type(layer) is nn.LogSoftmax:
        return ("log_softmax", None) if layer.dim in (1, -1) else None
    plain = {
        nn.ReLU: "relu", nn.Tanh: "tanh", nn.Sigmoid: "sigmoid", nn.SiLU: "silu",
    }  # fmt: skip
    if type(layer) in plain:
        return plain[type(layer)], None
    if type(layer) is nn.LeakyReLU:
        return ("leaky_relu", None) if layer.negative_slope == 0.01 else None
    if type(layer) is nn.ELU:
        return ("elu", None) if layer.alpha == 1 else None
    if type(layer) is nn.GELU:
        return ("gelu", None) if layer.approximate == "none" else None
    return None


def _stack(module: Any, steps: list[tuple[str, Any]], features: int) -> DenseStack | None:
    """Read flatten?, (linear, nonlinearity, dropout?)*, linear, log_softmax?."""
    rest = [step for step in steps if step[0] != "identity"]
    while rest and rest[0][0] == "flatten":
        if rest[0][1] not in (None, -1, features):
            return None
        rest = rest[1:]
    log_softmax = bool(rest) and rest[-1][0] == "log_softmax"
    if log_softmax:
        rest = rest[:-1]
    layers: list[str] = []
    functions: list[str] = []
    shares: list[float] = []
    while rest and rest[0][0] == "linear":
        layers.append(rest[0][1])
        rest = rest[1:]
        if not rest:
            break
        if rest[0][0] in ("linear", "flatten", "dropout", "log_softmax"):
            return None
        functions.append(rest[0][0])
        rest = rest[1:]
        dropped = bool(rest) and rest[0][0] == "dropout"
        shares.append(rest[0][1] if dropped else 0.0)
        rest = rest[dropped:]
    return None if rest else _checked(module, layers, functions, shares, features, log_softmax)


def _checked(
    module: Any, layers: list[str], functions: list[str], shares: list[float], features: int,
    log_softmax: bool,
) -> DenseStack | None:  # fmt: skip
    found = [module.get_submodule(name) for name in layers]
    if (
        not found
        or len(functions) != len(layers) - 1
        or len({id(one) for one in found}) < len(found)
    ):
        return None
    if len(set(functions)) > 1 or len(set(shares)) > 1 or (shares and shares[0] >= 1):
        return None
    dims = [found[0].in_features, *(one.out_features for one in found)]
    fits = all(one.in_features == width for one, width in zip(found, dims[:-1], strict=True))
    own = [one for layer in found for one in (layer.weight, layer.bias)]
    whole = sum(math.prod(one.shape) for one in module.parameters())
    if dims[0] != features or not fits or any(one is None for one in own):
        return None
    if any(not one.requires_grad for one in own) or whole != sum(one.numel() for one in own):
        return None
    if any(layer._forward_hooks or layer._forward_pre_hooks for layer in module.modules()):
        return None
    name = functions[0] if functions else "linear"
    return DenseStack(tuple(dims), name, shares[0] if shares else 0.0, tuple(layers), log_softmax)
