"""A study and a store -> the cells that are there, the blocks left to run; new cells are kept."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from initlab.errors import InitlabError
from initlab.records import CANCELLED, Cell, Study
from initlab.study import CellDone, Event, LoadedProblem
from initlab.study.attempts import ATTEMPTS
from initlab.study.expansion import Block
from initlab.study.store import open_store

if TYPE_CHECKING:
    from initlab.study.store import Failure, Store, StudyWriter

Say = Callable[[str], None]
NAMED = 3  # failed cells that a note names


class Keeping:
    """What a store does for one run of a study.

    Attributes:
        store: where the cells are kept.
        name: of the study in the store, as the next command gives it; None for the usual one.
        left: the blocks that are left to run.
        cells: those that were there before.
        failures: the cells that failed for good.
    """

    def __init__(
        self, store: Store, writer: StudyWriter, blocks: Sequence[Block], name: str | None
    ) -> None:
        self.store, self.name, self._writer = store, name, writer
        found = writer.find(spec for block in blocks for spec in block)
        self.cells = list(found.values())
        parts = (tuple(spec for spec in block if spec.key not in found) for block in blocks)
        self.left = [part for part in parts if part]
        self.failures: list[Failure] = []
        self._specs = {spec.key: spec for block in self.left for spec in block}

    def hear(self, event: Event) -> None:
        """Write a cell that is done.

        Raises:
            StorageError: it cannot be written.
        """
        if isinstance(event, CellDone):
            self.add([event.cell])

    def add(self, cells: Iterable[Cell]) -> None:
        """Write cells that were run to their end and are not written yet.

        Raises:
            StorageError: they cannot be written.
        """
        for cell in cells:
            if cell.outcome != CANCELLED and cell.key in self._specs:
                self._writer.add(self._specs[cell.key], cell)

    def give_up(self, block: Block, error: BaseException) -> None:
        """Write why the cells of a block could not be run."""
        reason = (
            str(error) if isinstance(error, InitlabError) else f"{type(error).__name__}: {error}"
        )
        for spec in block:
            self.failures.append(self._writer.fail(spec, reason, ATTEMPTS))

    def bytes_per_cell(self) -> float:
        """How much of the disk a cell takes, by those that were written."""
        return self._writer.bytes_per_cell

    def notes(self, cells: Iterable[Cell]) -> list[str]:
        """Return what a reader of the results should know of the store's part in them."""
        platforms = Counter(cell.platform for cell in cells)
        return [*failure_notes(self.failures), *platform_notes(platforms)]


def failure_notes(failures: Sequence[Failure]) -> list[str]:
    """Return a sentence where runs failed for good: how many, and why the first ones did."""
    if not failures:
        return []
    named = [f"{one.init} at seed {one.seed} ({one.reason:.200})" for one in failures[:NAMED]]
    more = f", and {len(failures) - NAMED:,} more" * (len(failures) > NAMED)
    words = f"{counted(len(failures), 'run')} failed in {ATTEMPTS} attempts each: "
    return [f"{words}{'; '.join(named)}{more}."]


def platform_notes(platforms: Mapping[str, int]) -> list[str]:
    """Return a sentence where cells of several platforms meet: their last bits may differ."""
    if len(platforms) < 2:
        return []
    listed = "; ".join(f"{name} ({counted(count, 'run')})" for name, count in platforms.items())
    return [
        f"The runs come from {len(platforms)} platforms, whose last digits may differ: {listed}."
    ]


@contextlib.contextmanager
def kept(
    store: Store | str | os.PathLike[str], study: Study, loaded: LoadedProblem,
    blocks: Sequence[Block], *, name: str | None, say: Say,
) -> Iterator[Keeping]:  # fmt: skip
    """Open a study in a store for as long as it is run; runs of one store take turns.

    Args:
        store: an open store, or the name of its file.
        study: all settings.
        loaded: its problem.
        blocks: all its cells.
        name: of the study in the store; None for one made of its settings.
        say: is told what is there already, and what is waited for.

    Raises:
        StorageError: the store cannot be used.
        StudyError: the name stands for other settings.
    """
    with contextlib.ExitStack() as stack:
        if isinstance(store, str | os.PathLike):
            store = stack.enter_context(open_store(store))
        stack.enter_context(store.turn(say))
        writer = store.begin(study, loaded.versions(), loaded.notes, name)
        keeping = Keeping(store, writer, blocks, name)
        say(_begin_words(store, study, keeping, writer))
        yield keeping


def _begin_words(store: Store, study: Study, keeping: Keeping, writer: StudyWriter) -> str:
    unnamed, here = study.problem.unnamed, len(keeping.cells)
    if unnamed:
        return (
            f"this study is kept in {store.shown} as {writer.name}, but its runs cannot be used "
            f"again: {' and '.join(unnamed)} live in memory only."
        )
    if not here:
        return f"finished runs are kept in {store.shown}, in the study {writer.name}."
    left = study.cell_count - here
    trained = f"{left:,} are trained now" if left else "nothing is left to train"
    return f"{store.shown} holds {here:,} of {study.cell_count:,} runs of {writer.name}; {trained}."


def counted(number: int, word: str) -> str:
    """Return "1 run", "2 runs"."""
    return f"{number:,} {word}{'s' * (number != 1)}"
