"""One module in training: its loss step by step, and the first number that was not finite."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from typing import Any

from initlab.modules.framework import load_torch
from initlab.torch_engine.memory import Batch
from initlab.torch_engine.plan import ModulePlan
from initlab.torch_engine.randomness import RandomStream
from initlab.torch_engine.task import Task

MAXIMUM = math.inf  # order of the norm: the largest size of an entry, NaN where one is NaN


class ModuleTrainer:
    """One replicate in training.

    Attributes:
        module: the model, in training mode.
        step: steps done.
        losses: training loss of every batch, before its update; may be infinite.
        first_nonfinite: name of the first quantity that was not finite; training stops there.
    """

    def __init__(
        self,
        module: Any,
        task: Task,
        plan: ModulePlan,
        batches: Iterator[Batch],
        stream: RandomStream | None = None,
    ) -> None:
        self.module = module.train()
        self.step = 0
        self.losses: list[float] = []
        self.first_nonfinite: str | None = None
        self._task, self._plan, self._batches = task, plan, batches
        self._lent: Callable[[], contextlib.AbstractContextManager[None]] = (
            stream.lent if stream is not None else contextlib.nullcontext
        )
        self._named = [(name, one) for name, one in module.named_parameters() if one.requires_grad]
        self._parameters = [one for _, one in self._named]
        self._optimizer = plan.make(self._parameters)

    def advance(self, end: int) -> None:
        """Take steps until ``end`` are done or something is not finite."""
        torch = load_torch()
        clip = torch.nn.utils.clip_grad_norm_
        optimizer, parameters = self._optimizer, self._parameters
        while self.step < end and self.first_nonfinite is None:
            inputs, target = next(self._batches)
            with self._lent():
                loss = self._task.loss_of(self.module(*inputs), target)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            value = loss.item()
            if math.isnan(value):
                self.first_nonfinite = "loss"
                self.losses.append(value)
                return
            if self._plan.clip_norm is not None:
                clip(parameters, self._plan.clip_norm, error_if_nonfinite=False)
            optimizer.step()
            self.losses.append(value)
            # one look at all parameters: a gradient that is not finite makes them so
            with torch.no_grad():
                sizes = torch.stack(torch._foreach_norm(parameters, MAXIMUM))
            if not math.isfinite(float(sizes.max())):
                self.first_nonfinite = self._culprit()
                return
            self.step += 1

    def _culprit(self) -> str:
        """Name the first gradient, seen from the loss, or else the first parameter."""
        torch = load_torch()
        for name, parameter in reversed(self._named):
            if parameter.grad is not None and not bool(torch.isfinite(parameter.grad).all()):
                return str(name) + ".grad"
        for name, parameter in self._named:
            if not bool(torch.isfinite(parameter).all()):
                return str(name)
        return "parameters"
