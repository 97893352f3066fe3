"""Targets of a module's samples -> the best constant prediction, its scores, margins over them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from initlab.engines.torch.task import BINARY, CLASSES, IGNORED_LABEL, Task
from initlab.modules.framework import load_torch
from initlab.networks.constant import SURE, Margin

if TYPE_CHECKING:
    from torch import Tensor

GROUPS = 50  # of samples; the spread between them gives the standard error

Scores = Mapping[str, float]
Group = tuple[Mapping[str, float], Scores, Scores]
"""Of some samples: how many numbers each score is the mean of, a module's scores, the answer's."""


class ConstantPrediction:
    """The outputs that score best when every sample gets the same.

    They are the class frequencies (as logarithms), the logit of the share of ones, or the mean or
    median, by the loss.

    Args:
        task: says what outputs mean; not one of kind "other".
        targets: of all samples.
        classes: number of classes, where outputs are scores of classes.
    """

    def __init__(self, task: Task, targets: Tensor, classes: int) -> None:
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
            self._row = (
                self.mean if task.constant == "mean" else targets.double().median(dim=0).values
            )

    def outputs(self, target: Tensor) -> Tensor:
        """Return the answer to each of these targets, in the shape of a module's outputs."""
        torch = load_torch()
        dtype = target.dtype if target.is_floating_point() else torch.get_default_dtype()
        row = self._row.to(dtype)
        if not self._labels:
            return row.expand(target.shape) if row.dim() else row.expand_as(target)
        positions = target.shape[1:]
        row = row.reshape(1, -1, *([1] * len(positions)))
        return row.expand(len(target), -1, *positions)

    def r2(self, outputs: Tensor, target: Tensor) -> float:
        """Return what some samples add to R²: weighted by their number, the mean is R² itself."""
        residual = ((outputs.double() - target.double().reshape(outputs.shape)) ** 2).sum()
        return float(1 - residual / len(target) * self.samples / self._spread)


def _log(share: Tensor) -> Tensor:
    return share.log().clamp(min=-SURE)


def margins(groups: Iterable[Group]) -> dict[str, Margin]:
    """Return margins from the scores of groups of samples, weighted by what they are means of."""
    kept = list(groups)
    found = {}
    for name in kept[0][1] if kept else ():
        each = [(counts[name], own[name] - constant[name]) for counts, own, constant in kept]
        total = sum(count for count, _ in each)
        mean = sum(count * one for count, one in each) / total
        spread = sum((count * (one - mean)) ** 2 for count, one in each)
        many = len(each)
        error = math.sqrt(spread * many / (many - 1)) / total if many > 1 else 0.0
        found[name] = mean, error if math.isfinite(error) else 0.0
    return found
