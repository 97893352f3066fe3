"""Targets of a module's samples -> the best constant answer, its scores, and margins over them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from initlab.engines.torch.task import BINARY, CLASSES, IGNORED_LABEL, Task
from initlab.modules.framework import load_torch
from initlab.networks.constant import SURE, Margin

GROUPS = 50  # of samples; the spread between them gives the standard error

Scores = Mapping[str, float]
ScoresOf = Callable[[Any, Any], tuple[Scores, int]]
"""(outputs, targets) -> their scores, and how many answers they are the mean of."""


class ConstantAnswer:
    """The outputs that score best when every sample gets the same.

    They are the class frequencies (as logarithms), the logit of the share of ones, the mean, or
    for the L1 and Huber losses the median.

    Args:
        task: says what outputs mean; not one of kind "other".
        targets: of all samples.
        classes: number of classes, where outputs are scores of classes.
    """

    def __init__(self, task: Task, targets: Any, classes: int) -> None:
        torch = load_torch()
        self._labels = task.kind == CLASSES and not targets.is_floating_point()
        self.samples = len(targets)
        self.mean = targets.double().mean(dim=0)
        self._spread = ((targets.double() - self.mean) ** 2).sum()
        if self._labels:
            counts = torch.bincount(targets[targets != IGNORED_LABEL], minlength=classes)
            self._row = _log(counts.double() / counts.sum())
        elif task.kind == CLASSES:
            self._row = _log(self.mean)
        elif task.kind == BINARY:
            share = targets.double().mean()
            self._row = _log(share) - _log(1 - share)
        else:
            self._row = self.mean if task.name == "mse" else targets.double().median(dim=0).values

    def outputs(self, target: Any) -> Any:
        """Return the answer to each of these targets, in the shape of a module's outputs."""
        torch = load_torch()
        dtype = target.dtype if target.is_floating_point() else torch.get_default_dtype()
        row = self._row.to(dtype)
        if not self._labels:
            return row.expand(target.shape) if row.dim() else row.expand_as(target)
        positions = target.shape[1:]
        row = row.reshape(1, -1, *([1] * len(positions)))
        return row.expand(len(target), -1, *positions)

    def r2(self, outputs: Any, target: Any) -> float:
        """Return what some samples add to R²: weighted by their number, the mean is R² itself."""
        residual = ((outputs.double() - target.double().reshape(outputs.shape)) ** 2).sum()
        return float(1 - residual / len(target) * self.samples / self._spread)


def _log(share: Any) -> Any:
    return load_torch().log(share).clamp(min=-SURE)


def margins(pairs: Iterable[tuple[int, Scores, Scores]]) -> dict[str, Margin]:
    """Return margins from the scores of groups of samples.

    Args:
        pairs: per group, its number of answers, the network's scores and the constant answer's.
    """
    kept = list(pairs)
    total = sum(count for count, _, _ in kept)
    found = {}
    for name in kept[0][2] if total else ():
        each = [(count, own[name] - constant[name]) for count, own, constant in kept]
        mean = sum(count * one for count, one in each) / total
        spread = sum((count * (one - mean)) ** 2 for count, one in each)
        groups = len(each)
        error = math.sqrt(spread * groups / (groups - 1)) / total if groups > 1 else 0.0
        found[name] = mean, error if math.isfinite(error) else 0.0
    return found
