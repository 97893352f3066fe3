"""Trained module and data -> its scores: loss, accuracy, R² and the user's own metrics.

Accuracies count samples (or, for outputs per position, positions). Sums are kept in double
precision, so that the size of the chunks does not show.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from initlab.engines.torch.constant import GROUPS, ConstantPrediction, Group, margins
from initlab.engines.torch.task import BINARY, CLASSES, IGNORED_LABEL, VALUES, Task
from initlab.errors import DataError
from initlab.modules.framework import load_torch
from initlab.networks.constant import Margin, mean_error
from initlab.networks.dense import DenseNetwork
from initlab.networks.scores import score
from initlab.user_code import user_code

if TYPE_CHECKING:
    from torch import Tensor

Metric = Callable[[Any, Any], Any]
LEFT_OUT = 10  # groups that a callable is computed without, one after the other


def score_names(task: Task) -> list[str]:
    """Return the kinds of score a task has, the one that ranks inits last."""
    kinds = {CLASSES: "accuracy", BINARY: "accuracy", VALUES: "r2"}
    return ["loss", *([kinds[task.kind]] if task.kind in kinds else [])]


def evaluate(
    module: Any,
    task: Task,
    chunks: Iterable[tuple[tuple[Any, ...], Tensor]],
    metrics: Mapping[str, Metric] | None = None,
    answer: ConstantPrediction | None = None,
) -> tuple[dict[str, float], dict[str, Margin]]:
    """Return a module's scores in evaluation mode, and their margins over a constant prediction.

    Scores are NaN where outputs are not numbers.

    Args:
        module: the model.
        task: says what its outputs mean.
        chunks: (inputs, targets) in order; the loss is weighted by their sizes, without the share
            of ignored labels.
        metrics: callables of (outputs, targets), given all samples at once; NaN where one
            returns no finite number.
        answer: the best constant prediction; None for no margins.
    """
    torch = load_torch()
    was_training = module.training
    module.eval()
    total, count, right, answers = 0.0, 0.0, 0, 0
    kept: list[tuple[Tensor, Tensor]] = []
    groups: list[Group] = []
    answered: list[tuple[Tensor, Tensor | None, Tensor]] = []
    keep = task.kind == VALUES or bool(metrics)
    broken = False
    with torch.no_grad():
        for inputs, target in chunks:
            weight = _weight(task, target)
            shapes = " and ".join(str(tuple(x.shape)) for x in inputs)
            with user_code(
                "model", "Evaluating the model fails", then=f" on a batch of shape {shapes}"
            ):
                outputs = module(*inputs)
                loss = float(task.loss_of(outputs, target)) if weight else 0.0
            total += loss * weight
            count += weight
            if task.kind in (CLASSES, BINARY):
                broken = broken or bool(torch.isnan(outputs).any())
                hits = _right(task, outputs, target)
                right, answers = right + int(hits.sum()), answers + hits.numel()
            if keep:
                kept.append((outputs, target))
            if answer is not None:
                groups += _compared(task, answer, outputs, target)
            if answer is not None and task.kind in (CLASSES, BINARY):
                answered.append((hits, _losses_beyond(task, answer, outputs, target), target))
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
    above = margins(groups)
    if above and answered:
        *columns, targets = zip(*answered, strict=True)
        labels = torch.cat(targets)
        for name, parts in zip(("accuracy", "loss"), columns, strict=True):
            known = [part for part in parts if part is not None]
            each = torch.cat(known or [labels.new_zeros(0)]).cpu().numpy()
            if each.shape == labels.shape == (len(labels),):  # one label each
                # the error within the classes, as of a dense network
                above[name] = above[name][0], mean_error(each, labels.cpu().numpy())
    if answer is not None and metrics:
        constant = answer.outputs(target)
        above |= {
            name: one
            for name, metric in metrics.items()
            if (one := _own_margin(metric, outputs, constant, target)) is not None
        }
    return found, above


def _losses_beyond(
    task: Task, answer: ConstantPrediction, outputs: Tensor, target: Tensor
) -> Tensor | None:
    """Return every sample's loss less that of the answer; None where only their mean is known."""
    if target.dim() > 1 or bool((target == IGNORED_LABEL).any()):
        return None
    pair = [task.losses_of(one, target) for one in (outputs, answer.outputs(target))]
    return None if pair[0] is None or pair[1] is None else pair[0].double() - pair[1].double()


def base_rates(
    task: Task, answer: ConstantPrediction, targets: Tensor, metrics: Mapping[str, Metric]
) -> dict[str, float]:
    """Return the scores of a constant prediction, where they are numbers.

    A metric of the user's that cannot take such outputs has none.
    """
    found = {name: mean for name, (mean, _) in margins(
        (count, own, dict.fromkeys(own, 0.0))
        for count, _, own in _compared(task, answer, answer.outputs(targets), targets)
    ).items()}  # fmt: skip
    if "r2" in found:
        found["r2"] = 0.0  # the mean's, without rounding errors
    for name, metric in metrics.items():
        with contextlib.suppress(DataError):
            found[name] = _own(name, metric, answer.outputs(targets), targets)
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _compared(
    task: Task, answer: ConstantPrediction, outputs: Tensor, target: Tensor
) -> Iterator[Group]:
    """Yield, per group of samples, what each score is the mean of, a module's and the answer's."""
    size = max(1, answer.samples // GROUPS)
    split = load_torch().split
    for own, true in zip(split(outputs, size), split(target, size), strict=True):
        constant = answer.outputs(true)
        pair, counts = [], dict.fromkeys(("accuracy", "r2"), float(len(true)))
        counts["loss"] = _weight(task, true)
        for one in (own, constant):
            scores = {"loss": float(task.loss_of(one, true))}
            if task.kind in (CLASSES, BINARY):
                right = _right(task, one, true)
                scores["accuracy"] = float(right.double().mean())
                counts["accuracy"] = right.numel()
            else:
                mean = answer.mean.expand(true.shape)
                scores["r2"] = answer.r2(mean if one is constant else own, true)
            pair.append(scores)
        if not any(map(math.isnan, pair[1].values())):  # a group of ignored labels alone
            yield counts, pair[0], pair[1]


def _weight(task: Task, target: Tensor) -> float:
    """Return how many samples a mean loss is that of; ignored labels are none."""
    if task.kind != CLASSES or target.is_floating_point():
        return len(target)
    return len(target) * float((target != IGNORED_LABEL).double().mean())


def _own_margin(metric: Metric, outputs: Tensor, constant: Tensor, target: Tensor) -> Margin | None:
    """Return a callable's margin, its standard error by leaving out a tenth of the samples."""
    torch = load_torch()
    every = torch.arange(len(target))
    tenths = [every[every % LEFT_OUT != k] for k in range(min(LEFT_OUT, len(target)))]

    def margin(rows: Tensor) -> float:
        own, other = (_own("", metric, one[rows], target[rows]) for one in (outputs, constant))
        return own - other

    try:
        whole, parts = margin(every), [margin(rows) for rows in tenths]
    except DataError:
        return None
    mean, count = sum(parts) / len(parts), len(parts)
    error = math.sqrt((count - 1) / count * sum((one - mean) ** 2 for one in parts))
    return (whole, error) if math.isfinite(whole) and math.isfinite(error) else None


def _right(task: Task, outputs: Tensor, target: Tensor) -> Tensor:
    """Return which answers are right; classes stand on axis 1, ignored labels are no question."""
    if task.kind == BINARY:
        return (outputs.reshape(target.shape) > 0) == (target > 0.5)
    axis = 1 if outputs.dim() > 1 else 0
    if target.is_floating_point() and target.shape == outputs.shape:  # probabilities of classes
        return outputs.argmax(dim=axis) == target.argmax(dim=axis)
    return (outputs.argmax(dim=axis) == target)[target != IGNORED_LABEL]


def _r2(outputs: Tensor, target: Tensor) -> float:
    target = target.reshape(outputs.shape).double()
    residual = ((outputs.double() - target) ** 2).sum()
    spread = ((target - target.mean(dim=0)) ** 2).sum()
    return float(1 - residual / spread) if spread > 0 else math.nan


def named_metric(name: str, task: Task) -> Metric:
    """Return one of :data:`initlab.networks.metrics.METRICS` as a callable of the user's would be.

    Its row is asked as for a dense network whose outputs mean the same.
    """
    losses = {CLASSES: "cross_entropy", BINARY: "binary_cross_entropy"}
    loss = losses.get(task.kind, "half_mean_squared_error")

    def metric(outputs: Tensor, target: Tensor) -> float:
        z = outputs.double().reshape(len(outputs), -1).cpu().numpy()
        network = DenseNetwork((1, z.shape[1]), loss=loss)
        return float(score(name, network, z, target.double().cpu().numpy()))

    return metric


def _own(name: str, metric: Metric, outputs: Tensor, target: Tensor) -> float:
    shapes = f"outputs of shape {tuple(outputs.shape)} and targets of shape {tuple(target.shape)}"
    with user_code("metric", f"metric {name} failed", then=f" on {shapes}"):
        found = metric(outputs, target)
        value = float(found.detach() if isinstance(found, load_torch().Tensor) else found)
    return value if math.isfinite(value) else math.nan
