"""A module's study -> which engine trains it: the dense one where that computes the same."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from initlab.comparison.modules.study import ModuleStudy
from initlab.engines.torch.dense_stack import dense_stack
from initlab.engines.torch.memory import Memory
from initlab.engines.torch.task import BINARY, CLASSES
from initlab.errors import refusal
from initlab.modules.framework import load_torch
from initlab.records.training import DTYPES

OPTIMIZERS = ("gd", "sgd", "adam")


def with_stack(checked: ModuleStudy, template: Any) -> ModuleStudy:
    """Return the study with its dense network, if it has one and nothing speaks against it.

    Raises:
        ArgumentError: the dense engine was asked for and cannot train this.
    """
    wanted = checked.study.module["engine"]
    reason = "" if wanted == "torch" else _obstacle(checked)
    stack = None
    if wanted != "torch" and not reason:
        assert isinstance(checked.data.train, Memory)
        features = math.prod(checked.data.train.inputs[0].shape[1:])
        stack = dense_stack(template.to("cpu"), features)
        reason = "" if stack else "the module is no plain stack of Linear layers"
        if stack and stack.log_softmax != _wants_log_softmax(checked):
            stack, reason = None, "the loss does not fit the stack's outputs"
    if wanted == "dense" and stack is None:
        raise refusal("engine", '"torch" or left out', "dense", hint=f"For {reason}.")
    if stack is None:
        return checked
    study = replace(
        checked.study,
        layer_dims=stack.layer_dims,
        nonlinearity=stack.nonlinearity,
        loss_form="logits",
        dropout=stack.dropout,
    )
    return replace(checked, study=study, stack=stack)


def _obstacle(checked: ModuleStudy) -> str:
    """Return why the dense engine cannot train this, whatever the module is; "" if it may."""
    study, train = checked.study, checked.data.train
    arguments = set(study.module["optimizer_arguments"] or {})
    checks = {
        "the data is streamed": not isinstance(train, Memory),
        "the model takes several inputs": isinstance(train, Memory) and len(train.inputs) != 1,
        "there is no validation part in memory": not isinstance(checked.data.validation, Memory),
        f"the optimizer is {study.optimizer}": study.optimizer not in OPTIMIZERS,
        "the optimizer has arguments": bool(arguments - {"momentum"}),
        "gradients are clipped": study.module["clip_norm"] is not None,
        "there are metrics of your own": bool(checked.metrics),
        f"the device is {study.module['device']}": study.module["device"] != "cpu",
        f"the dtype is {study.dtype}": study.dtype not in DTYPES,
        f"the loss is {study.loss}": checked.probe.task.kind not in (CLASSES, BINARY)
        or study.loss not in ("cross_entropy", "binary_cross_entropy"),
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
        return "the samples are no rows of numbers with one label each"
    if train.target.is_floating_point() and checked.probe.task.kind == CLASSES:
        return "labels are probabilities"
    parts = [train.target, getattr(checked.data.validation, "target", train.target)]
    if any(bool((one < 0).any()) for one in parts):
        return "some labels are ignored"
    return ""


def _wants_log_softmax(checked: ModuleStudy) -> bool:
    """Whether the loss takes logarithms of probabilities: torch's nll_loss."""
    torch = load_torch()
    loss = checked.probe.task.loss
    return loss is torch.nn.functional.nll_loss or isinstance(loss, torch.nn.NLLLoss)
