"""A model's outputs and targets -> the one number that is backpropagated, and what it is beside."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from initlab.diagnosis.inputs import Inputs, own_loss
from initlab.engines.torch.constant import ConstantPrediction
from initlab.engines.torch.task import BINARY, CLASSES, OTHER, VALUES, Task, task_of
from initlab.errors import DataError, invalid_argument, shown_value
from initlab.modules.computation import tensors_in, with_tensors
from initlab.modules.framework import load_torch
from initlab.networks.constant import SURE
from initlab.networks.losses import TABLE
from initlab.randomness import SAMPLES, generator_for
from initlab.user_code import user_code

OWN = "the model's own"
TRIES = 40  # steps towards the best constant of a loss of the user's own
FIRST_STEP, LAST_STEP = 1.0, 0.01


@dataclass(frozen=True)
class Objective:
    """What is backpropagated.

    Attributes:
        value: a tensor of one number: the loss; or, without one, the sum of the outputs, each
            times a fixed random number of mean square 1.
        outputs: the tensor of outputs that is looked at.
        scale: what a sample's gradient is multiplied with in it: 1 over the samples for a loss,
            which is a mean over them.
        task: what outputs mean; None without a loss, or with the model's own.
        target: the targets; None without.
        name: of the loss; "" without.
        others: how many more floating outputs the model returned.
        place: which of them the one that is looked at is: "'logits'", "number 2"; "" of one alone.
        raw: all that the model returned.
    """

    value: Any
    outputs: Any
    scale: float
    task: Task | None = None
    target: Any = None
    name: str = ""
    others: int = 0
    place: str = ""
    raw: Any = None

    @property
    def words(self) -> str:
        """A sentence: of several outputs, which is looked at, and what the loss is given."""
        if not self.others:
            return ""
        given = ""
        if self.name:
            every = self.task is None or self.task.kind == OTHER
            received = "all outputs" if every else "this output alone"
            given = f"; the loss function receives {received}"
        return f"Of the model's {self.others + 1} outputs, {self.place} is measured{given}."

    @property
    def unpaired(self) -> str:
        """The shapes of outputs and targets of a regression, where the targets have more axes."""
        if self.task is None or self.task.kind != VALUES or self.target.dim() <= self.outputs.dim():
            return ""
        return (f"outputs of shape {tuple(self.outputs.shape)}, and the targets have shape "
                f"{tuple(self.target.shape)}")  # fmt: skip

    def guess_loss(self) -> float | None:
        """Return the loss of random guessing."""
        if self.task is None:
            return None
        guess = TABLE[self.task.name].guess if self.task.name in TABLE else math.log
        if self.task.kind == BINARY:
            return guess(2)
        if self.task.kind == CLASSES and self.outputs.dim() > 1:
            return guess(int(self.outputs.shape[1]))
        return None

    def prior_loss(self) -> float | None:
        """Return the loss of the best constant prediction for these targets.

        Of a loss of the user's own it is searched for, from zeros, the mean output and the mean
        target; where the model returns several tensors, of all of them at once.
        """
        if self.task is None:
            return None
        if self.task.kind == OTHER:
            return self._searched(self.task)
        target = self.target
        if self.task.kind == VALUES and target.shape != self.outputs.shape:
            target = target.reshape(self.outputs.shape)
        classes = self.outputs.shape[1] if self.outputs.dim() > 1 else 1
        with contextlib.suppress(Exception):  # targets of a kind that has no such answer
            best = ConstantPrediction(self.task, target, int(classes)).outputs(target)
            best = best.to(self.outputs.dtype if best.is_floating_point() else best.dtype)
            return float(self.task.loss_of(best, target))
        return None

    def _searched(self, task: Task) -> float | None:
        """Return the lowest loss found of outputs that are the same for every sample.

        A number that a model returns beside them, such as a penalty, counts as 0. None where the
        loss is the same for other targets: it is then of the outputs alone.
        """
        torch, found, target = load_torch(), list[float](), self.target
        with contextlib.suppress(Exception), torch.enable_grad():  # it may need the model
            samples = len(self.outputs)
            tensors = [one.detach() for one in tensors_in(self.raw) if one.is_floating_point()]
            # beside the loss of huge outputs, what the targets add may be rounded away
            sizes = (float(one.double().square().mean().sqrt()) for one in tensors)
            scaled = (one / max(1.0, size) for one, size in zip(tensors, sizes, strict=True))
            small = with_tensors(self.raw, scaled)
            if not any(_reads_targets(task, one, target) for one in (self.raw, small)):
                return None
            means = [one.mean(dim=0, keepdim=True) if _of_samples(one, samples) else one
                     for one in tensors]  # fmt: skip
            zeros = [torch.zeros_like(one) for one in means]
            starts = [zeros, [one if one.dim() else zero
                              for one, zero in zip(means, zeros, strict=True)]]  # fmt: skip
            if torch.is_tensor(target) and target.is_floating_point():
                starts.append([_mean_of(target, one, own) for one, own in
                               zip(tensors, starts[1], strict=True)])  # fmt: skip
            for first in starts:
                answer = [one.clone() for one in first]
                for k in range(TRIES):
                    for one in answer:
                        one.requires_grad_(bool(one.dim()))
                    given = iter(one.expand(whole.shape).clone()
                                 for one, whole in zip(answer, tensors, strict=True))  # fmt: skip
                    loss = task.loss(with_tensors(self.raw, given), target)
                    found.append(float(loss.detach()))
                    moved = [one for one in answer if one.requires_grad]
                    slopes = iter(torch.autograd.grad(loss, moved, allow_unused=True))
                    step = FIRST_STEP * (LAST_STEP / FIRST_STEP) ** (k / TRIES)
                    answer = [_stepped(one, next(slopes), step) if one.requires_grad else one
                              for one in answer]  # fmt: skip
        return min(filter(math.isfinite, found), default=None)

    def least_loss(self, low: float, high: float) -> float | None:
        """Return the lowest loss for these targets that outputs between two bounds can reach."""
        if self.task is None or self.task.name not in TABLE or low >= high:
            return None
        torch, target, shape = load_torch(), self.target, self.outputs.shape
        wrong, right = max(low, -SURE), min(high, SURE)
        with contextlib.suppress(Exception):  # targets of a kind that has no such answer
            if self.task.kind == VALUES:
                best = target.reshape(shape).clamp(low, high)
            elif self.task.kind == BINARY:
                best = torch.logit(target.reshape(shape).double()).clamp(wrong, right)
            else:
                own = torch.nn.functional.one_hot(target, shape[1]).movedim(-1, 1)
                best = torch.where(own.bool(), right, wrong)
            return float(self.task.loss_of(best.to(self.outputs.dtype), target))
        return None


def objective_of(
    raw: Any, inputs: Inputs, loss: Any, seed: int,
    otherwise: Callable[[Any, int], Any] | None = None,
) -> Objective:  # fmt: skip
    """Return what is backpropagated of a model's outputs.

    Without a loss it is what ``otherwise`` returns of outputs and seed; by default their sum, each
    times a random number.

    Outputs are a tensor; or, in a tuple, mapping or object of them, ``logits`` or the first
    floating one. Where the model was given labels, and returns a loss of its own, that is taken.

    Raises:
        DataError, ArgumentError: there is no such tensor, or the loss fails.
    """
    torch = load_torch()
    found = [one for one in tensors_in(raw) if one.is_floating_point()]
    outputs = raw if isinstance(raw, torch.Tensor) else _named(raw, "logits")
    if outputs is None:
        outputs = next((one for one in found if one.dim()), None)
    if outputs is None or not outputs.is_floating_point():
        raise DataError(
            "The model must return a tensor of floating-point numbers, or a tuple or mapping that "
            f"holds such a tensor; it returned {_kind(raw)}.", argument="model",
        )  # fmt: skip
    own = _named(raw, "loss")
    if own is not None and inputs.target is None and loss is None and own_loss(inputs):
        return Objective(own, outputs, 1 / inputs.samples, name=OWN)
    others: dict[str, Any] = {
        "others": sum(one is not outputs for one in found), "place": _place(raw, outputs),
    }  # fmt: skip
    target = inputs.target
    if target is None and loss is not None:
        target = _drawn(loss, outputs, inputs, seed)
    if target is None:
        value = (otherwise or _weighted)(outputs, seed)
        return Objective(value, outputs, 1.0, **others)
    return _with_loss(raw, outputs, inputs, target, loss, others)


def random_values(words: str, outputs: Any, seed: int) -> Any:
    """Return random numbers of mean square 1 in the shape of outputs, drawn as the words say."""
    generator = generator_for(seed, f"diagnosis, {words}", SAMPLES)
    drawn = load_torch().from_numpy(generator.standard_normal(tuple(outputs.shape)))
    return (drawn / drawn.square().mean().sqrt()).to(outputs.device, outputs.dtype)


def _weighted(outputs: Any, seed: int) -> Any:
    return (outputs * random_values("cotangent", outputs, seed)).sum()


def _with_loss(
    raw: Any, outputs: Any, inputs: Inputs, target: Any, loss: Any, others: Mapping[str, Any]
) -> Objective:
    if not isinstance(target, load_torch().Tensor) and not callable(loss):
        raise invalid_argument(
            "loss", "a function of outputs and targets, because y holds several tensors", loss
        )
    task = task_of(loss, outputs, target)
    if task.kind == CLASSES and _last_are_classes(outputs, target):
        outputs = outputs.movedim(-1, 1)  # scores of each position, as language models give them
    of_targets = " and ".join(str(tuple(one.shape)) for one in tensors_in(target))
    shapes = f"outputs of shape {tuple(outputs.shape)} and targets of shape {of_targets}"
    with user_code("loss", f"The loss {task.called} fails", then=f" on {shapes}"):
        value = (task.loss(raw, target) if task.kind == OTHER
                 else task.loss_of(outputs, target))  # fmt: skip
    if not isinstance(value, load_torch().Tensor) or value.numel() != 1:
        got = (f"a {type(value).__name__} of shape {tuple(value.shape)}"
               if hasattr(value, "shape") else shown_value(value, 80))  # fmt: skip
        expected = "a function that returns one number per batch, as a scalar tensor"
        raise invalid_argument("loss", expected, got, got=f"a function that returns {got}",
                               where=task.called,
                               hint='Average the loss, for example with reduction="mean".',
                               kind=DataError)  # fmt: skip
    return Objective(
        value.reshape(()), outputs, 1 / inputs.samples, task, target, task.name,
        raw=raw, **others,
    )  # fmt: skip


def _of_samples(one: Any, samples: int) -> bool:
    return bool(one.dim()) and len(one) == samples


def _mean_of(target: Any, output: Any, otherwise: Any) -> Any:
    """Return the mean target in the shape of one output; something else where it does not fit."""
    if target.numel() != output.numel() or not output.dim():
        return otherwise
    return target.detach().reshape(output.shape).to(output.dtype).mean(dim=0, keepdim=True)


def _stepped(answer: Any, slope: Any, step: float) -> Any:
    return answer.detach() if slope is None else answer.detach() - step * slope.sign()


def _reads_targets(task: Task, raw: Any, target: Any) -> bool:
    """Whether a loss changes where all samples get the target of the first; one that is inf may."""
    if not isinstance(target, load_torch().Tensor):
        return True
    with load_torch().no_grad():  # a loss may write into targets, or need them in one piece
        own = float(task.loss(raw, target.clone()))
        first = target[:1].expand(target.shape).clone()
        return not math.isfinite(own) or own != float(task.loss(raw, first))


def _last_are_classes(outputs: Any, target: Any) -> bool:
    if outputs.dim() < 3 or target.is_floating_point():
        return False
    shape = tuple(outputs.shape)
    return tuple(target.shape) == shape[:-1] and tuple(target.shape) != (shape[0], *shape[2:])


def _drawn(loss: Any, outputs: Any, inputs: Inputs, seed: int) -> Any:
    """Return random targets for a random batch and a loss by name."""
    torch = load_torch()
    if not inputs.random or loss not in TABLE:
        raise invalid_argument("y", "given if a loss is given", None)
    generator, shape = generator_for(seed, "diagnosis, targets", SAMPLES), tuple(outputs.shape)
    kind = TABLE[loss].targets
    numbers: Any
    if kind == CLASSES and len(shape) > 1:
        numbers = generator.integers(shape[1], size=(shape[0], *shape[2:]))
    elif kind == BINARY:
        numbers = generator.integers(2, size=shape).astype(float)
    else:
        numbers = generator.standard_normal(shape)
    drawn = torch.from_numpy(numbers).to(outputs.device)
    return drawn.to(outputs.dtype) if drawn.is_floating_point() else drawn


def _named(raw: Any, name: str) -> Any:
    found = raw.get(name) if isinstance(raw, Mapping) else getattr(raw, name, None)
    return found if isinstance(found, load_torch().Tensor) else None


def _place(raw: Any, outputs: Any) -> str:
    """Return which part of what a model returned its outputs are."""
    if _named(raw, "logits") is outputs:
        return "'logits'"
    if isinstance(raw, Mapping):
        return next((repr(name) for name, one in raw.items() if one is outputs), "the first")
    parts = raw if isinstance(raw, list | tuple) else ()
    number = next((k for k, one in enumerate(parts, start=1) if one is outputs), 1)
    return "the first" if number == 1 else f"number {number}"


def _kind(raw: Any) -> str:
    dtype = getattr(raw, "dtype", None)
    return type(raw).__name__ + (f" of {str(dtype).removeprefix('torch.')}" if dtype else "")
