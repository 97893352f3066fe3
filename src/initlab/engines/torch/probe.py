"""Model, loss and a first batch -> the task, checked; or what is wrong, in a stranger's words.

Nothing is trained: the model that is looked at is thrown away.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from initlab.engines.torch.dropout import masked, own_bits
from initlab.engines.torch.loader import Streamed
from initlab.engines.torch.memory import Batch, Memory
from initlab.engines.torch.own_line import own_line
from initlab.engines.torch.randomness import RandomStream
from initlab.engines.torch.task import BINARY, CLASSES, IGNORED_LABEL, Task, task_of
from initlab.errors import DataError, refusal
from initlab.modules.framework import load_torch

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


def probe(module: Any, loss: Any, train: Memory | Streamed, validation: Any = None) -> Probe:
    """Try one batch.

    Raises:
        DataError: the forward pass fails, labels are out of range, the loss is not one number or
            does not depend on the parameters; the user's line or the layer is named.
    """
    torch = load_torch()
    if not any(one.requires_grad for one in module.parameters()):
        raise refusal("model", "a module with parameters to train", type(module).__name__,
                      kind=DataError)  # fmt: skip
    batch = next(iter(train.batches(0)))
    target = batch[1]
    module.train()
    device = target.device
    with torch.enable_grad(), masked(module, own_bits(0, device)):
        outputs, random = RandomStream(0, device).moved(lambda: _forward(module, batch))
    if not isinstance(outputs, torch.Tensor):
        raise DataError(
            f"The model must return one tensor; {type(module).__name__} returned "
            f"{type(outputs).__name__}. Wrap it in a module that returns the part the loss needs.",
            argument="model",
        )  # fmt: skip
    task = task_of(loss, outputs, target)
    _check_classes_axis(task, outputs, target)
    for part in (train, validation):
        _check_labels(task, part, outputs)
    value = _loss(task, outputs, target)
    if value.numel() != 1:
        raise refusal(
            "loss", "one number per batch, a scalar tensor", f"shape {tuple(value.shape)}",
            where=task.name, hint='Average it, for example with reduction="mean".', kind=DataError,
        )  # fmt: skip
    if not value.requires_grad:
        raise DataError(
            f"The loss {task.name} does not depend on the model's parameters, so nothing can be "
            "trained: keep it a tensor, without .item(), .detach() or torch.no_grad().",
            argument="loss",
        )  # fmt: skip
    if validation is not None:
        _try_validation(module, task, validation)
    count = outputs.shape[1] if outputs.dim() > 1 else 1
    fits = outputs.dim() > 1 and _labels_shape(outputs) == tuple(target.shape)
    return Probe(
        task, int(count), random, outputs.numel() // max(1, len(target)),
        fits and not target.is_floating_point(),
    )  # fmt: skip


def _labels_shape(outputs: Any) -> tuple[int, ...]:
    """Return the shape of class numbers that fits scores with the classes on axis 1."""
    return (outputs.shape[0], *outputs.shape[2:])


def _try_validation(module: Any, task: Task, validation: Memory | Streamed) -> None:
    """Run a few validation samples, so that a misfit is told before training, not after."""
    torch = load_torch()
    batch = next(iter(validation.chunks(FEW, FEW)))
    module.eval()
    with torch.no_grad(), RandomStream(0, batch[1].device, name="torch end").lent():
        _loss(task, _forward(module, batch, "validation batch"), batch[1])


def first_nonfinite_layer(module: Any, batch: Batch) -> str | None:
    """Name the first layer whose input or output for a batch is not finite; None if all are.

    A layer's input is to blame where the model computed it between its layers.
    """
    torch = load_torch()
    found: list[str] = []
    handles = []

    def look(side: str, name: str, values: Any) -> None:
        tensors = [x for x in _flat(values) if x.is_floating_point()]
        if not found and any(not bool(torch.isfinite(x).all()) for x in tensors):
            found.append(f"{side} of {name}")

    def before(name: str) -> Any:
        return lambda layer, inputs: look("input", name, inputs)

    def after(name: str) -> Any:
        return lambda layer, inputs, output: look("output", name, output)

    for path, layer in module.named_modules():
        if not any(True for _ in layer.children()):
            name = path or type(layer).__name__
            handles.append(layer.register_forward_pre_hook(before(name)))
            handles.append(layer.register_forward_hook(after(name)))
    with torch.no_grad(), contextlib.suppress(Exception):
        module(*batch[0])
    for handle in handles:
        handle.remove()
    return found[0] if found else None


def _forward(module: Any, batch: Batch, what: str = "batch") -> Any:
    """Run the model; on failure name the layer it was in and what that layer was given."""
    inputs, _ = batch
    entered: list[tuple[str, Any, list[tuple[int, ...]]]] = []
    with _watched(module, entered):
        try:
            return module(*inputs)
        except Exception as error:  # a stranger's forward may raise anything
            shapes = " and ".join(str(tuple(x.shape)) for x in inputs)
            words = f"The model's forward fails on a {what} of shape {shapes}{own_line(error)}"
            if entered:
                name, layer, given = entered[-1]
                words += f", in {name or 'the model'} = {layer}"
                words += f", given {', '.join(map(str, given))}" if given else ""
            kind = type(error).__name__
            words = f"{words}: {kind}: {error}{_forward_hint(error, inputs)}"
            raise DataError(words, argument="model") from error


def _forward_hint(error: Exception, inputs: Any) -> str:
    if isinstance(error, TypeError) and "forward() missing" in str(error):
        return (
            ". Inputs are given in order, none by keyword: for several give a TensorDataset(x1, "
            "x2, ..., y), or wrap the model in a module that fills in the rest."
        )
    if "channels" in str(error) and any(x.dim() == 3 for x in inputs):
        return ". Images without an axis of channels: give x[:, None]."
    if "dtype" in str(error) and not all(x.is_floating_point() for x in inputs):
        return ". The samples are whole numbers: give floats, x.astype('float32')."
    return ""


@contextlib.contextmanager
def _watched(module: Any, entered: list[Any]) -> Iterator[None]:
    """Keep the layers that are being computed, the innermost last."""
    handles = []

    def entering(name: str) -> Any:
        def hook(layer: Any, inputs: Any) -> None:
            shown = str(layer) if not any(True for _ in layer.children()) else type(layer).__name__
            entered.append((name, shown, [tuple(x.shape) for x in _flat(inputs)]))

        return hook

    def leaving(layer: Any, inputs: Any, output: Any) -> None:
        entered.pop()

    for name, layer in module.named_modules():
        if layer is not module:
            handles += [layer.register_forward_pre_hook(entering(name)),
                        layer.register_forward_hook(leaving)]  # fmt: skip
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _flat(value: Any) -> list[Any]:
    torch = load_torch()
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, list | tuple):
        return [x for one in value for x in _flat(one)]
    return []


def _check_classes_axis(task: Task, outputs: Any, target: Any) -> None:
    """Refuse class numbers whose shape leaves no axis of classes where torch wants it."""
    if task.kind != CLASSES or target.is_floating_point() or outputs.dim() < 2:
        return
    given, wanted = tuple(target.shape), _labels_shape(outputs)
    if given == wanted:
        return
    hint = ""
    if given == tuple(outputs.shape):
        hint = " Of one-hot labels give y.argmax(1); several labels per sample are of the loss "
        hint += '"bce_with_logits".'
    elif given == tuple(outputs.shape[:-1]):
        hint = " Return outputs.movedim(-1, 1), or give a loss that does."
    elif given == (wanted[0], 1, *wanted[1:]):
        hint = " Give labels without the axis of one, y[:, 0]."
    raise DataError(
        f"The loss {task.name} takes outputs of shape (samples, classes, ...) and labels of shape "
        f"(samples, ...); got {tuple(outputs.shape)} and {given}.{hint}", argument="loss",
    )  # fmt: skip


def _check_labels(task: Task, part: Memory | Streamed | None, outputs: Any) -> None:
    """Refuse class numbers that no output stands for; of a stream, nothing is known before."""
    if not isinstance(part, Memory) or part.target.is_floating_point():
        return
    if task.kind not in (CLASSES, BINARY) or (task.kind == CLASSES and outputs.dim() < 2):
        return
    classes = 2 if task.kind == BINARY else int(outputs.shape[1])
    wrong = (part.target != IGNORED_LABEL) & ((part.target < 0) | (part.target >= classes))
    if bool(wrong.any()):
        first = [int(k) for k in wrong.nonzero()[0]]
        value = int(part.target[tuple(first)])
        place = ", ".join(map(str, first))
        reason = "one per output of the model"
        if task.kind == BINARY:
            reason = f"for the loss {task.name} asks one output yes or no"
        hint = ""
        if task.kind == BINARY:
            hint = ' For measurements give --task regression (in Python task="regression").'
        raise DataError(
            f"data: labels must be from 0 to {classes - 1}, {reason}; got {value} at y[{place}]."
            f"{hint}",
            argument="data", value=value,
            expected=f"0 to {classes - 1}",
        )  # fmt: skip


def _loss(task: Task, outputs: Any, target: Any) -> Any:
    torch = load_torch()
    try:
        with warnings.catch_warnings():
            # torch's word for: I make a table of all outputs and all targets
            warnings.filterwarnings("error", "Using a target size")
            value = task.loss_of(outputs, target)
    except Exception as error:  # a stranger's loss may raise anything
        kind = type(error).__name__
        words = f"The loss {task.name} fails on outputs of shape {tuple(outputs.shape)} and "
        words += f"targets of shape {tuple(target.shape)}, {_dtype(target)}{own_line(error)}"
        words = f"{words}: {kind}: {error}{_labels_hint(outputs, target)}"
        raise DataError(words, argument="loss") from error
    if not isinstance(value, torch.Tensor):
        raise refusal("loss", "a tensor of one number", value, where=task.name, kind=DataError)
    return value


def _labels_hint(outputs: Any, target: Any) -> str:
    """Say what to do with class numbers that came as floats."""
    scores = outputs.dim() > 1 and outputs.shape[1] > 1 and _labels_shape(outputs) == target.shape
    if scores and target.is_floating_point() and bool((target == target.round()).all()):
        return ". Are the targets classes? Give whole numbers, y.astype('int64')."
    return ""


def _dtype(x: Any) -> str:
    return str(x.dtype).removeprefix("torch.")
