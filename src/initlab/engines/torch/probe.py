"""Model, loss and a first batch -> the task, checked; or what is wrong, in a user's words.

Nothing is trained: the model that is looked at is thrown away.
"""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from initlab.datasets.dataset import InMemory, Samples
from initlab.engines.torch.batches import Batch, batches, chunks
from initlab.engines.torch.dropout import masked, own_bits
from initlab.engines.torch.randomness import RandomStream
from initlab.engines.torch.task import BINARY, CLASSES, IGNORED_LABEL, Task, task_of
from initlab.errors import DataError, invalid_argument, shown_value
from initlab.modules.computation import tensors_in, watched
from initlab.modules.framework import load_torch
from initlab.user_code import failure

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

FEW = 8  # validation samples tried


@dataclass(frozen=True)
class Probe:
    """What a first forward and backward pass showed.

    Attributes:
        task: the loss and what outputs mean.
        outputs: number of classes or columns of the outputs.
        draws: the global generators that the model draws from in training, but for those of
            plain Dropout layers.
        numbers: how many numbers the model returns for one sample.
        fits_classes: whether outputs and targets have the shapes of class scores and labels.
    """

    task: Task
    outputs: int
    draws: tuple[str, ...]
    numbers: int = 1
    fits_classes: bool = False


def probe(module: Module, loss: Any, train: Samples, validation: Samples | None = None) -> Probe:
    """Try one batch.

    Raises:
        DataError: the forward pass fails, labels are out of range, the loss is not one number or
            does not depend on the parameters; the user's line or the layer is named.
    """
    torch = load_torch()
    if not any(one.requires_grad for one in module.parameters()):
        raise invalid_argument("model", "a module with parameters to train", type(module).__name__,
                               kind=DataError)  # fmt: skip
    batch = next(batches(train, 0))
    target = batch[1]
    module.train()
    device = target.device
    with torch.enable_grad(), masked(module, own_bits(0, device)):
        outputs, random = RandomStream(0, device).moved(lambda: _forward(module, batch))
    if not isinstance(outputs, torch.Tensor):
        raise DataError(
            f"The model must return one tensor; {type(module).__name__} returned "
            f"a value of type {type(outputs).__name__}. Wrap the model in a module that returns "
            "only the tensor that the loss needs.",
            argument="model",
        )  # fmt: skip
    task = task_of(loss, outputs, target)
    _check_classes_axis(task, outputs, target)
    for name, part in (("training", train), ("validation", validation)):
        _check_labels(task, part, outputs, f"{name} part")
    value = _loss(task, outputs, target)
    if value.numel() != 1:
        got = f"a tensor of shape {tuple(value.shape)}"
        raise invalid_argument(
            "loss", "a function that returns one number per batch, as a scalar tensor", got,
            got=f"one that returns {got}", where=task.called, kind=DataError,
            hint='Average the loss over the batch, for example with reduction="mean".',
        )  # fmt: skip
    if not value.requires_grad:
        raise DataError(
            f"The loss {task.called} does not depend on the model's parameters, so nothing can be "
            "trained. Compute the loss without .item(), .detach() and torch.no_grad().",
            argument="loss",
        )  # fmt: skip
    if validation is not None:  # a few samples, so that a misfit is reported before training
        batch = next(chunks(validation, FEW, FEW))
        module.eval()
        with torch.no_grad(), RandomStream(0, batch[1].device, name="torch end").lent():
            _loss(task, _forward(module, batch, "validation batch"), batch[1])
    count = outputs.shape[1] if outputs.dim() > 1 else 1
    fits = outputs.dim() > 1 and _labels_shape(outputs) == tuple(target.shape)
    return Probe(
        task, int(count), random, outputs.numel() // max(1, len(target)),
        fits and not target.is_floating_point(),
    )  # fmt: skip


def _labels_shape(outputs: Tensor) -> tuple[int, ...]:
    """Return the shape of class numbers that fits scores with the classes on axis 1."""
    return (outputs.shape[0], *outputs.shape[2:])


def first_nonfinite_layer(module: Module, batch: Batch) -> str | None:
    """Name the first layer whose input or output for a batch is not finite; None if all are.

    A layer's input is to blame where the model computed it between its layers.
    """
    torch = load_torch()
    found: list[str] = []

    def look(side: str, name: str, layer: Module, values: Any) -> None:
        tensors = [x for x in tensors_in(values) if x.is_floating_point() and _is_leaf(layer)]
        if not found and any(not bool(torch.isfinite(x).all()) for x in tensors):
            found.append(f"{side} of {name or type(layer).__name__}")

    sides = (functools.partial(look, side) for side in ("input", "output"))
    with watched(module, *sides), torch.no_grad(), contextlib.suppress(Exception):
        module(*batch[0])
    return found[0] if found else None


def _forward(module: Module, batch: Batch, what: str = "batch") -> Any:
    """Run the model; on failure name the layer it was in and what that layer was given."""
    inputs, _ = batch
    entered: list[tuple[str, Module, Any]] = []  # the innermost last
    try:
        with watched(module, lambda *layer: entered.append(layer), lambda *_: entered.pop()):
            return module(*inputs)
    except Exception as error:  # a user's forward may raise anything
        shapes = " and ".join(str(tuple(x.shape)) for x in inputs)
        words, place = f"The model's forward pass fails on a {what} of shape {shapes}", ""
        if len(entered) > 1:  # the first is the model itself
            name, layer, values = entered[-1]
            place = f", in layer {name} = {layer if _is_leaf(layer) else type(layer).__name__}"
            given = [str(tuple(x.shape)) for x in tensors_in(values)]
            place += f", with input of shape {' and '.join(given)}" if given else ""
        hint = _forward_hint(error, inputs)
        raise failure("model", words, error, then=place, hint=hint) from error


def _forward_hint(error: Exception, inputs: Sequence[Tensor]) -> str:
    if isinstance(error, TypeError) and "forward() missing" in str(error):
        return (
            "initlab passes inputs to the model by position, not by keyword. For several inputs "
            "give a TensorDataset(x1, x2, ..., y), or wrap the model in a module that adds the "
            "missing inputs."
        )
    if "channels" in str(error) and any(x.dim() == 3 for x in inputs):
        return "The images have no axis of channels. Add one with x[:, None]."
    if "dtype" in str(error) and not all(x.is_floating_point() for x in inputs):
        return (
            "The samples are whole numbers. Convert them to floats, for example with "
            "x.astype('float32')."
        )
    return ""


def _is_leaf(layer: Module) -> bool:
    return next(layer.children(), None) is None


def _check_classes_axis(task: Task, outputs: Tensor, target: Tensor) -> None:
    """Refuse class numbers whose shape leaves no axis of classes where torch wants it."""
    if task.kind != CLASSES or target.is_floating_point() or outputs.dim() < 2:
        return
    given, wanted = tuple(target.shape), _labels_shape(outputs)
    if given == wanted:
        return
    hint = ""
    if given == tuple(outputs.shape):
        hint = " For one-hot labels give y.argmax(1); for several labels per sample use the loss "
        hint += '"bce_with_logits".'
    elif given == tuple(outputs.shape[:-1]):
        hint = " If the classes are the last axis of the outputs, let the model return "
        hint += "outputs.movedim(-1, 1), or give a loss that moves this axis."
    elif given == (wanted[0], 1, *wanted[1:]):
        hint = " Give the labels without their axis of length 1: y[:, 0]."
    raise DataError(
        f"The loss {task.called} takes outputs of shape (samples, classes, ...) and labels of "
        f"shape (samples, ...); got {tuple(outputs.shape)} and {given}.{hint}", argument="loss",
    )  # fmt: skip


def _check_labels(task: Task, part: Samples | None, outputs: Tensor, where: str) -> None:
    """Refuse class numbers that no output stands for; of a stream, nothing is known before."""
    if not isinstance(part, InMemory) or part.y.is_floating_point():
        return
    if task.kind not in (CLASSES, BINARY) or (task.kind == CLASSES and outputs.dim() < 2):
        return
    classes = 2 if task.kind == BINARY else int(outputs.shape[1])
    wrong = (part.y != IGNORED_LABEL) & ((part.y < 0) | (part.y >= classes))
    if bool(wrong.any()):
        first = [int(k) for k in wrong.nonzero()[0]]
        value = int(part.y[tuple(first)])
        place = ", ".join(map(str, first))
        noun = "class" if classes == 1 else "classes"
        reason = f"because the model returns scores of {classes:,} {noun}"
        if task.kind == BINARY:
            reason = f"because the loss {task.called} is for two classes"
        hint = ""
        if task.kind == BINARY:
            hint = (
                " For more than two classes, let the model return one score per class. If the "
                'labels are measurements, give --task regression (in Python task="regression").'
            )
        expected = f"from 0 to {classes - 1}"
        words = f"labels must be {expected}, {reason}; got {value} at y[{place}] of the {where}."
        raise DataError(
            f"data: {words}{hint}", argument="data", value=value, expected=expected, where=where,
            words=words + hint,
        )  # fmt: skip


def _loss(task: Task, outputs: Tensor, target: Tensor) -> Tensor:
    torch = load_torch()
    try:
        with warnings.catch_warnings():
            # torch's word for: I make a table of all outputs and all targets
            warnings.filterwarnings("error", "Using a target size")
            value = task.loss_of(outputs, target)
    except Exception as error:  # a user's loss may raise anything
        dtype = str(target.dtype).removeprefix("torch.")
        what = f"The loss {task.called} fails on outputs of shape {tuple(outputs.shape)} and "
        what += f"{dtype} targets of shape {tuple(target.shape)}"
        raise failure("loss", what, error, hint=_labels_hint(outputs, target)) from error
    if not isinstance(value, torch.Tensor):
        raise invalid_argument(
            "loss", "a callable that returns a tensor of one number", value,
            got=f"one that returns {shown_value(value, 80)}", where=task.called, kind=DataError,
        )  # fmt: skip
    return value


def _labels_hint(outputs: Tensor, target: Tensor) -> str:
    """Say what to do with class numbers that came as floats."""
    scores = outputs.dim() > 1 and outputs.shape[1] > 1 and _labels_shape(outputs) == target.shape
    if scores and target.is_floating_point() and bool((target == target.round()).all()):
        return ("If the targets are classes, give whole numbers, y.astype('int64'), and not the "
                "task regression.")  # fmt: skip
    return ""
