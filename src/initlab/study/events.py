"""What a run reports while it goes on: one small record per thing that happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from initlab.records import Cell, CellSpec


@dataclass(frozen=True)
class Compiling:
    """A kernel is being compiled: seconds, once for a network."""


@dataclass(frozen=True)
class Waiting:
    """Nothing can be trained yet.

    Attributes:
        reason: why, in one sentence.
    """

    reason: str


@dataclass(frozen=True)
class CellBegun:
    """A cell's training is about to start, or starts again after its worker ended."""

    spec: CellSpec


@dataclass(frozen=True)
class Progress:
    """So many further steps of a cell are done; a negative number takes steps back."""

    spec: CellSpec
    steps: int


@dataclass(frozen=True)
class Frame:
    """The parameters of a cell after so many steps."""

    spec: CellSpec
    step: int
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class CellDone:
    """A cell is done; its outcome is "cancelled" if the run was stopped."""

    spec: CellSpec
    cell: Cell


@dataclass(frozen=True)
class CellFailed:
    """A cell could not be run; no further cell is begun unless the run was told to go on.

    Attributes:
        error: why.
        attempts: how often it was tried: several times where its worker was killed.
    """

    spec: CellSpec
    error: BaseException
    attempts: int = 1


Event = Compiling | Waiting | CellBegun | Progress | Frame | CellDone | CellFailed
