"""What a user gives -> the batches that a trial trains on: fresh ones as long as there are some."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from initlab.randomness import BATCHES, generator_for

if TYPE_CHECKING:
    from initlab.diagnosis.inputs import Inputs

SIZE = 64  # samples of a batch
MOST = 2**26  # bytes of batches that are kept


class Batches:
    """The batches of a trial, the same ones for every network and rate.

    They are read when they are asked for, and kept. Where there are no more of them, or more than
    MOST bytes, they come again from the first one on.
    """

    def __init__(self, read: Iterator[Inputs]) -> None:
        self._read, self._bytes = read, 0
        self._kept: list[Inputs] = []

    def at(self, step: int) -> Inputs:
        """Return the batch of a step."""
        while step >= len(self._kept) and (not self._kept or self._bytes < MOST):
            found = next(self._read, None)
            if found is None:
                self._read = iter(())
                break
            # a copy, since a view would hold all; and without what it was chosen from
            one = found if found.samples <= SIZE else found.chosen(np.arange(SIZE))
            self._kept.append(replace(one, batches=None))
            self._bytes += self._kept[-1].bytes
        return self._kept[step % len(self._kept)]

    def changed(self, change: Callable[[Inputs], Inputs]) -> Batches:
        """Return the same batches, in the same order, each of them changed."""

        def each() -> Iterator[Inputs]:
            for step in itertools.count():
                one = self.at(step)
                if step >= len(self._kept):  # they come again from the first one on
                    return
                yield change(one)

        return Batches(each())

    @property
    def fresh(self) -> bool:
        """Whether there are as many samples as two full batches have."""
        while sum(one.samples for one in self._kept) < 2 * SIZE:
            before = len(self._kept)
            self.at(before)
            if len(self._kept) == before:
                return False
        return True


def shuffled(every: Inputs, seed: int) -> Iterator[Inputs]:
    """Yield batches of samples without end: each epoch goes through all, in its own order."""
    for rows in row_batches(every.samples, seed):
        yield every if rows is None else every.chosen(rows)


def row_batches(count: int, seed: int) -> Iterator[NDArray[np.intp] | None]:
    """Yield the samples of each batch; None, and no more, where there are not two batches."""
    if count < 2 * SIZE:
        yield None
        return
    for epoch in itertools.count():
        order = generator_for(seed, f"diagnosis, epoch {epoch}", BATCHES).permutation(count)
        yield from order[: count // SIZE * SIZE].reshape(-1, SIZE)
