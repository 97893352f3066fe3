"""Seed, number of samples and batch size -> which samples each step sees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from initlab.randomness import BATCHES, generator_for


class BatchOrder:
    """A fresh permutation per epoch, cut into batches; the last batch of an epoch may be short.

    The order depends on the seed alone, so every start of a comparison sees the same batches.
    """

    def __init__(self, seed: int, samples: int, batch_size: int) -> None:
        self.samples = samples
        self.batch_size = min(batch_size, samples)
        self.steps_per_epoch = -(-samples // self.batch_size)
        self._generator = generator_for(seed, "training points", BATCHES)
        self._epoch = -1
        self._rows = np.empty((0, 0), dtype=np.int64)

    def rows(self, begin: int, end: int) -> NDArray[np.int64]:
        """Sample numbers of steps begin, ..., end - 1, shape (steps, batch size), -1 for none.

        Steps are asked for in order: an epoch that has passed cannot be had again.
        """
        parts = []
        while begin < end:
            epoch, first = divmod(begin, self.steps_per_epoch)
            self._advance_to(epoch)
            count = min(end - begin, self.steps_per_epoch - first)
            parts.append(self._rows[first : first + count])
            begin += count
        return np.concatenate(parts) if parts else np.empty((0, self.batch_size), dtype=np.int64)

    def _advance_to(self, epoch: int) -> None:
        if epoch < self._epoch:
            raise ValueError(f"epoch {epoch} has passed; the order is at epoch {self._epoch}")
        while self._epoch < epoch:
            order = np.full(self.steps_per_epoch * self.batch_size, -1, dtype=np.int64)
            order[: self.samples] = self._generator.permutation(self.samples)
            self._rows = order.reshape(self.steps_per_epoch, self.batch_size)
            self._epoch += 1
