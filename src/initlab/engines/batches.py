"""Seed, number of samples and batch size -> which samples each step sees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from initlab.randomness import BATCHES, generator_for

DRAWN_TOGETHER = 2**15  # sample numbers: 256 KB stay in the cache


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
        self._rows = np.empty((0, self.batch_size), dtype=np.int64)  # of that epoch

    def rows(self, begin: int, end: int) -> NDArray[np.int64]:
        """Sample numbers of steps begin, ..., end - 1, shape (steps, batch size), -1 for none.

        Steps are asked for in order: an epoch that has passed cannot be had again.
        """
        parts = [np.empty((0, self.batch_size), dtype=np.int64)]
        last = (end - 1) // self.steps_per_epoch
        while begin < end:
            epoch = begin // self.steps_per_epoch
            if epoch < self._epoch:
                raise ValueError(f"epoch {epoch} has passed; the order is at epoch {self._epoch}")
            if epoch == self._epoch:
                first, drawn = epoch, self._rows
            else:
                first, drawn = self._draw(last - self._epoch)
            skipped = begin - first * self.steps_per_epoch
            part = drawn[max(0, skipped) : end - first * self.steps_per_epoch]
            parts.append(part)
            begin += len(part)
        return np.concatenate(parts)

    def _draw(self, wanted: int) -> tuple[int, NDArray[np.int64]]:
        """Draw the next epochs, as many as are wanted and fit; return the first, and their rows."""
        count = min(wanted, max(1, DRAWN_TOGETHER // self.samples))
        order = np.full((count, self.steps_per_epoch * self.batch_size), -1, dtype=np.int64)
        samples = order[:, : self.samples]
        samples[:] = np.arange(self.samples)
        # one call: the bits of one permutation after the other, without Python in between
        self._generator.permuted(samples, axis=1, out=samples)
        first, self._epoch = self._epoch + 1, self._epoch + count
        rows = order.reshape(-1, self.batch_size)
        self._rows = rows[-self.steps_per_epoch :].copy()
        return first, rows
