"""One module in training: its loss step by step, and the first number that was not finite."""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from initlab.engines.stepping import Trainer
from initlab.engines.torch.batches import Batch, batches
from initlab.engines.torch.dropout import masked, own_bits
from initlab.engines.torch.large_linear import large_linear
from initlab.engines.torch.optimizer import is_of_torch, make_optimizer
from initlab.errors import InitlabError
from initlab.modules.framework import load_torch
from initlab.user_code import failure

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

    from initlab.engines.torch.engine import TorchEngine

# an update of these from a gradient that is not finite is not finite either: looking at the
# parameters is enough (a sign, as Rprop takes, would hide it)
TELLING = ("Adam", "AdamW", "RMSprop", "SGD")


class ModuleTrainer(Trainer):
    """One replicate in training.

    Attributes:
        module: the model, in training mode.
        losses: training loss of every batch, before its update; may be infinite.
    """

    def __init__(self, module: Module, engine: TorchEngine, seed: int) -> None:
        module.train()
        self.module = module
        self.losses: list[float] = []
        self._task, self._training = engine.task, engine.training
        self._batches = batches(engine.data, seed)
        self._bits = own_bits(seed, next(module.parameters()).device)
        stream = engine.stream(seed, "training")
        self._lent = contextlib.nullcontext if stream is None else stream.lent
        self._named = [(name, one) for name, one in module.named_parameters() if one.requires_grad]
        self._parameters = [one for _, one in self._named]
        self._optimizer = make_optimizer(engine.optimizer, engine.training, self._parameters)
        self._telling = is_of_torch(engine.optimizer, TELLING)

    def advance(self, end: int) -> None:
        """Take steps until ``end`` are done or something is not finite.

        Raises:
            DataError: the model, the loss or the optimizer fails; the user's line is named.
        """
        with masked(self.module, self._bits), large_linear(self.module):
            while self.step < end and self.first_nonfinite is None:
                batch = next(self._batches)
                try:
                    value = self._updated(batch)
                except Exception as error:  # a user's model may raise anything
                    raise self._failure(error, batch) from error
                self.losses.append(value)
                if math.isnan(value):
                    self.first_nonfinite = "loss"
                elif not self._all_finite():
                    self.first_nonfinite = self._culprit()
                else:
                    self.step += 1

    def parameters(self) -> dict[str, NDArray[np.floating]]:
        """Return the parameters as they are now, as arrays."""
        return {name: one.detach().cpu().numpy().copy() for name, one in self._named}

    def _updated(self, batch: Batch) -> float:
        """Return the batch's loss; update the parameters unless it is NaN."""
        inputs, target = batch
        with self._lent():
            loss = self._task.loss_of(self.module(*inputs), target)
        for one in self._parameters:
            one.grad = None
        loss.backward()
        value = float(loss.item())
        if math.isnan(value):
            return value
        if self._training.clip_norm is not None:
            load_torch().nn.utils.clip_grad_norm_(self._parameters, self._training.clip_norm)
        self._optimizer.step()
        return value

    def _all_finite(self) -> bool:
        """Look at all parameters at once: a gradient that is not finite makes them so.

        A sum is the quickest look. It is not finite where an entry is not; where it only
        overflowed, the entries themselves decide.
        """
        torch = load_torch()
        looked_at: list[Tensor] = [*self._parameters]
        if not self._telling:
            looked_at += [p.grad for p in self._parameters if p.grad is not None]
        with torch.no_grad():
            total = sum(one.sum() for one in looked_at)
            if math.isfinite(total):
                return True
            return all(bool(torch.isfinite(one).all()) for one in looked_at)

    def _culprit(self) -> str:
        """Name the first gradient, seen from the loss, or else the first parameter."""
        torch = load_torch()
        gradients = [(f"{name}.grad", one.grad) for name, one in reversed(self._named)]
        for name, values in (*gradients, *self._named):
            if values is not None and not bool(torch.isfinite(values).all()):
                return str(name)
        return "parameters"

    def _failure(self, error: Exception, batch: Batch) -> InitlabError:
        if isinstance(error, InitlabError):
            return error
        shapes = " and ".join(str(tuple(x.shape)) for x in batch[0])
        what, hint = f"Training fails at step {self.step} on a batch of shape {shapes}", ""
        if isinstance(error, load_torch().OutOfMemoryError):
            hint = "Try a smaller batch_size."
        elif len(batch[1]) == 1:
            hint = "The batch holds a single sample. Choose a batch_size with which every batch "
            hint += "holds at least two samples, or use a DataLoader with drop_last=True."
        return failure("model", what, error, hint=hint)
