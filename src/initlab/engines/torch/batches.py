"""Samples in memory or from a DataLoader -> their batches, the same for every init of a seed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from initlab.datasets.dataset import InMemory, LoaderData, Samples
from initlab.engines.batches import BatchOrder
from initlab.engines.torch.randomness import RandomStream
from initlab.errors import unusable
from initlab.modules.framework import load_torch
from initlab.randomness import BATCHES, generator_for
from initlab.user_code import user_code

if TYPE_CHECKING:
    from torch import Generator, Tensor, device, dtype
    from torch.utils.data import DataLoader

Batch: TypeAlias = "tuple[tuple[Tensor, ...], Tensor]"  # inputs of the model, and the target
DEFAULT_BATCH = 100  # samples, where nobody says
STEPS_AHEAD = 64  # so many batches' sample numbers are asked for at a time


def batches(data: Samples, seed: int) -> Iterator[Batch]:
    """Yield batches of (inputs, target) without end; the same for every init of a seed."""
    if isinstance(data, LoaderData):
        yield from _epochs(data, seed)
        return
    if data.batch_size is None or (data.batch_size >= len(data) and not data.shuffle):
        while True:
            yield data.inputs, data.y
    for rows in row_numbers(data, seed):
        chosen = rows.to(data.y.device)
        inputs = tuple(x.index_select(0, chosen) for x in data.inputs)
        yield inputs, data.y.index_select(0, chosen)


def row_numbers(data: InMemory, seed: int) -> Iterator[Tensor]:
    """Yield the sample numbers of one batch after the other, without end."""
    torch = load_torch()
    size = data.batch_size or len(data)
    if not data.shuffle:
        while True:
            for k in range(data.steps_per_epoch):
                yield torch.arange(k * size, min((k + 1) * size, len(data)))
    order = BatchOrder(seed, len(data), size)
    step = 0
    while True:
        for row in order.rows(step, step + STEPS_AHEAD):
            short = row[-1] < 0
            if not (short and data.drop_last):
                yield torch.from_numpy(row[row >= 0] if short else row)
        step += STEPS_AHEAD


def chunks(data: Samples, size: int, limit: int | None = None) -> Iterator[Batch]:
    """Yield samples in an order that is always the same, up to ``limit`` of them.

    What is in memory comes ``size`` at a time; a DataLoader gives one epoch in its own batches.
    """
    if isinstance(data, InMemory):
        for begin in range(0, min(len(data), limit or len(data)), size):
            part = data.chosen(slice(begin, min(begin + size, limit or len(data))))
            yield part.inputs, part.y
        return
    seen = 0
    for inputs, target in _epoch(data, 0, 0):
        yield inputs, target
        seen += len(target)
        if limit is not None and seen >= limit:
            return


def on_device(data: Samples, device: device | str, dtype: dtype | None) -> Samples:
    """Return samples on a device, floating inputs and targets in this dtype.

    Those of a DataLoader are moved as they come.
    """
    if isinstance(data, LoaderData):
        return replace(data, device=device, dtype=dtype)
    x, y = _placed((data.inputs, data.y), device, dtype)
    return replace(data, x=x, y=y)


def repeats(data: LoaderData) -> bool:
    """Whether a seed's first batch is the same when asked for again."""
    torch = load_torch()
    first, second = ([*x, y] for x, y in (next(batches(data, 0)) for _ in range(2)))
    return all(torch.equal(x, y) for x, y in zip(first, second, strict=True))


def _placed(batch: Batch, device: device | str | None, dtype: dtype | None) -> Batch:
    """Return a batch on a device; floating numbers in this dtype, None for the one they have."""

    def cast(x: Tensor) -> Tensor:
        return x.to(device=device, dtype=dtype if dtype and x.is_floating_point() else x.dtype)

    inputs, target = batch
    return tuple(map(cast, inputs)), cast(target)


def _epochs(data: LoaderData, seed: int) -> Iterator[Batch]:
    """Yield batches without end, epoch after epoch, each epoch from a stream of its own."""
    epoch = 0
    while True:
        count = 0
        for batch in _epoch(data, seed, epoch):
            yield batch
            count += 1
        if not count:
            raise unusable("the DataLoader yields no batch.")
        epoch += 1


def _epoch(data: LoaderData, seed: int, epoch: int) -> Iterator[Batch]:
    for item in items_of_epoch(data, seed, epoch):
        yield _placed(batch_of(item), data.device, data.dtype)


def items_of_epoch(data: LoaderData, seed: int, epoch: int) -> Iterator[Any]:
    """Yield what a loader gives in an epoch, from a stream of its own; its generators stay."""
    name = f"epoch {epoch}"
    stream = RandomStream(seed, name=name, purpose=BATCHES)
    number = int(generator_for(seed, name, BATCHES).integers(2**63))
    own = _generators(data.loader)
    inside = [load_torch().Generator(one.device).manual_seed(number).get_state() for one in own]
    iterator, end = None, object()
    while True:
        failed = user_code("data", "the DataLoader failed", named=True)
        with failed, stream.lent(), _lent(own, inside):
            if iterator is None:
                iterator = iter(data.loader)
            item = next(iterator, end)
        if item is end:
            return
        yield item


@contextlib.contextmanager
def _lent(generators: Sequence[Generator], inside: list[Any]) -> Iterator[None]:
    """Give generators states of their own for a while, which are kept for the next time."""
    before = [one.get_state() for one in generators]
    for one, state in zip(generators, inside, strict=True):
        one.set_state(state)
    try:
        yield
    finally:
        inside[:] = [one.get_state() for one in generators]
        for one, state in zip(generators, before, strict=True):
            one.set_state(state)


def _generators(loader: DataLoader[Any]) -> list[Generator]:
    """Return the generators that a loader and its samplers keep for themselves."""
    grouped = getattr(loader, "batch_sampler", None)
    owners = [loader, getattr(loader, "sampler", None), grouped, getattr(grouped, "sampler", None)]
    found = [getattr(one, "generator", None) for one in owners]
    return list({id(one): one for one in found if one is not None}.values())


def batch_of(item: Any) -> Batch:
    """Take a batch apart: the last entry is the target, the others are the model's inputs.

    Raises:
        DataError: it is no sequence of two tensors or more.
    """
    torch = load_torch()
    parts = list(item) if isinstance(item, list | tuple) else []
    with contextlib.suppress(TypeError, ValueError):
        parts = [torch.as_tensor(part) for part in parts]
    if len(parts) < 2 or not all(isinstance(part, torch.Tensor) for part in parts):
        words = "a batch must be a list or tuple of two or more tensors, with the target last; got "
        raise unusable(f"{words}{type(item).__name__}.")
    return tuple(parts[:-1]), parts[-1]
