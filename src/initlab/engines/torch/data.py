"""Tensors, arrays, Datasets, DataLoaders or the name of a study's data -> training and validation.

What can lie in memory does: arrays and tensors, and Datasets whose samples do not change. Only
what must be iterated (augmentation, samplers of the user's own, more than fits) is.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from initlab.datasets.dataset import Dataset, InMemory, LoaderData, Samples, arrays
from initlab.datasets.image_study import IMAGE_STUDIES, image_study
from initlab.datasets.missing import REFUSE, missing_labels
from initlab.datasets.split import split
from initlab.datasets.task import CLASSIFICATION, REGRESSION, checked_task, targets_of
from initlab.datasets.user_arrays import user_samples
from initlab.datasets.user_data import array_of, no_numbers
from initlab.engines.torch.batches import DEFAULT_BATCH, repeats
from initlab.engines.torch.materialize import materialized
from initlab.errors import DataError, invalid_argument, unusable
from initlab.modules.framework import load_torch
from initlab.references import is_reference, load_object, reference_of
from initlab.user_code import user_code
from initlab.validation import flag, left_out, whole_number

if TYPE_CHECKING:
    from torch import Tensor
    from torch.utils.data import DataLoader
    from torch.utils.data import Dataset as TorchDataset


def module_data(
    data: Any,
    *,
    batch_size: int | None = None,
    full_batch: bool = False,
    n_validation: int | None = None,
    data_seed: int = 0,
    stratify: bool | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    task: str | None = None,
    loss_task: str | None = None,
    **table: Any,
) -> Dataset:
    """Load the data of a module's study.

    Args:
        data: (x, y); (x_train, y_train, x_validation, y_validation); a Dataset or DataLoader, or
            a pair of them, training first; a function that returns one of these, as itself or as
            "package.module:name"; fashion-mnist, mnist, kmnist, fashion-sample or
            digits; an .npz file or a table; or what this function returned.
        batch_size: samples per step; None for what a DataLoader says, else 100.
        full_batch: all samples in every step.
        n_validation: samples held out where no validation part is given; None for a fifth.
        data_seed: seed of that choice.
        stratify: keep the classes' shares in both parts of it; None for yes, where they are
            dealt out here.
        data_dir: folder of the image files.
        task: "classification" or "regression"; None where the user does not say.
        loss_task: the task that a loss the user names is for.
        table: how to read a file: see :func:`initlab.datasets.user_arrays.user_samples`.

    Raises:
        ArgumentError, DataError, StorageError: the data cannot be used.
    """
    if isinstance(data, Dataset):
        return data
    notes: list[str] = []
    dealt: dict[str, Any] = {"n_validation": n_validation, "data_seed": data_seed}
    reference = os.fspath(data) if isinstance(data, str | os.PathLike) else None
    shares = stratify is None or flag("stratify", stratify)
    if reference in IMAGE_STUDIES:
        _refuse_given(table)
        if task not in (None, CLASSIFICATION):
            raise invalid_argument(
                "task", f"left out or classification, because {reference} has classes", task
            )
        if stratify:
            raise invalid_argument("stratify", f"False or left out for {reference}", stratify)
        found = _image_set(reference, data_dir=data_dir, **dealt)
    elif reference is not None and not is_reference(data):
        found = _own_file(
            reference, task=checked_task(task, loss_task), stratify=shares, **table, **dealt
        )
    else:
        _refuse_given(table)
        if reference is not None:
            data = load_object("data", reference)
        if callable(data) and not _is_torch_data(data):
            reference = reference or reference_of(data)
            with user_code("data", f"{getattr(data, '__name__', 'data')}() failed", named=True):
                data = data()
        given, found_task = data, checked_task(task, loss_task)
        data, classes = _numbered(data, found_task)
        train, validation = _parts(data, notes)
        decisive = data is not given  # labels that are texts
        if task is not None and loss_task is None:
            before = train
            train, validation = _as_task(train, task), validation and _as_task(validation, task)
            decisive |= train is not before
        if validation is None and isinstance(train, InMemory):
            if len(train) < 2:
                raise unusable("two samples or more are needed; got one.")
            labels = _labels(train.y) if shares else None
            kept, held_out, _ = split(len(train), labels=labels, **dealt)
            train, validation = train.chosen(kept), train.chosen(held_out)
            stratify = shares
        else:
            left_out({"n_validation": n_validation, "stratify": stratify or None},
                     "if the data has a validation part or is read batch by batch")  # fmt: skip
            stratify = None
        found = Dataset(
            reference or "data", train, validation, task=found_task if decisive else None,
            classes=classes, notes=tuple(notes), held_out="validation", reference=reference,
            stratify=stratify,
        )  # fmt: skip
    train, own = _with_batches(found.train, batch_size, full_batch)
    if isinstance(train, LoaderData) and not repeats(train):
        notes = [*found.notes]
        notes.append("The data draws its own random numbers. Even with the same seed, two inits "
                     "are trained on different batches, so the comparison is not "
                     "paired.")  # fmt: skip
        found = replace(found, notes=tuple(notes))
    checksums = {"samples": _digest(train, found.test)} if isinstance(train, InMemory) else {}
    return replace(found, train=train, checksums=checksums, batch_size=own)


def _labels(target: Tensor) -> NDArray[Any] | None:
    """Return what a split keeps the shares of: the class of every sample, if it has one."""
    return None if target.is_floating_point() or target.dim() != 1 else target.cpu().numpy()


def _refuse_given(table: Mapping[str, Any]) -> None:
    when = "when a model is given, unless data is the path of a table"
    missing = table.get("missing")
    usual = isinstance(missing, str) and missing == REFUSE
    left_out({**table, "missing": None}, when)
    left_out({"missing": None if usual else missing}, f"{when} or of an .npz file")


def _image_set(name: str, **settings: Any) -> Dataset:
    """Load an image set, images as (n, 1, height, width)."""
    torch = load_torch()
    found = image_study(name, flat=False, **settings)
    train, validation = (
        InMemory((torch.from_numpy(x[:, np.newaxis]),), torch.from_numpy(y))
        for x, y in map(arrays, (found.train, found.test))
    )
    return replace(found, train=train, test=validation, task=None, reference=name)


def _own_file(name: str, **settings: Any) -> Dataset:
    """Load a file of the user's: its arrays are treated as in memory, axes and all."""
    own = user_samples(name, **settings)
    train = _pair(own.x_train, own.y_train, "training")
    validation = _pair(own.x_test, own.y_test, "validation")
    return replace(own, train=train, test=validation, reference=name, stratify=settings["stratify"])


def _as_task(part: Samples, task: str) -> Samples:
    """Return a part whose targets are measurements, floats, or class numbers, whole."""
    if not isinstance(part, InMemory):
        raise invalid_argument("task", "left out if the data is read batch by batch",
                               task, hint="Name the loss instead.")  # fmt: skip
    target = part.y
    if task == REGRESSION:
        return part if target.is_floating_point() else replace(part, y=target.double())
    if not target.is_floating_point():
        return part
    if not bool((target == target.round()).all()):
        raise invalid_argument(
            "task", "regression or left out, because the targets have decimals", task
        )
    return replace(part, y=target.long())


def _is_torch_data(value: Any) -> TypeGuard[TorchDataset[Any] | DataLoader[Any]]:
    torch = load_torch()
    return isinstance(value, torch.utils.data.Dataset | torch.utils.data.DataLoader)


def _parts(data: Any, notes: list[str]) -> tuple[Samples, Samples | None]:
    if _is_torch_data(data):
        return _part(data, "training", notes), None
    items = list(data) if isinstance(data, tuple | list) else []
    if len(items) == 4:
        _refuse_other_order(items)
        return _pair(items[0], items[1], "training"), _pair(items[2], items[3], "validation")
    if len(items) == 2 and all(_is_torch_data(one) or _is_pair(one) for one in items):
        return _part(items[0], "training", notes), _part(items[1], "validation", notes)
    if len(items) == 2:
        return _pair(items[0], items[1], ""), None
    expected = "(x, y), (x_train, y_train, x_validation, y_validation), a Dataset, a DataLoader, "
    expected += "a pair of Datasets or DataLoaders, or a function that returns one of these"
    raise invalid_argument("data", expected, type(data).__name__, kind=DataError)


def _refuse_other_order(items: list[Any]) -> None:
    """Refuse the order in which scikit-learn's train_test_split returns its parts."""
    sizes = [len(one) if hasattr(one, "__len__") else None for one in items]
    if sizes[0] != sizes[1] and sizes[:2] == sizes[2:]:
        words = "the order must be x_train, y_train, x_validation, y_validation; got lengths "
        raise unusable(words + ", ".join(map(str, sizes)) + ".")


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
        text = str(labels[index])
        raise unusable(f"y[{index}] must be a label; got {text!r}, which marks a missing value.")
    targets = targets_of(labels, task, what="data, y", where=lambda index: f"data, y[{index}]")
    numbers = targets.y
    for owner, k in owners:
        owner[k], numbers = numbers[: len(owner[k])], numbers[len(owner[k]) :]
    return tuple(items), targets.classes


def _texts(y: Any) -> NDArray[np.str_] | None:
    """Return labels as an array of texts; None where they are something else."""
    if isinstance(y, load_torch().Tensor) or _is_torch_data(y):
        return None
    array = _array(y, "y")
    if array.dtype.kind == "O" and array.ndim == 1 and all(isinstance(one, str) for one in array):
        array = array.astype(str)
    return array if array.dtype.kind in "US" and array.ndim == 1 else None


def _array(value: Any, what: str) -> NDArray[Any]:
    try:
        return array_of(value)
    except ValueError as error:
        raise unusable(f"{what} {error}") from error


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple | list) and len(value) == 2 and all(
        hasattr(one, "shape") for one in value
    )  # fmt: skip


def _part(value: Any, what: str, notes: list[str]) -> Samples:
    if not _is_torch_data(value):
        x, y = value
        return _pair(x, y, what)
    found = materialized(value, what, notes)
    return _checked(found, what) if isinstance(found, InMemory) else found


def _pair(x: Any, y: Any, what: str) -> InMemory:
    """Turn arrays into tensors: pixels to [0, 1], labels to class numbers."""
    inputs = _numbers(x, f"{what} x".strip(), pixels=True)
    target = _numbers(y, f"{what} y".strip(), pixels=False)
    if not target.is_floating_point() and target.dim() == 2 and target.shape[1] == 1:
        target = target[:, 0]
    several = isinstance(x, tuple | list) and all(hasattr(one, "shape") for one in x)
    hint = " For several inputs give a TensorDataset(x1, x2, ..., y)." if several else ""
    return _checked(InMemory((inputs,), target), what, hint)


def _checked(part: InMemory, what: str, hint: str = "") -> InMemory:
    """Refuse samples that are not finite; whole numbers of any width are class numbers."""
    torch, target = load_torch(), part.y
    for kind, x in (*(("x", x) for x in part.inputs), ("y", target)):
        if x.is_floating_point() and not bool(torch.isfinite(x).all()):
            first = tuple(int(i) for i in (~torch.isfinite(x)).nonzero()[0])
            name, place = (
                f"{what} {kind}".strip(),
                f"the number at {list(first)} is {float(x[first])}",
            )
            raise unusable(f"{name} must hold finite numbers; {place}.")
    shapes = [tuple(x.shape) for x in (*part.inputs, target)]
    if () in shapes or len({shape[0] for shape in shapes}) > 1:
        listed = " and ".join(map(str, shapes))
        words = f"{what} x and y must hold one entry per sample; got shapes {listed}.".strip()
        raise unusable(words + hint)
    if len(target) == 0:
        raise unusable(f"{what} x and y hold no samples.".strip())
    whole = not target.is_floating_point() and target.dtype != torch.bool
    return replace(part, y=target.long() if whole else target)


def _numbers(x: Any, what: str, *, pixels: bool) -> Tensor:
    torch = load_torch()
    if not isinstance(x, torch.Tensor):
        array = _array(x, what)
        if array.dtype.kind not in "biuf":
            raise unusable(f"{what} {no_numbers(array)}")
        if array.dtype.kind == "u" and array.dtype != np.uint8:
            array = array.astype(np.int64)
        if array.dtype == np.longdouble:  # PyTorch has none
            array = array.astype(np.float64)
        x = torch.from_numpy(np.require(array, requirements=["C", "W"]))
    if x.layout != torch.strided or x.is_meta or x.is_quantized or x.is_complex():
        kind = f"dtype {x.dtype} and layout {x.layout} on {x.device}"
        raise unusable(f"{what} must be a dense tensor of real numbers; got {kind}.")
    x = x.detach()
    if pixels and x.dtype == torch.uint8 and x.dim() >= 3:
        return x.float() / 255
    return x if x.is_floating_point() else x.long()


def _with_batches(
    train: Samples, batch_size: int | None, full_batch: bool
) -> tuple[Samples, int | None]:
    """Return the samples in batches as asked for, and the batch size where none is asked for."""
    if isinstance(train, LoaderData):
        iterated = "the data is read batch by batch"
        if full_batch:
            expected = f"one that trains on batches, because {iterated}"
            raise invalid_argument("optimizer", expected, "gd")
        if batch_size is not None:
            hint = "Give a DataLoader with this batch size instead."
            raise invalid_argument("batch_size", f"left out if {iterated}", batch_size, hint=hint)
        return train, train.batch_size
    if full_batch:
        return replace(train, batch_size=None, shuffle=False), None
    size = own = min(train.batch_size or DEFAULT_BATCH, len(train))
    if batch_size is not None:
        where = f"{len(train):,} training sample{'s' * (len(train) > 1)}"
        size = whole_number("batch_size", batch_size, minimum=1, maximum=len(train), where=where)
    return replace(train, batch_size=size), own


def _digest(train: InMemory, validation: Samples | None) -> str:
    digest = hashlib.sha256()
    for part in (train, validation):
        if isinstance(part, InMemory):
            for tensor in (*part.inputs, part.y):
                digest.update(f"{tensor.dtype} {tuple(tensor.shape)}".encode())
                numbers = tensor.cpu().contiguous().reshape(-1).view(load_torch().uint8)
                digest.update(numbers.numpy().data)
    return digest.hexdigest()
