"""Loss by name or callable -> the task: loss, what outputs mean, and the scores that follow."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from initlab.datasets.task import CLASSIFICATION, REGRESSION
from initlab.errors import invalid_argument
from initlab.modules.framework import load_torch
from initlab.networks.losses import BINARY as BINARY
from initlab.networks.losses import CLASSES as CLASSES
from initlab.networks.losses import TABLE
from initlab.networks.losses import VALUES as VALUES
from initlab.references import is_reference, load_object, reference_of
from initlab.validation import nearest_hint

if TYPE_CHECKING:
    from torch import Tensor

Loss = Callable[[Any, Any], Any]
IGNORED_LABEL = -100  # what torch's cross-entropy leaves out unless told otherwise
OTHER = "other"
NAMED = {name: row for name, row in TABLE.items() if row.torch[0]}


@dataclass(frozen=True)
class Task:
    """What a module is trained for.

    Attributes:
        loss: (outputs, targets) -> a tensor of one number.
        name: "cross_entropy", "binary_cross_entropy", "mse", ..., or the callable's own name.
        kind: "classes" (outputs are scores of classes), "binary" (one logit), "values"
            (a regression) or "other".
        reference: text that imports the loss again; None for what lives in memory only.
        constant: of values, which constant prediction loses least: "mean" or "median".
    """

    loss: Loss
    name: str
    kind: str
    reference: str | None
    constant: str = "median"

    @property
    def called(self) -> str:
        """Name of the loss in messages: "nll" where the user named it so."""
        return self.reference if self.reference in NAMED else self.name

    def loss_of(self, outputs: Tensor, target: Tensor) -> Any:
        """Return the loss of a batch; one answer per sample is compared in the outputs' shape."""
        if self.kind in (BINARY, VALUES):  # torch would subtract (n,) from (n, 1) as a table
            target = target.reshape(outputs.shape).to(outputs.dtype)
        return self.loss(outputs, target)

    def losses_of(self, outputs: Tensor, target: Tensor) -> Tensor | None:
        """Return the loss of every sample or position; None of a loss that is not torch's own."""
        known, usual = _of_torch(self.loss)
        if known is None or not usual:
            return None
        function = getattr(load_torch().nn.functional, NAMED[known].torch[0])
        each = replace(self, loss=functools.partial(function, reduction="none"))
        found: Tensor = each.loss_of(outputs, target).reshape(target.shape)
        return found


def task_of(loss: Any, outputs: Tensor, target: Tensor) -> Task:
    """Build the task from what the user named, or from the first outputs and targets.

    Args:
        loss: a name, a callable, a loss module or its class, "package.module:name"; None for
            cross-entropy where targets are whole numbers (binary for a single output) and mean
            squared error where they are not.
        outputs: of the model, for a batch.
        target: of that batch.

    Raises:
        ArgumentError: no such loss; the nearest name is suggested.
    """
    torch = load_torch()
    if loss is None:
        whole = "bce_with_logits" if _one_answer(outputs, target) else "cross_entropy"
        loss = "mse" if target.is_floating_point() else whole
    reference = loss if isinstance(loss, str) else None
    if isinstance(loss, str) and loss in NAMED:
        row = NAMED[loss]
        found = getattr(torch.nn.functional, row.torch[0])
        return Task(found, row.records_as or loss, row.targets, reference, row.constant)
    if isinstance(loss, str):
        if not is_reference(loss):
            expected = "one of " + ", ".join(NAMED)
            expected += ', a callable, or the name of a callable as "package.module:name"'
            raise invalid_argument("loss", expected, loss, hint=nearest_hint(loss, NAMED))
        loss = load_object("loss", loss)
    if isinstance(loss, type) and issubclass(loss, torch.nn.Module):
        loss = loss()
    if not callable(loss):
        raise invalid_argument(
            "loss", "a callable that takes outputs and targets, or the name of one", loss
        )
    known, usual = _of_torch(loss)
    again = reference or (known if usual else reference_of(loss))
    if known is None:
        return Task(loss, _own_name(loss), OTHER, again)
    row = NAMED[known]
    name = row.records_as or known if usual else _own_name(loss)
    return Task(loss, name, row.targets, again, row.constant)


def named_task(loss: Any) -> str | None:
    """Return the task that a loss is for, "classification" or "regression"; None if not known.

    Args:
        loss: as for :func:`task_of`; None says nothing.
    """
    name = loss if isinstance(loss, str) else None if loss is None else _of_torch(loss)[0]
    if name not in NAMED:
        return None
    return REGRESSION if NAMED[name].targets == VALUES else CLASSIFICATION


def _one_answer(outputs: Tensor, target: Tensor) -> bool:
    """Whether every target has one output: the logit of yes or no."""
    if outputs.dim() <= 2:
        return bool(outputs.dim() < 2 or outputs.shape[-1] == 1)
    return bool(outputs.shape[1] == 1 and outputs.numel() == target.numel())  # masks


def _of_torch(loss: Any) -> tuple[str | None, bool]:
    """Recognise torch's own losses: our name of it, and whether its arguments are the usual."""
    if isinstance(loss, functools.partial):  # cross_entropy with label_smoothing, ...
        known, usual = _of_torch(loss.func)
        return known, usual and not (loss.args or loss.keywords)
    torch = load_torch()
    for name, row in NAMED.items():
        function, layer = row.torch
        if loss is getattr(torch.nn.functional, function):
            return name, True
        if isinstance(loss, torch.nn.Module) and type(loss).__name__ == layer:
            return name, bool(vars(loss) == vars(type(loss)()))
    return None, False


def _own_name(loss: Any) -> str:
    if isinstance(loss, functools.partial):
        return f"{_own_name(loss.func)} with {', '.join(loss.keywords) or 'arguments'}"
    return str(getattr(loss, "__name__", type(loss).__name__))
