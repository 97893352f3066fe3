"""A module's problem -> the dense problem that computes the same, where there is one.

The dense engines are faster and compute the same: initial parameters and batches are the same, so
that without dropout both agree to rounding.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from initlab.datasets.dataset import Dataset, InMemory
from initlab.engines.torch.dense_stack import dense_stack
from initlab.engines.torch.task import BINARY, CLASSES
from initlab.errors import invalid_argument
from initlab.modules.framework import load_torch
from initlab.networks import DenseNetwork
from initlab.networks.dense import LOSSES, Parameters
from initlab.records import CellSpec, Training
from initlab.records.training import DENSE_DTYPES, DENSE_OPTIMIZERS
from initlab.study.dense_problem import DenseProblem, is_watched
from initlab.study.loaded import LoadedProblem
from initlab.study.module_problem import ModuleProblem


def as_dense_problem(
    module: ModuleProblem, training: Training, template: Any
) -> tuple[LoadedProblem, Training]:
    """Return the dense problem, or the module's own where there is none, and how it is trained.

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
    if wanted == "torch":
        return module, training
    stack, reason = None, _obstacle(module, training)
    if not reason:
        features = math.prod(module.data.x_train[0].shape[1:])  # of its only input
        stack = dense_stack(template.to("cpu"), features)
        torch, loss = load_torch(), module.task.loss
        nll = loss is torch.nn.functional.nll_loss or isinstance(loss, torch.nn.NLLLoss)
        if stack is None:
            reason = (
                "the module is not a plain stack of Linear layers with trainable weights and "
                "biases and the same nonlinearity after each hidden layer"
            )
        elif stack.log_softmax != nll:
            reason = "the loss is nll, but the module does not end with LogSoftmax"
            if stack.log_softmax:
                reason = "the module ends with LogSoftmax, but the loss is not nll"
    if stack is None or reason:
        if wanted == "dense":
            hint = f"The dense engine cannot train this study, because {reason}."
            raise invalid_argument("engine", '"torch" or left out', "dense", hint=hint)
        return module, training
    dense = DenseNetwork(stack.layer_dims, stack.nonlinearity, network.loss, "logits")
    problem = module.problem.replace(network=network.replace(dense=dense))
    names = {
        f"{short}{k}": f"{layer}.{kind}" if layer else kind
        for k, layer in enumerate(stack.layers, start=1)
        for short, kind in (("W", "weight"), ("b", "bias"))
    }

    def drawn(spec: CellSpec) -> Parameters:
        own = module.draw(spec)
        found = {short: own.get_parameter(name).detach().numpy() for short, name in names.items()}
        return {name: one.reshape(dense.shape_of(name)).copy() for name, one in found.items()}

    changes = {"dropout": stack.dropout, "keep_parameters": is_watched(dense)}
    loaded = DenseProblem(problem, _rows_of(module), module.notes, drawn=drawn, names=names)
    return loaded, training.replace(**changes)


def _rows_of(module: ModuleProblem) -> Dataset:
    """Return the samples as rows, as the dense engines and figures take them."""
    data, problem = module.data, module.problem
    parts = [one for one in (data.train, data.test) if isinstance(one, InMemory)]
    train, test = (  # _obstacle has seen that both are there, with one input
        InMemory(np.ascontiguousarray(one.inputs[0].flatten(1).numpy()), one.y.numpy())
        for one in parts
    )
    shape = tuple(parts[0].inputs[0].shape[1:])
    image = shape[1:] if len(shape) == 3 and shape[0] == 1 else shape if len(shape) == 2 else ()
    return replace(
        data, name=problem.recipe, train=train, test=test, notes=module.notes,
        classes=data.classes or tuple(str(k) for k in range(problem.classes or 1)),
        image_shape=image,
    )  # fmt: skip


def _obstacle(module: ModuleProblem, training: Training) -> str:
    """Return why the dense engine cannot train this, whatever the module is; "" if it may."""
    network, data, kind = module.problem.module, module.data, module.task.kind
    assert network is not None
    train, device = data.train, network.asked["device"]
    if not isinstance(train, InMemory):
        return "the data is read batch by batch"
    x, target, size = train.inputs[0], train.y, train.batch_size
    short = train.drop_last and len(train) % (size or len(train)) > 0
    named = network.loss in LOSSES
    parts = [one.y for one in (train, data.test) if isinstance(one, InMemory)]
    checks = {
        "the model takes several inputs": len(train.inputs) != 1,
        "there is no validation data in memory": not isinstance(data.test, InMemory),
        f"the optimizer is {training.optimizer}": training.optimizer not in DENSE_OPTIMIZERS,
        "the optimizer has arguments other than momentum": bool(
            training.optimizer_arguments.keys() - {"momentum"}
        ),
        "gradients are clipped": training.clip_norm is not None,
        "there is a metric that the dense engine does not compute": bool(module.optional_scores),
        f"the device is {device}": device != "cpu",
        f"the dtype is {training.dtype}": training.dtype not in DENSE_DTYPES,
        f"the loss is {network.loss}": not named or kind not in (CLASSES, BINARY),
        "the DataLoader does not shuffle, or drops the last batch": short
        or (not train.shuffle and bool(size)),
        "the inputs are not floating-point numbers, or the targets are not one number per "
        "sample": not x.is_floating_point() or target.dim() != 1,
        "the labels are probabilities": target.is_floating_point() and kind == CLASSES,
        "some labels are negative": any(bool((one < 0).any()) for one in parts),
    }
    return next((reason for reason, holds in checks.items() if holds), "")
