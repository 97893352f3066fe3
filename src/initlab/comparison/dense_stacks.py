"""A module's problem -> the dense problem that computes the same, where there is one.

The dense engines are faster and compute the same: initial parameters and batches are the same, so
that without dropout both agree to rounding.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.datasets import Dataset
from initlab.engines.torch.dense_stack import DenseStack, dense_stack
from initlab.engines.torch.memory import Memory
from initlab.engines.torch.task import BINARY, CLASSES
from initlab.errors import refusal
from initlab.modules.framework import load_torch
from initlab.networks import DenseNetwork
from initlab.networks.dense import Parameters
from initlab.records import CellSpec, Training
from initlab.records.training import DENSE_DTYPES, DENSE_OPTIMIZERS
from initlab.study.dense_problem import DenseProblem, is_watched
from initlab.study.module_problem import ModuleProblem


def as_dense_problem(
    module: ModuleProblem, training: Training, template: Any
) -> tuple[DenseProblem | None, Training]:
    """Return the dense problem, or None, and how it is trained.

    Args:
        module: the module's problem.
        training: how the module is trained.
        template: one of its modules.

    Raises:
        ArgumentError: the dense engine was asked for and cannot train this.
    """
    network = module.problem.module
    assert network is not None
    wanted = network.asked["engine"]
    reason = "" if wanted == "torch" else _obstacle(module, training)
    stack = None
    if wanted != "torch" and not reason:
        train = module.data.train
        assert isinstance(train, Memory)
        features = math.prod(train.inputs[0].shape[1:])
        stack = dense_stack(template.to("cpu"), features)
        reason = "" if stack else "the module is not a plain stack of Linear layers"
        if stack and stack.log_softmax != _wants_log_softmax(module):
            stack, reason = None, "the loss does not fit the stack's outputs"
    if wanted == "dense" and stack is None:
        raise refusal("engine", '"torch" or left out', "dense", hint=f"Here {reason}.")
    if stack is None:
        return None, training
    dense = DenseNetwork(stack.layer_dims, stack.nonlinearity, network.loss, "logits")
    problem = module.problem.replace(network=network.replace(dense=dense))
    names = {
        f"{short}{k}": f"{layer}.{kind}" if layer else kind
        for k, layer in enumerate(stack.layers, start=1)
        for short, kind in (("W", "weight"), ("b", "bias"))
    }

    def drawn(spec: CellSpec) -> Parameters:
        return _weights(module.draw(spec), stack)

    points = _rows_of(module)
    dense_problem = DenseProblem(problem, points, module.notes, drawn=drawn, names=names)
    changes = {"dropout": stack.dropout, "keep_parameters": is_watched(dense)}
    return dense_problem, training.replace(**changes)


def _rows_of(module: ModuleProblem) -> Dataset:
    """Return the samples as rows, as the dense engines and figures take them."""
    data, problem = module.data, module.problem
    train, validation = data.train, data.validation
    assert isinstance(train, Memory)
    assert isinstance(validation, Memory)
    shape = tuple(train.inputs[0].shape[1:])
    image = shape[1:] if len(shape) == 3 and shape[0] == 1 else shape if len(shape) == 2 else ()
    return Dataset(
        problem.recipe,
        _rows(train), train.target.numpy(), _rows(validation), validation.target.numpy(),
        classes=data.classes or tuple(str(k) for k in range(problem.classes or 1)),
        image_shape=image, notes=module.notes, held_out="validation",
    )  # fmt: skip


def _rows(part: Memory) -> NDArray[Any]:
    return np.ascontiguousarray(part.inputs[0].flatten(1).numpy())


def _weights(module: Any, stack: DenseStack) -> dict[str, NDArray[Any]]:
    found = {}
    for k, name in enumerate(stack.layers, start=1):
        layer = module.get_submodule(name)
        found[f"W{k}"] = layer.weight.detach().numpy().copy()
        found[f"b{k}"] = layer.bias.detach().numpy().reshape(-1, 1).copy()
    return found


def _obstacle(module: ModuleProblem, training: Training) -> str:
    """Return why the dense engine cannot train this, whatever the module is; "" if it may."""
    network, data, kind = module.problem.module, module.data, module.task.kind
    assert network is not None
    train, device = data.train, network.asked["device"]
    arguments = set(training.optimizer_arguments)
    checks = {
        "the data comes from a DataLoader": not isinstance(train, Memory),
        "the model takes several inputs": isinstance(train, Memory) and len(train.inputs) != 1,
        "there is no validation part in memory": not isinstance(data.validation, Memory),
        f"the optimizer is {training.optimizer}": training.optimizer not in DENSE_OPTIMIZERS,
        "the optimizer has arguments": bool(arguments - {"momentum"}),
        "gradients are clipped": training.clip_norm is not None,
        "there are metrics of your own": bool(module.optional_scores),
        f"the device is {device}": device != "cpu",
        f"the dtype is {training.dtype}": training.dtype not in DENSE_DTYPES,
        f"the loss is {network.loss}": kind not in (CLASSES, BINARY)
        or network.loss not in ("cross_entropy", "binary_cross_entropy"),
    }
    found = next((reason for reason, holds in checks.items() if holds), "")
    if found:
        return found
    assert isinstance(train, Memory)
    in_order = not train.shuffle and train.batch_size is not None
    short = train.drop_last and train.batch_size and len(train) % train.batch_size
    if in_order or short:
        return "the batches come in an order of their own"
    if not train.inputs[0].is_floating_point() or train.target.dim() != 1:
        return "the samples are not rows of numbers with one label each"
    if train.target.is_floating_point() and kind == CLASSES:
        return "labels are probabilities"
    parts = [train.target, getattr(data.validation, "target", train.target)]
    if any(bool((one < 0).any()) for one in parts):
        return "some labels are ignored"
    return ""


def _wants_log_softmax(module: ModuleProblem) -> bool:
    """Whether the loss takes logarithms of probabilities: torch's nll_loss."""
    torch = load_torch()
    loss = module.task.loss
    return loss is torch.nn.functional.nll_loss or isinstance(loss, torch.nn.NLLLoss)
