"""Samples in memory -> batches of them, by seed, without any cost per sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from initlab.engines.batches import BatchOrder
from initlab.modules.framework import load_torch

Batch = tuple[tuple[Any, ...], Any]  # inputs of the model, and the target
USUAL_BATCH = 100  # samples, where nobody says
STEPS_AHEAD = 64  # so many batches' sample numbers are asked for at a time


@dataclass(frozen=True)
class Memory:
    """Samples that lie in memory, on one device.

    Attributes:
        inputs: tensors whose first axis counts samples; the model's arguments.
        target: tensor whose first axis counts samples.
        batch_size: samples per batch; None means all of them.
        shuffle: a fresh order every epoch, by the replicate's seed; else always the same order.
        drop_last: leave out the short last batch of an epoch.
    """

    inputs: tuple[Any, ...]
    target: Any
    batch_size: int | None = None
    shuffle: bool = True
    drop_last: bool = False

    def __len__(self) -> int:
        return len(self.target)

    @property
    def steps_per_epoch(self) -> int:
        """Batches in one pass."""
        size = self.batch_size or len(self)
        return len(self) // size if self.drop_last else -(-len(self) // size)

    def rows(self, seed: int) -> Iterator[Any]:
        """Yield the sample numbers of one batch after the other, without end."""
        torch = load_torch()
        size = self.batch_size or len(self)
        if not self.shuffle:
            while True:
                for k in range(self.steps_per_epoch):
                    yield torch.arange(k * size, min((k + 1) * size, len(self)))
        order = BatchOrder(seed, len(self), size)
        step = 0
        while True:
            for row in order.rows(step, step + STEPS_AHEAD):
                short = row[-1] < 0
                if not (short and self.drop_last):
                    yield torch.from_numpy(row[row >= 0] if short else row)
            step += STEPS_AHEAD

    def batches(self, seed: int) -> Iterator[Batch]:
        """Yield batches of (inputs, target) without end; the same for every start of a seed."""
        if self.batch_size is None or (self.batch_size >= len(self) and not self.shuffle):
            while True:
                yield self.inputs, self.target
        for rows in self.rows(seed):
            chosen = rows.to(self.target.device)
            inputs = tuple(x.index_select(0, chosen) for x in self.inputs)
            yield inputs, self.target.index_select(0, chosen)

    def chunks(self, size: int, limit: int | None = None) -> Iterator[Batch]:
        """Yield the samples in order, ``size`` at a time, up to ``limit`` of them."""
        for begin in range(0, min(len(self), limit or len(self)), size):
            part = self.chosen(slice(begin, min(begin + size, limit or len(self))))
            yield part.inputs, part.target

    def chosen(self, rows: Any) -> Memory:
        """Return some of the samples, by a slice or their numbers."""
        inputs = tuple(x[rows] for x in self.inputs)
        return replace(self, inputs=inputs, target=self.target[rows])

    def to(self, device: Any, dtype: Any) -> Memory:
        """Return the samples on a device; floating inputs and targets in this dtype."""
        inputs, target = placed((self.inputs, self.target), device, dtype)
        return replace(self, inputs=inputs, target=target)


def placed(batch: Batch, device: Any, dtype: Any) -> Batch:
    """Return a batch on a device; floating numbers in this dtype, None for the one they have."""

    def cast(x: Any) -> Any:
        return x.to(device=device, dtype=dtype if dtype and x.is_floating_point() else x.dtype)

    inputs, target = batch
    return tuple(map(cast, inputs)), cast(target)
