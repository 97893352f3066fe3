"""Trained module and data -> its scores: loss, accuracy, R² and the user's own metrics.

Accuracies count samples (or, for outputs per position, positions). Sums are kept in double
precision, so that the size of the chunks does not show.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from initlab.engines.torch.own_line import user_code
from initlab.engines.torch.task import BINARY, CLASSES, IGNORED_LABEL, VALUES, Task
from initlab.modules.framework import load_torch

Metric = Callable[[Any, Any], Any]


def score_names(task: Task) -> list[str]:
    """Return the kinds of score a task has, the one that ranks starts last."""
    kinds = {CLASSES: "accuracy", BINARY: "accuracy", VALUES: "r2"}
    return ["loss", *([kinds[task.kind]] if task.kind in kinds else [])]


def evaluate(
    module: Any,
    task: Task,
    chunks: Iterable[tuple[tuple[Any, ...], Any]],
    metrics: Mapping[str, Metric] | None = None,
) -> dict[str, float]:
    """Return the scores of a module in evaluation mode; NaN where outputs are not numbers.

    Args:
        module: the model.
        task: says what its outputs mean.
        chunks: (inputs, targets) in order; the loss is weighted by their sizes.
        metrics: callables of (outputs, targets), given all samples at once; NaN where one
            returns no finite number.
    """
    torch = load_torch()
    was_training = module.training
    module.eval()
    total, count, right, answers = 0.0, 0, 0, 0
    kept: list[tuple[Any, Any]] = []
    keep = task.kind == VALUES or bool(metrics)
    broken = False
    with torch.no_grad():
        for inputs, target in chunks:
            outputs = module(*inputs)
            loss = float(task.loss_of(outputs, target))
            total += loss * len(target)
            count += len(target)
            if task.kind in (CLASSES, BINARY):
                broken = broken or bool(torch.isnan(outputs).any())
                hits = _right(task, outputs, target)
                right, answers = right + int(hits.sum()), answers + hits.numel()
            if keep:
                kept.append((outputs, target))
    module.train(was_training)
    found = {"loss": total / count if count else math.nan}
    if task.kind in (CLASSES, BINARY):
        # a NaN output is no answer: argmax would count it as class 0
        found["accuracy"] = math.nan if broken or not answers else right / answers
    if keep:
        outputs = torch.cat([one for one, _ in kept])
        target = torch.cat([one for _, one in kept])
        if task.kind == VALUES:
            found["r2"] = _r2(outputs, target)
        for name, metric in (metrics or {}).items():
            found[name] = _own(name, metric, outputs, target)
    return found


def _right(task: Task, outputs: Any, target: Any) -> Any:
    """Return which answers are right; classes stand on axis 1, ignored labels are no question."""
    if task.kind == BINARY:
        return (outputs.reshape(target.shape) > 0) == (target > 0.5)
    axis = 1 if outputs.dim() > 1 else 0
    if target.is_floating_point() and target.shape == outputs.shape:  # probabilities of classes
        return outputs.argmax(dim=axis) == target.argmax(dim=axis)
    return (outputs.argmax(dim=axis) == target)[target != IGNORED_LABEL]


def _r2(outputs: Any, target: Any) -> float:
    target = target.reshape(outputs.shape).double()
    residual = ((outputs.double() - target) ** 2).sum()
    spread = ((target - target.mean(dim=0)) ** 2).sum()
    return float(1 - residual / spread) if spread > 0 else math.nan


def _own(name: str, metric: Metric, outputs: Any, target: Any) -> float:
    shapes = f"outputs of shape {tuple(outputs.shape)} and targets of shape {tuple(target.shape)}"
    with user_code("metric", f"metric {name} failed", then=f" on {shapes}"):
        value = float(metric(outputs, target))
    return value if math.isfinite(value) else math.nan
