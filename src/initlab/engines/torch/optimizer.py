"""Name or class of an optimizer -> the class, and the optimizer of one network."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from initlab.errors import invalid_argument
from initlab.modules.framework import load_torch
from initlab.records import Training
from initlab.references import is_reference, load_object, reference_of
from initlab.user_code import user_code
from initlab.validation import nearest_hint

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

# every number of a parameter is updated by itself: stacked replicates do not touch each other
ELEMENTWISE = (
    "ASGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Rprop",
    "SGD",
)  # fmt: skip
FUSED_OR_NOT = {"fused", "foreach", "differentiable", "capturable"}  # arguments that decide it
NOT_TRAINING_HERE = {
    "Optimizer": "Optimizer is the base class of all optimizers.",
    "LBFGS": "LBFGS computes the loss several times per step; initlab computes it once.",
    "SparseAdam": "SparseAdam takes sparse gradients only; initlab computes dense gradients.",
}


def is_of_torch(optimizer: type, names: Sequence[str]) -> bool:
    """Whether an optimizer is one of these of torch.optim."""
    name = optimizer.__name__
    return name in names and optimizer is getattr(load_torch().optim, name, None)


def make_optimizer(optimizer: type, training: Training, parameters: Iterable[Tensor]) -> Optimizer:
    """Return the optimizer of one network; its parameters without gradients are left out.

    Raises:
        ArgumentError, DataError: an argument is unknown or not allowed.
    """
    arguments = dict(training.optimizer_arguments)
    if training.momentum:
        arguments["momentum"] = training.momentum
    accepted = inspect.signature(optimizer).parameters
    takes_any = any(one.kind is one.VAR_KEYWORD for one in accepted.values())
    for name in arguments:
        if name not in accepted and not takes_any:
            known = [one for one in accepted if one not in ("params", "lr")]
            raise invalid_argument(
                "optimizer_arguments", "arguments of " + optimizer.__name__ + ": "
                + ", ".join(known), name, hint=nearest_hint(name, known),
            )  # fmt: skip
    trained = [one for one in parameters if one.requires_grad]
    fits = all(one.is_floating_point() and one.device.type in ("cpu", "cuda") for one in trained)
    if "fused" in accepted and FUSED_OR_NOT.isdisjoint(arguments) and trained and fits:
        arguments["fused"] = True  # one pass over the parameters instead of one per operation
    with user_code("optimizer_arguments", f"optimizer {optimizer.__name__} failed"):
        return optimizer(trained, lr=training.learning_rate, **arguments)


def optimizer_class(optimizer: Any) -> tuple[type, str, str | None]:
    """Return an optimizer's class, its name and the text that imports it again.

    Args:
        optimizer: a name of torch.optim in any case ("adam"), a class, or "package.module:name";
            "gd" is SGD with all samples in every step.

    Raises:
        ArgumentError: no such optimizer; the nearest name is suggested.
    """
    optim = load_torch().optim
    known = {
        name.lower(): found for name, found in vars(optim).items()
        if isinstance(found, type) and issubclass(found, optim.Optimizer)
        and name not in NOT_TRAINING_HERE
    }  # fmt: skip
    known["gd"] = optim.SGD
    if isinstance(optimizer, str) and optimizer.lower() in known:
        return known[optimizer.lower()], optimizer.lower(), optimizer.lower()
    reference = optimizer if is_reference(optimizer) else None
    if reference is not None:
        optimizer = load_object("optimizer", reference)
    expected = "a class of torch.optim, or one of " + ", ".join(sorted(known))
    if isinstance(optimizer, optim.Optimizer):
        name = type(optimizer).__name__
        hint = (
            f"Give the class {name} itself, and its settings as learning_rate and "
            "optimizer_arguments."
        )
        raise invalid_argument("optimizer", expected, f"an object of the class {name}", hint=hint)
    for name, reason in NOT_TRAINING_HERE.items():
        written = isinstance(optimizer, str) and optimizer.lower() == name.lower()
        if optimizer is getattr(optim, name) or written:
            raise invalid_argument("optimizer", expected, name, hint=reason)
    if isinstance(optimizer, type) and issubclass(optimizer, optim.Optimizer):
        name = optimizer.__name__.lower()
        if known.get(name) is optimizer:
            return optimizer, name, name
        return optimizer, optimizer.__name__, reference or reference_of(optimizer)
    raise invalid_argument("optimizer", expected, optimizer, hint=nearest_hint(optimizer, known))
