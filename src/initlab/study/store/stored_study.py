"""What a store knows of a study without reading its cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from initlab.records import Study
from initlab.study.store.naming import given_name


@dataclass(frozen=True)
class Failure:
    """A cell that could not be run.

    Attributes:
        init: its initialization.
        seed: its seed.
        learning_rate: its rate.
        attempts: how often it was tried.
        reason: what went wrong the last time.
    """

    init: str
    seed: int
    learning_rate: float
    attempts: int
    reason: str


def failures_in_order(study: Study, failures: Iterable[Failure]) -> list[Failure]:
    """Return failures in the order of the study: by initialization, then seed, then rate."""
    place = {init: number for number, init in enumerate(study.inits)}
    return sorted(failures, key=lambda one: (place.get(one.init, -1), one.seed, one.learning_rate))


@dataclass(frozen=True)
class StoredStudy:
    """A study in a store, without its cells.

    Attributes:
        name: in the store.
        study: its settings, with every initialization and seed that was asked for.
        versions: of what computes the numbers.
        notes: what a reader of the results should know.
        reusable: whether its cells are used again: not where model or data live in memory only.
        created: when it was started, UTC.
        counts: number of cells by (initialization, outcome).
        platforms: what its cells were trained on, with how many.
        failures: the cells that could not be run, in the order of the study.
        engines: what trained its cells, with how many.
        retried: number of cells that were done only at a second or third attempt.
    """

    name: str
    study: Study
    versions: Mapping[str, str]
    notes: Sequence[str]
    reusable: bool
    created: str
    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    platforms: Mapping[str, int] = field(default_factory=dict)
    failures: Sequence[Failure] = ()
    engines: Mapping[str, int] = field(default_factory=dict)
    retried: int = 0

    @property
    def chosen_name(self) -> str:
        """The name that a user gave the study; "" where it is made of its settings."""
        return "" if self.name == given_name(self.study, self.versions) else self.name

    @property
    def done(self) -> int:
        """Number of cells that are in the store."""
        return sum(self.counts.values())

    @property
    def complete(self) -> bool:
        """Whether every cell of the study is in the store."""
        return self.done == self.study.cell_count
