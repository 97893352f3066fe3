"""One cell of a study, asked for: everything that decides its numbers, and the digest of that."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property

from initlab.records.problem import Problem
from initlab.records.record import Record, Text, Whole
from initlab.records.training import Training


class CellSpec(Record):
    """One network to be trained: problem, training, initialization and seed.

    Attributes:
        problem: what is learned.
        training: how.
        init: the initialization, in canonical spelling.
        bias_init: initialization of every bias, or None for the initialization's own.
        seed: seed of the initial parameters, batches and dropout.
        stream: "course" or "default".
        engine: what trains it, such as "dense, compiled" or "torch, cpu".
        versions: of the engine's numerics and of the libraries that compute the numbers.
        block: first seed and number of the seeds that are trained together with it, where the
            last bits depend on the company: on a GPU. None elsewhere.
    """

    problem: Problem
    training: Training
    init: Text
    bias_init: Text | None = None
    seed: Whole
    stream: Text = "default"
    engine: Text = ""
    versions: Mapping[str, str] = {}
    block: tuple[Whole, Whole] | None = None

    @property
    def reusable(self) -> bool:
        """Whether its key names everything that decides its numbers."""
        return not self.problem.unnamed

    @cached_property
    def key(self) -> str:
        """SHA-256 of the specification's canonical JSON.

        The same on every machine and in every process; the processor is not part of it.
        """
        digest = hashlib.sha256(self.canonical.encode("ascii")).hexdigest()
        del self.__dict__["canonical"]  # large, and of no use any more; there may be many cells
        return digest
