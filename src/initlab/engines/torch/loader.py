"""A DataLoader that must be iterated -> its batches, the same for every start of a seed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from initlab.engines.torch.memory import Batch, placed
from initlab.engines.torch.randomness import RandomStream
from initlab.errors import unusable
from initlab.modules.framework import load_torch
from initlab.own_line import own_code
from initlab.randomness import BATCHES, generator_for


@dataclass(frozen=True)
class Streamed:
    """Samples that a DataLoader makes anew in every epoch: augmented, sampled or too large.

    Attributes:
        loader: the DataLoader; its random numbers are set by the replicate's seed.
        device: where batches are moved to.
        dtype: of floating inputs and targets; None leaves them.
    """

    loader: Any
    device: Any = "cpu"
    dtype: Any = None

    @property
    def batch_size(self) -> int | None:
        """Samples per batch, as far as the loader tells."""
        return getattr(self.loader, "batch_size", None)

    @property
    def steps_per_epoch(self) -> int:
        """Batches in one pass."""
        try:
            return len(self.loader)
        except TypeError as error:
            words = "the DataLoader has no length (an IterableDataset?): give steps, not epochs."
            raise unusable(words) from error

    def batches(self, seed: int) -> Iterator[Batch]:
        """Yield batches without end, epoch after epoch, each epoch from a stream of its own."""
        epoch = 0
        while True:
            count = 0
            for batch in self._epoch(seed, epoch):
                yield batch
                count += 1
            if not count:
                raise unusable("the DataLoader yields no batch.")
            epoch += 1

    def repeats(self) -> bool:
        """Whether a seed's first batch is the same when asked for again."""
        torch = load_torch()
        first, second = ([*x, y] for x, y in (next(self.batches(0)) for _ in range(2)))
        return all(torch.equal(x, y) for x, y in zip(first, second, strict=True))

    def chunks(self, size: int, limit: int | None = None) -> Iterator[Batch]:
        """Yield one epoch, always the same, in the loader's own batches."""
        seen = 0
        for inputs, target in self._epoch(0, 0):
            yield inputs, target
            seen += len(target)
            if limit is not None and seen >= limit:
                return

    def to(self, device: Any, dtype: Any) -> Streamed:
        """Return the same samples, moved to a device and a floating dtype as they come."""
        return Streamed(self.loader, device, dtype)

    def _epoch(self, seed: int, epoch: int) -> Iterator[Batch]:
        name = f"epoch {epoch}"
        stream = RandomStream(seed, name=name, purpose=BATCHES)
        number = int(generator_for(seed, name, BATCHES).integers(2**63))
        own = _generators(self.loader)
        before = [one.get_state() for one in own]
        for one in own:
            one.manual_seed(number)
        iterator, end = None, object()
        try:
            while True:
                with own_code("data", "the DataLoader failed"), stream.lent():
                    if iterator is None:
                        iterator = iter(self.loader)
                    item = next(iterator, end)
                if item is end:
                    return
                yield placed(batch_of(item), self.device, self.dtype)
        finally:
            for one, state in zip(own, before, strict=True):
                one.set_state(state)


def _generators(loader: Any) -> list[Any]:
    """Return the generators that a loader and its samplers keep for themselves."""
    batches = getattr(loader, "batch_sampler", None)
    owners = [loader, getattr(loader, "sampler", None), batches, getattr(batches, "sampler", None)]
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
        words = "a batch must be a sequence of tensors, inputs first and the target last; got "
        raise unusable(f"{words}{type(item).__name__}.")
    return tuple(parts[:-1]), parts[-1]
