"""A Dataset or DataLoader -> its samples in memory where nothing is lost by it, else a stream."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from initlab.datasets.dataset import InMemory, LoaderData, Samples
from initlab.engines.torch.batches import DEFAULT_BATCH, batch_of
from initlab.engines.torch.randomness import RandomStream
from initlab.errors import DataError, unusable
from initlab.modules.framework import load_torch
from initlab.randomness import BATCHES
from initlab.user_code import failure

if TYPE_CHECKING:
    from torch import Tensor
    from torch.utils.data import DataLoader, Dataset

LARGEST_IN_MEMORY = 4 * 2**30  # bytes
CHANGE = (
    "its samples change each time they are read, their number is unknown, or they do not fit in "
    "memory"
)
LOOKS = 16  # times a sample is fetched to see whether it stays the same
RANDOM_WORDS = re.compile(r"random|augment|jitter|erasing|mixup|cutout", re.IGNORECASE)


def materialized(source: Dataset[Any] | DataLoader[Any], what: str, notes: list[str]) -> Samples:
    """Return the samples of a Dataset or DataLoader.

    A DataLoader keeps its batch size, order (shuffled or not) and ``drop_last``. It is iterated
    as it is when it has a sampler, batch sampler or collate function of its own, when its samples
    change from one fetch to the next, or when they would not fit.

    Raises:
        DataError: a sample cannot be fetched; the user's line is named.
    """
    torch = load_torch()
    if not isinstance(source, torch.utils.data.DataLoader):
        kept = _in_memory(source, None, what)
        if kept is not None:
            return kept
        loader = torch.utils.data.DataLoader(source, DEFAULT_BATCH, shuffle=what == "training")
        notes.append(f"The {what} data is read batch by batch, because {CHANGE}.")
        return LoaderData(loader)
    plain, reason = (
        _plain_order(source),
        "it has an IterableDataset, or a custom sampler, batch sampler or collate function",
    )
    if plain is not None:
        indices, shuffle = plain
        kept, reason = _in_memory(source.dataset, indices, what), CHANGE
        if kept is not None:
            size = min(source.batch_size, len(kept))
            return replace(kept, batch_size=size, shuffle=shuffle, drop_last=source.drop_last)
    notes.append(f"The {what} DataLoader is read batch by batch, because {reason}.")
    return LoaderData(source)


def _plain_order(loader: DataLoader[Any]) -> tuple[list[int] | None, bool] | None:
    """Return (indices or None for all, shuffled) of a loader without ways of its own."""
    data = load_torch().utils.data
    own_batches = loader.batch_size is None or type(loader.batch_sampler) is not data.BatchSampler
    if own_batches or loader.collate_fn is not data.default_collate:
        return None
    sampler: Any = loader.sampler
    dataset: Any = loader.dataset
    if type(sampler) is data.SequentialSampler:
        return None, False
    if type(sampler) is data.RandomSampler and not sampler.replacement:
        whole = sampler.num_samples == len(dataset)
        return (None, True) if whole else None
    if type(sampler) is data.SubsetRandomSampler:
        return [int(index) for index in sampler.indices], True
    return None


def _in_memory(dataset: Any, indices: list[int] | None, what: str) -> InMemory | None:
    data = load_torch().utils.data
    if isinstance(dataset, data.IterableDataset) or not hasattr(dataset, "__len__"):
        return None
    while type(dataset) is data.Subset:
        chosen = range(len(dataset)) if indices is None else indices
        indices = [int(dataset.indices[k]) for k in chosen]
        dataset = dataset.dataset
    count = len(dataset) if indices is None else len(indices)
    if count == 0:
        raise unusable(f"the {what} data holds no samples.")
    if type(dataset) is data.TensorDataset and len(dataset.tensors) > 1:
        whole = InMemory(tuple(dataset.tensors[:-1]), dataset.tensors[-1])
        return whole if indices is None else whole.chosen(indices)
    try:
        with RandomStream(0, name="looking", purpose=BATCHES).lent():  # moves nothing of theirs
            if _changes(dataset, 0 if indices is None else indices[0], count):
                return None
            return _collected(dataset, range(count) if indices is None else indices)
    except DataError:
        raise
    except Exception as error:  # a user's data set may raise anything
        raise failure("data", f"a {what} sample could not be fetched", error, named=True) from error


def _changes(dataset: Any, index: int, count: int) -> bool:
    """Whether samples are made anew at random, or would not fit in memory."""
    torch = load_torch()
    words = " ".join(repr(getattr(dataset, name, "")) for name in ("transform", "transforms"))
    if RANDOM_WORDS.search(words):
        return True
    first = _tensors(dataset[index])
    if sum(x.numel() * x.element_size() for x in first) * count > LARGEST_IN_MEMORY:
        return True
    looks = [_tensors(dataset[index]) for _ in range(LOOKS)]
    return any(
        not torch.equal(x, y) for look in looks for x, y in zip(first, look, strict=True)
    )  # fmt: skip


def _collected(dataset: Any, rows: Sequence[int]) -> InMemory:
    torch = load_torch()
    collate = torch.utils.data.default_collate
    chunks = [
        batch_of(collate([dataset[k] for k in rows[begin : begin + 1000]]))
        for begin in range(0, len(rows), 1000)
    ]
    inputs = tuple(torch.cat(parts) for parts in zip(*(x for x, _ in chunks), strict=True))
    return InMemory(inputs, torch.cat([target for _, target in chunks]))


def _tensors(sample: Any) -> list[Tensor]:
    inputs, target = batch_of(load_torch().utils.data.default_collate([sample]))
    return [*inputs, target]
