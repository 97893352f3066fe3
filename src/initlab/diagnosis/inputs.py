"""What a user gives as data, or a shape, or nothing -> one batch, and what it is in words."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.datasets.dataset import LoaderData
from initlab.diagnosis.fresh import Batches, shuffled
from initlab.diagnosis.samples import MOST_SAMPLES, chosen_samples
from initlab.engines.torch.batches import batch_of, items_of_epoch
from initlab.errors import DataError, invalid_argument, unusable
from initlab.modules.anatomy import anatomy_of
from initlab.modules.computation import tensors_in
from initlab.modules.framework import load_torch
from initlab.networks.anatomy import EMBEDDING, LINEAR, Layer
from initlab.networks.layer_name import called
from initlab.randomness import SAMPLES, generator_for
from initlab.validation import items_of, whole_number

BATCH_SAMPLES, BATCH_TOKENS = 64, 16  # of a random batch
SHAPE = (
    'the sizes of a batch, beginning with the number of samples, such as "32x3x224x224" or '
    "(32, 3, 224, 224)"
)
TARGETS = ("labels", "label", "targets", "target", "y")  # keywords that no layer computes with


@dataclass(frozen=True)
class Inputs:
    """One batch.

    Attributes:
        given: what the model is called with: a tuple, or a mapping by keyword.
        target: the targets; None without.
        samples: number of samples.
        words: what the batch is: "64 samples of the data".
        random: whether it was drawn.
        batches: what a trial trains on, of the data that it is from.
    """

    given: tuple[Any, ...] | dict[str, Any]
    target: Any
    samples: int
    words: str
    random: bool = False
    batches: Batches | None = field(default=None, repr=False, compare=False)

    @property
    def finite(self) -> bool:
        """Whether all floating inputs are finite."""
        torch = load_torch()
        values = self.given.values() if isinstance(self.given, dict) else self.given
        return all(bool(torch.isfinite(one).all()) for one in values
                   if isinstance(one, torch.Tensor))  # fmt: skip

    @property
    def shapes(self) -> str:
        """Return ", of shape (64, 1, 8, 8)" of its tensors; "" of none."""
        values = self.given.values() if isinstance(self.given, dict) else self.given
        found = [str(tuple(one.shape)) for one in values if isinstance(one, load_torch().Tensor)]
        return f", of shape {' and '.join(found)}" if found else ""

    @property
    def bytes(self) -> int:
        """Return how many bytes its tensors take."""
        return sum(one.nbytes for one in tensors_in((self.given, self.target)))

    def chosen(self, rows: NDArray[np.intp]) -> Inputs:
        """Return some of its samples."""
        chosen = load_torch().from_numpy(rows)

        def some(one: Any) -> Any:
            return one[chosen.to(one.device)]

        given = chosen_rows(self.given, some, self.samples)
        target = chosen_rows(self.target, some, self.samples)
        return replace(self, given=given, target=target, samples=len(rows))

    def copied(self) -> Inputs:
        """Return the batch with inputs of its own: a forward may write into them."""
        tensor = load_torch().Tensor

        def copy(one: Any) -> Any:
            return one.clone() if isinstance(one, tensor) else one

        if isinstance(self.given, dict):
            return replace(self, given={name: copy(one) for name, one in self.given.items()})
        return replace(self, given=tuple(map(copy, self.given)))


def inputs_of(
    model: Any, x: Any = None, y: Any = None, *, shape: Any = None, seed: int = 0
) -> Inputs:
    """Return the batch that a model is measured at, on its device and in its dtype.

    Args:
        model: the module.
        x: a tensor or array; a tuple of several inputs; a mapping by keyword; a DataLoader or
            Dataset, whose first batch is taken, its last entry the targets; inputs made before;
            None for a random batch. Of more than 256 samples so many are chosen.
        y: the targets of these samples; None without.
        shape: sizes of a random batch, the number of samples first; None for what the first
            layer says. It holds normal numbers, or tokens where the first layer is an embedding.
        seed: of what is drawn or chosen.

    Raises:
        ArgumentError, DataError: an argument is not allowed, or the shape cannot be told.
    """
    if isinstance(x, Inputs):
        return x
    if x is None:
        return _random(model, y, shape, seed)
    if shape is not None:
        raise invalid_argument("shape", "left out if x is given", shape)
    data = load_torch().utils.data
    if isinstance(x, data.DataLoader | data.Dataset):
        if y is not None:
            raise invalid_argument(
                "y", "left out if x is a DataLoader or Dataset, which holds its own targets", y
            )
        return _first_batch(model, x, seed)
    given = _placed(model, x)
    target = None if y is None else _target(model, y)
    return _chosen(given, target, seed)


def own_loss(inputs: Inputs) -> bool:
    """Whether a mapping brings labels, from which the model makes its own loss."""
    return isinstance(inputs.given, dict) and any(name in TARGETS for name in inputs.given)


def _first_batch(model: Any, source: Any, seed: int) -> Inputs:
    data = load_torch().utils.data
    loader = source
    if isinstance(source, data.Dataset):
        shuffled = not isinstance(source, data.IterableDataset)
        loader = data.DataLoader(source, BATCH_SAMPLES, shuffle=shuffled)
    items = items_of_epoch(LoaderData(loader), seed, 0)
    read = (_chosen(*_parts(model, item), seed) for item in items)
    first = next(read, None)
    if first is None:
        raise unusable("the DataLoader or Dataset yields no sample.", "x")
    return replace(first, batches=Batches(itertools.chain([first], read)))


def _parts(model: Any, item: Any) -> tuple[Any, Any]:
    """Return the inputs and the targets of what a loader yields."""
    if isinstance(item, Mapping):
        return _placed(model, item), None
    tensor = load_torch().Tensor
    if isinstance(item, tensor) or (isinstance(item, list | tuple) and len(item) == 1):
        return _placed(model, tuple(item) if isinstance(item, list) else item), None
    x, target = batch_of(item)
    return _placed(model, x), _target(model, target)


def _chosen(given: tuple[Any, ...] | dict[str, Any], target: Any, seed: int) -> Inputs:
    tensor = load_torch().Tensor
    values = list(given.values()) if isinstance(given, dict) else list(given)
    sized = [one for one in values if isinstance(one, tensor) and one.dim()]
    if not sized:
        raise invalid_argument(
            "x", "one or more tensors whose first axis holds the samples", given, kind=DataError
        )
    count = len(sized[0])
    first = next((one for one in tensors_in(target) if one.dim()), None)
    if first is not None and len(first) != count:
        counts = [len(one) for one in sized if len(one) == len(first)]
        fits = counts or [one.shape[1] for one in sized if one.dim() > 1
                          and one.shape[1] == len(first)]  # fmt: skip
        if not fits:
            raise unusable(f"x and y must hold one entry per sample; got shapes "
                           f"{tuple(sized[0].shape)} and {tuple(first.shape)}.", "y")  # fmt: skip
        count = int(fits[0])
    if count == 0:
        raise unusable("it holds no samples.", "x")
    most = MOST_SAMPLES if all(len(one) == count for one in sized) else count
    rows, words = chosen_samples(count, seed, most)
    every = Inputs(given, target, count, words)
    measured = every if rows is None else every.chosen(rows)
    return replace(measured, batches=Batches(shuffled(every, seed)))


def chosen_rows(value: Any, some: Callable[[Any], Any], count: int) -> Any:
    """Return inputs or targets, of every tensor with that many rows some."""
    if isinstance(value, dict):
        return {name: chosen_rows(one, some, count) for name, one in value.items()}
    if isinstance(value, tuple):
        return tuple(chosen_rows(one, some, count) for one in value)
    sized = isinstance(value, load_torch().Tensor) and value.dim() and len(value) == count
    return some(value) if sized else value


def _placed(model: Any, x: Any) -> tuple[Any, ...] | dict[str, Any]:
    """Return inputs as tensors of their own, on the model's device, floats in its dtype."""
    if isinstance(x, Mapping):
        return {str(name): _tensor(model, value) for name, value in x.items()}
    if isinstance(x, tuple):
        return tuple(_tensor(model, one) for one in x)
    found = _tensor(model, x)
    if not isinstance(found, load_torch().Tensor):
        expected = ("a tensor, an array, a tuple or mapping of tensors or arrays, a DataLoader or "
                    "a Dataset")  # fmt: skip
        raise invalid_argument("x", expected, x, kind=DataError)
    return (found,)


def _tensor(model: Any, value: Any) -> Any:
    torch = load_torch()
    if isinstance(value, str | bytes | bool | int | float) or value is None:
        return value  # a setting of the forward
    if isinstance(value, torch.Tensor):
        if value.is_meta:
            raise invalid_argument("x", "tensors with values", value, kind=DataError,
                                   got="a tensor on the meta device")  # fmt: skip
        found = value.detach()
    else:
        try:
            found = torch.from_numpy(np.array(value))
        except (TypeError, ValueError, RuntimeError):
            return value  # what it is, the model knows
    like = next((one for one in model.parameters() if one.is_floating_point()), None)
    if like is None:
        return found.clone()
    dtype = like.dtype if found.is_floating_point() else found.dtype
    return found.to(like.device, dtype, copy=True)  # the forward may write into it


def _target(model: Any, y: Any) -> Any:
    """Return targets as tensors: one, or several in a tuple or mapping for a loss of the user's."""
    if isinstance(y, Mapping):
        return {name: _target(model, one) for name, one in y.items()}
    if isinstance(y, tuple):
        return tuple(_target(model, one) for one in y)
    found = _tensor(model, y)
    torch = load_torch()
    if not isinstance(found, torch.Tensor) or found.is_complex():
        raise invalid_argument(
            "y", "an array or tensor of class numbers or of real numbers", y, kind=DataError
        )
    if found.is_floating_point():
        return found
    found = found.long()
    return found[:, 0] if found.dim() == 2 and found.shape[1] == 1 else found


def _random(model: Any, y: Any, shape: Any, seed: int) -> Inputs:
    torch = load_torch()
    first = _first_layer(model)
    sizes = _guessed(model, first) if shape is None else _sizes(shape)
    if len(sizes) == 1 and first is not None and first.role == LINEAR:
        width = getattr(model.get_submodule(first.name), "in_features", None)
        if sizes[0] == width and width > 1:  # which the layer would take for one sample
            hint = f"For {BATCH_SAMPLES} samples of {width} numbers, give {BATCH_SAMPLES}x{width}."
            raise invalid_argument("shape", SHAPE, shape, hint=hint)
    tokens = _tokens(model, first)
    like = next((one for one in model.parameters() if one.is_floating_point()), None)
    generator = generator_for(seed, "diagnosis", SAMPLES)
    plural = "" if sizes[0] == 1 else "s"
    each = "x".join(map(str, sizes[1:]))
    single = " each" if plural else ""
    size = f"size {each}" if each else f"one number{single}"
    words = f"{sizes[0]} random sample{plural} of {size}"
    if tokens is not None:
        numbers = torch.from_numpy(generator.integers(tokens, size=sizes))
        of = f"{each} random tokens" if each else f"one random token{single}"
        words = f"{sizes[0]} sample{plural} of {of}"
    else:
        numbers = torch.from_numpy(generator.standard_normal(sizes))
        numbers = numbers.to(torch.get_default_dtype() if like is None else like.dtype)
    if like is not None:
        numbers = numbers.to(like.device)
    target = None if y is None else _target(model, y)
    if target is not None and len(target) != sizes[0]:
        raise unusable(f"it must hold as many entries as the batch has samples, {sizes[0]}; got "
                       f"{len(target)}.", "y")  # fmt: skip
    return _with_itself(Inputs((numbers,), target, sizes[0], words, random=True))


def _with_itself(one: Inputs) -> Inputs:
    return replace(one, batches=Batches(iter((one,))))


def _sizes(shape: Any) -> tuple[int, ...]:
    if isinstance(shape, str):
        parts: Sequence[Any] = shape.lower().replace("×", "x").replace(",", "x").split("x")
        try:
            parts = [int(one) for one in parts]
        except ValueError:
            raise invalid_argument("shape", SHAPE, shape) from None
    else:
        parts = items_of("shape", shape, SHAPE)
    if not parts:
        raise invalid_argument("shape", SHAPE, shape)
    return tuple(whole_number("shape", one, minimum=1) for one in parts)


def _first_layer(model: Any) -> Layer | None:
    """Return the first layer with weights: as computed where torch.fx can trace it."""
    layers = anatomy_of(model, numbers=False).layers
    return next((one for one in layers if any(p.fan is not None for p in one.parameters)), None)


def _tokens(model: Any, first: Layer | None) -> int | None:
    if first is None or first.role != EMBEDDING:
        return None
    return int(model.get_submodule(first.name).num_embeddings)


def _guessed(model: Any, first: Layer | None) -> tuple[int, ...]:
    """Return the sizes that the first layer leaves no doubt about.

    Raises:
        DataError: there is doubt, as of images, whose height and width are free.
    """
    if first is not None and first.role == EMBEDDING:
        return BATCH_SAMPLES, BATCH_TOKENS
    layer: Any = None if first is None else model.get_submodule(first.name)
    if first is not None and first.role == LINEAR and hasattr(layer, "in_features"):
        return BATCH_SAMPLES, int(layer.in_features)
    what = "the model" if first is None else f"{called(first.name)} ({first.kind})"
    raise DataError(
        f"The sizes of the inputs cannot be derived from {what}. Give x, or the shape of a "
        "batch, such as shape=\"32x3x224x224\".",
        argument="shape",
    )  # fmt: skip
