"""Seed, number of samples and batch size -> which samples each step sees."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.randomness import BATCHES, generator_for

DRAWN_TOGETHER = 2**15  # sample numbers: 256 KB stay in the cache
KEPT = 64  # draws of this size, 16 MB: those of the last few seeds

_SHARED: OrderedDict[tuple[int, ...], tuple[NDArray[np.int64], Any]] = OrderedDict()
_LOCK = threading.Lock()


class BatchOrder:
    """A fresh permutation per epoch, cut into batches; the last batch of an epoch may be short.

    The order depends on the seed alone, so every init of a comparison sees the same batches. They
    are drawn once: the networks of one seed are trained close to each other, and share them.
    """

    def __init__(self, seed: int, samples: int, batch_size: int) -> None:
        self.samples = samples
        self.batch_size = min(batch_size, samples)
        self.steps_per_epoch = -(-samples // self.batch_size)
        self._epochs = max(1, DRAWN_TOGETHER // samples)  # drawn together
        self._generator = generator_for(seed, "training points", BATCHES)
        self._key = (seed, samples, self.batch_size)
        self._draws = 0
        self._rows = np.empty((0, self.batch_size), dtype=np.int64)  # of the last draw

    def rows(self, begin: int, end: int) -> NDArray[np.int64]:
        """Sample numbers of steps begin, ..., end - 1, shape (steps, batch size), -1 for none.

        Steps are asked for in order: those of an earlier draw cannot be had again.
        """
        size = self._epochs * self.steps_per_epoch
        parts = [self._rows[:0]]
        while begin < end:
            draw, first = divmod(begin, size)
            if draw < self._draws - 1:
                at = (self._draws - 1) * size
                raise ValueError(
                    f"the batches of step {begin} have passed; the order is at step {at}"
                )
            while self._draws <= draw:
                self._rows = self._drawn()
            parts.append(self._rows[first : first + end - begin])
            begin += len(parts[-1])
        return np.concatenate(parts)

    def _drawn(self) -> NDArray[np.int64]:
        """Return the next draw, as a network of the same seed had it, or drawn now."""
        key = (*self._key, self._draws)
        self._draws += 1
        if self.samples > DRAWN_TOGETHER:  # dear to keep, and cheap beside a step of training
            return self._permuted()
        with _LOCK:
            found = _SHARED.get(key)
        if found is None:
            found = self._permuted(), self._generator.bit_generator.state
        with _LOCK:
            _SHARED[key] = found
            _SHARED.move_to_end(key)
            if len(_SHARED) > KEPT:
                _SHARED.popitem(last=False)
        rows, self._generator.bit_generator.state = found
        return rows

    def _permuted(self) -> NDArray[np.int64]:
        shape = (self._epochs, self.steps_per_epoch * self.batch_size)
        order = np.full(shape, -1, dtype=np.int64)
        samples = order[:, : self.samples]
        samples[:] = np.arange(self.samples)
        # one call: the bits of one permutation after the other, without Python in between
        self._generator.permuted(samples, axis=1, out=samples)
        rows = order.reshape(-1, self.batch_size)
        rows.flags.writeable = False  # it is shared
        return rows
