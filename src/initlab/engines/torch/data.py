"""Tensors, arrays, Datasets, DataLoaders or the name of a study's data -> training and validation.

What can lie in memory does: arrays and tensors, and Datasets whose samples do not change. Only
what must be iterated (augmentation, samplers of the user's own, more than fits) is.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from initlab.datasets.image_study import IMAGE_STUDIES, image_study
from initlab.datasets.missing import REFUSE, missing_labels
from initlab.datasets.own_arrays import own_samples
from initlab.datasets.split import split
from initlab.datasets.task import CLASSIFICATION, REGRESSION, checked_task, targets_of
from initlab.engines.torch.loader import Streamed
from initlab.engines.torch.materialize import materialized
from initlab.engines.torch.memory import USUAL_BATCH, Memory
from initlab.engines.torch.own_line import own_line
from initlab.engines.torch.references import is_reference, load_object, reference_of
from initlab.errors import DataError, refusal
from initlab.modules.framework import load_torch
from initlab.validation import whole_number

Part = Memory | Streamed


@dataclass(frozen=True)
class ModuleData:
    """What a module is trained and validated on.

    Attributes:
        train: training samples.
        validation: held-out samples; None where there are none.
        reference: text that brings the data back; None for what lives in memory only.
        notes: what a reader of the results should know, one sentence each.
        classes: names of the classes, where labels were texts or a data set names them.
        digest: SHA-256 of the samples in memory.
        own_batch: samples per step where no batch size is asked for.
        task: "classification" or "regression", where it changed the targets.
        n_rows: samples read from a file.
    """

    train: Part
    validation: Part | None
    reference: str | None = None
    notes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    digest: str = ""
    own_batch: int | None = None
    task: str | None = None
    n_rows: int | None = None


def module_data(
    data: Any,
    *,
    batch_size: int | None = None,
    full_batch: bool = False,
    n_validation: int | None = None,
    data_seed: int = 0,
    data_dir: str | os.PathLike[str] | None = None,
    task: str | None = None,
    loss_task: str | None = None,
    **table: Any,
) -> ModuleData:
    """Load the data of a module's study.

    Args:
        data: (x, y); (x_train, y_train, x_validation, y_validation); a Dataset or DataLoader, or
            a pair of them, training first; a function that returns one of these, as itself or as
            "package.module:name"; fashion-mnist, mnist, kmnist or digits; an .npz file or a table;
            or what this function returned.
        batch_size: samples per step; None for what a DataLoader says, else 100.
        full_batch: all samples in every step.
        n_validation: samples held out where no validation part is given; None for a fifth.
        data_seed: seed of that choice.
        data_dir: folder of the image files.
        task: "classification" or "regression"; None where the user does not say.
        loss_task: the task that a loss the user names is for.
        table: how to read a file: see :func:`initlab.datasets.own_arrays.own_samples`.

    Raises:
        ArgumentError, DataError, StorageError: the data cannot be used.
    """
    if isinstance(data, ModuleData):
        return data
    dealt = {"n_validation": n_validation, "data_seed": data_seed}
    if isinstance(data, str | os.PathLike) and not is_reference(data):
        name = os.fspath(data)
        if name in IMAGE_STUDIES:
            _refuse_given({**table, "task": None if task == CLASSIFICATION else task})
            found = _image_set(name, data_dir=data_dir, **dealt)
        else:
            found = _own_file(name, task=checked_task(task, loss_task), **table, **dealt)
        assert isinstance(found.train, Memory)
        return _with_order(found, found.train, batch_size, full_batch)
    _refuse_given(table)
    reference = data if is_reference(data) else None
    if reference is not None:
        data = load_object("data", reference)
    if callable(data) and not _is_part(data):
        reference = reference or reference_of(data)
        data = _called(data)
    notes: list[str] = []
    data, classes = _numbered(data, checked_task(task, loss_task))
    train, validation = _parts(data, notes)
    changed = None
    if task is not None and loss_task is None:
        given = train
        train, validation = _as_task(train, task), validation and _as_task(validation, task)
        changed = None if train is given else task
    if validation is None and isinstance(train, Memory):
        train, validation = _held_out(train, n_validation, data_seed)
    elif n_validation is not None:
        raise refusal("n_validation", "left out where the data brings its own validation part or "
                      "is streamed", n_validation)  # fmt: skip
    found = ModuleData(train, validation, reference, tuple(notes), classes, task=changed)
    if isinstance(train, Memory):
        return _with_order(found, train, batch_size, full_batch)
    if batch_size is not None or full_batch:
        raise refusal("batch_size", "left out with a DataLoader that must be iterated", batch_size)
    if not train.repeats():
        notes.append("The training batches of a seed differ from start to start, for the data "
                     "draws random numbers of its own: the comparison is not paired.")  # fmt: skip
    return replace(found, notes=tuple(notes), own_batch=_own_batch(train, full_batch))


def _with_order(
    found: ModuleData, train: Memory, batch_size: int | None, full_batch: bool
) -> ModuleData:
    """Return data in memory with its batches and its digest."""
    ordered = _with_batches(train, batch_size, full_batch)
    return replace(
        found, train=ordered, digest=_digest(ordered, found.validation),
        own_batch=_own_batch(train, full_batch),
    )  # fmt: skip


def _refuse_given(settings: Mapping[str, Any]) -> None:
    for name, value in settings.items():
        if value not in (None, REFUSE):
            raise refusal(name, "left out with a model, unless its data is a table", value)


def _image_set(name: str, **settings: Any) -> ModuleData:
    """Load an image set, images as (n, 1, height, width)."""
    torch = load_torch()
    found = image_study(name, flat=False, **settings)
    parts = [
        Memory((torch.from_numpy(x[:, np.newaxis]),), torch.from_numpy(y))
        for x, y in ((found.x_train, found.y_train), (found.x_test, found.y_test))
    ]
    return ModuleData(parts[0], parts[1], name, found.notes, found.classes)


def _own_file(name: str, **settings: Any) -> ModuleData:
    """Load a file of the user's: its arrays are treated as in memory, axes and all."""
    own = own_samples(name, **settings)
    train, validation = (
        _pair(own.x[rows], own.targets.y[rows], what)
        for rows, what in ((own.train, "training"), (own.validation, "validation"))
    )
    return ModuleData(
        train, validation, name, own.notes, own.targets.classes, task=own.targets.task,
        n_rows=own.n_rows,
    )  # fmt: skip


def _as_task(part: Part, task: str) -> Part:
    """Return a part whose targets are measurements, floats, or class numbers, whole."""
    if not isinstance(part, Memory):
        raise refusal("task", "left out with a DataLoader that must be iterated", task,
                      hint="Name the loss.")  # fmt: skip
    target = part.target
    if task == REGRESSION:
        return part if target.is_floating_point() else replace(part, target=target.double())
    if not target.is_floating_point():
        return part
    if not bool((target == target.round()).all()):
        raise refusal("task", "regression, for the targets have decimals, or left out", task)
    return replace(part, target=target.long())


def _called(make: Any) -> Any:
    try:
        return make()
    except Exception as error:  # a stranger's function may raise anything
        kind, name = type(error).__name__, getattr(make, "__name__", "data")
        words = f"data: {name}() failed{own_line(error)}: {kind}: {error}"
        raise DataError(words, argument="data") from error


def _is_part(value: Any) -> bool:
    torch = load_torch()
    return isinstance(value, torch.utils.data.Dataset | torch.utils.data.DataLoader)


def _parts(data: Any, notes: list[str]) -> tuple[Part, Part | None]:
    if _is_part(data):
        return _part(data, "training", notes), None
    items = list(data) if isinstance(data, tuple | list) else []
    if len(items) == 4:
        _refuse_other_order(items)
        return _pair(items[0], items[1], "training"), _pair(items[2], items[3], "validation")
    if len(items) == 2 and all(_is_part(one) or _is_pair(one) for one in items):
        parts = [_part(one, what, notes) for one, what in zip(items, ("training", "validation"),
                                                              strict=True)]  # fmt: skip
        return parts[0], parts[1]
    if len(items) == 2:
        return _pair(items[0], items[1], "data"), None
    expected = "(x, y), (x_train, y_train, x_validation, y_validation), a Dataset, a DataLoader, "
    expected += "a pair of these, or a function that returns one"
    raise refusal("data", expected, type(data).__name__, kind=DataError)


def _refuse_other_order(items: list[Any]) -> None:
    """Refuse the order in which scikit-learn's train_test_split returns its parts."""
    sizes = [len(one) if hasattr(one, "__len__") else None for one in items]
    if sizes[0] != sizes[1] and (sizes[0], sizes[1]) == (sizes[2], sizes[3]):
        words = "data: the order is x_train, y_train, x_validation, y_validation; got parts of "
        raise DataError(words + ", ".join(map(str, sizes)) + " samples.", argument="data")


def _numbered(data: Any, task: str | None) -> tuple[Any, tuple[str, ...]]:
    """Put numbers in the place of labels that are texts, the same in both parts."""
    if not isinstance(data, tuple | list) or len(data) not in (2, 4):
        return data, ()
    items = [list(one) if _is_pair(one) else one for one in data]
    nested = len(items) == 2 and any(_is_pair(one) for one in data)
    owners = [(one, 1) for one in items if isinstance(one, list)] if nested else [
        (items, k) for k in range(1, len(items), 2)
    ]  # fmt: skip
    texts = [_texts(owner[k]) for owner, k in owners]
    if not texts or any(one is None for one in texts):
        return data, ()
    labels = np.concatenate([one for one in texts if one is not None])
    for index in np.flatnonzero(missing_labels(labels)).tolist():
        raise DataError(f"data: y[{index}] is missing: {str(labels[index])!r}.", argument="data")
    targets = targets_of(labels, task, what="data, y", where=lambda index: f"data, y[{index}]")
    numbers = targets.y
    for owner, k in owners:
        owner[k], numbers = numbers[: len(owner[k])], numbers[len(owner[k]) :]
    return tuple(items), targets.classes


def _texts(y: Any) -> Any:
    """Return labels as an array of texts; None where they are something else."""
    if isinstance(y, load_torch().Tensor) or _is_part(y):
        return None
    array = np.asarray(y)
    if array.dtype.kind == "O" and array.ndim == 1 and all(isinstance(one, str) for one in array):
        array = array.astype(str)
    return array if array.dtype.kind in "US" and array.ndim == 1 else None


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple | list) and len(value) == 2 and all(
        hasattr(one, "shape") for one in value
    )  # fmt: skip


def _part(value: Any, what: str, notes: list[str]) -> Part:
    if _is_part(value):
        found = materialized(value, what, notes)
        return _checked(found, what) if isinstance(found, Memory) else found
    x, y = value
    return _pair(x, y, what)


def _pair(x: Any, y: Any, what: str) -> Memory:
    """Turn arrays into tensors: pixels to [0, 1], labels to class numbers, all of one length."""
    inputs, target = _numbers(x, f"{what} x"), _target(y, f"{what} y")
    if inputs.dim() == 0 or target.dim() == 0 or len(inputs) != len(target):
        several = isinstance(x, tuple | list) and all(hasattr(one, "shape") for one in x)
        hint = " For several inputs give a TensorDataset(x1, x2, ..., y)." if several else ""
        raise DataError(
            f"data: {what} x and y must hold one entry per sample; got shapes "
            f"{tuple(inputs.shape)} and {tuple(target.shape)}.{hint}", argument="data",
        )  # fmt: skip
    if len(target) == 0:
        raise DataError(f"data: {what} holds no sample.", argument="data")
    return Memory((inputs,), target)


def _checked(part: Memory, what: str) -> Memory:
    """Refuse samples that are not finite; whole numbers of any width are class numbers."""
    for x in part.inputs:
        if x.is_floating_point():
            _refuse_nonfinite(x, f"{what} x")
    target = part.target
    if target.is_floating_point():
        _refuse_nonfinite(target, f"{what} y")
    elif target.dtype != load_torch().bool:
        target = target.long()
    if len(target) == 0 or any(len(x) != len(target) for x in part.inputs):
        lengths = ", ".join(str(len(x)) for x in (*part.inputs, target))
        words = f"data: {what} x and y must hold one entry per sample; got {lengths}."
        raise DataError(words, argument="data")
    return replace(part, target=target)


def _refuse_nonfinite(x: Any, what: str) -> None:
    torch = load_torch()
    if not bool(torch.isfinite(x).all()):
        first = tuple(int(i) for i in (~torch.isfinite(x)).nonzero()[0])
        raise DataError(
            f"data: {what} must hold finite numbers; {list(first)} is {float(x[first])}.",
            argument="data",
        )  # fmt: skip


def _numbers(x: Any, what: str) -> Any:
    torch = load_torch()
    if not isinstance(x, torch.Tensor):
        array = np.asarray(x)
        if array.dtype.kind not in "biuf":
            raise DataError(f"data: {what} must hold numbers; got {array.dtype}.", argument="data")
        if array.dtype.kind == "u" and array.dtype != np.uint8:
            array = array.astype(np.int64)
        x = torch.from_numpy(np.ascontiguousarray(array))
    x = x.detach()
    if x.dtype == torch.uint8 and x.dim() >= 3:
        x = x.float() / 255  # pixels
    elif not x.is_floating_point():
        x = x.long()
    else:
        _refuse_nonfinite(x, what)
    return x


def _target(y: Any, what: str) -> Any:
    torch = load_torch()
    if not isinstance(y, torch.Tensor):
        array = np.asarray(y)
        y = torch.from_numpy(array.astype(np.int64)) if array.dtype.kind in "bu" else array
    elif not y.is_floating_point():
        y = y.long()
    target = _numbers(y, what)
    if not target.is_floating_point() and target.dim() == 2 and target.shape[1] == 1:
        return target[:, 0]
    return target


def _held_out(train: Memory, n_validation: int | None, data_seed: int) -> tuple[Memory, Memory]:
    torch = load_torch()
    if len(train) < 2:
        raise DataError("data: wanted 2 samples or more; got 1.", argument="data")
    parts = split(len(train), n_validation=n_validation, data_seed=data_seed)
    chosen = [torch.from_numpy(rows) for rows in parts[:2]]
    one, other = (
        replace(train, inputs=tuple(x[rows] for x in train.inputs), target=train.target[rows])
        for rows in chosen
    )
    return one, other


def _with_batches(train: Memory, batch_size: int | None, full_batch: bool) -> Memory:
    if full_batch:
        return replace(train, batch_size=None, shuffle=False)
    if batch_size is not None:
        where = f"{len(train):,} training samples"
        size: int | None = whole_number(
            "batch_size", batch_size, minimum=1, maximum=len(train), where=where
        )
    else:
        size = _own_batch(train, full_batch)
    return replace(train, batch_size=size)


def _own_batch(train: Part, full_batch: bool) -> int | None:
    if full_batch or isinstance(train, Streamed):
        return None if full_batch else train.batch_size
    return min(train.batch_size or USUAL_BATCH, len(train))


def _digest(train: Memory, validation: Part | None) -> str:
    digest = hashlib.sha256()
    for part in (train, validation):
        if isinstance(part, Memory):
            for tensor in (*part.inputs, part.target):
                digest.update(f"{tensor.dtype} {tuple(tensor.shape)}".encode())
                numbers = tensor.cpu().contiguous().reshape(-1).view(load_torch().uint8)
                digest.update(numbers.numpy().data)
    return digest.hexdigest()
