"""A study and a store -> the cells that are there, the blocks left to run; new cells are kept."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from initlab.analysis.wording import counted, seeds_text
from initlab.errors import InitlabError
from initlab.records import CANCELLED, Cell, CellSpec, Study
from initlab.study import CellDone, Event, LoadedProblem
from initlab.study.attempts import ATTEMPTS, Attempts
from initlab.study.expansion import Block
from initlab.study.store import open_store
from initlab.study.store.stored_study import in_words
from initlab.validation import listed

if TYPE_CHECKING:
    from initlab.study.store import Failure, Store, StudyWriter

Say = Callable[[str], None]
LONGEST_WAIT = 0.02  # seconds in which cells of a cluster are gathered to be written together
WAITING = (
    "Runs that the other program finishes are not trained again. To train without waiting, use "
    "a different store."
)
TYPICAL_SIZE = 2_500  # bytes of a cell without its curve
MOST_NAMED = 3  # damaged cells in a note, and ways in which cells failed
LONGEST_REASON = 200  # characters of why one failed, there
QUOTED_LINE = re.compile(r"(?<=, line )(\d+), `.*?`(?=[ :])")


class Keeping:
    """What a store does for one run of a study.

    Cells that come faster than the disk takes them are written together.

    Attributes:
        store: where the cells are kept.
        name: of the study in it.
        left: the blocks that are left to run.
        found: the cells that were there before.
        damaged: those that are there but are not what was stored; they are run again.
        attempts: what became of the blocks.
        failures: the cells that failed for good.

    Raises:
        StorageError: the store cannot be used.
    """

    def __init__(self, store: Store, writer: StudyWriter, blocks: Sequence[Block]) -> None:
        self.store, self.name, self._writer = store, writer.name, writer
        found = writer.find(spec for block in blocks for spec in block)
        self.found, damaged = writer.cells(found)
        found -= damaged
        self.damaged = [spec for block in blocks for spec in block if spec.key in damaged]
        parts = (tuple(spec for spec in block if spec.key not in found) for block in blocks)
        self.left = [part for part in parts if part]
        self.attempts = Attempts()
        self.failures: list[Failure] = []
        self._specs = {spec.key: spec for block in self.left for spec in block}
        self._waiting: list[Cell] = []
        self._since = 0.0

    def hear(self, event: Event, *, more: bool) -> int:
        """Take an event into account; write the cells that are done unless more will come at once.

        Returns:
            Number of cells that are on the disk now and were not before.

        Raises:
            StorageError: they cannot be written.
        """
        self.attempts.hear(event)
        if isinstance(event, CellDone):
            self._since = self._since if self._waiting else time.monotonic()
            self._waiting.append(event.cell)
        if not self._waiting or (more and time.monotonic() - self._since < LONGEST_WAIT):
            return 0
        self.add(self._waiting)
        count = len(self._waiting)
        self._waiting = []
        return count

    def add(self, cells: Iterable[Cell]) -> None:
        """Write cells that were run to their end and are not written yet.

        Raises:
            StorageError: they cannot be written.
        """
        counts = self.attempts.counts
        self._writer.add(
            (self._specs[cell.key], cell, counts[cell.key] + 1)
            for cell in cells if cell.outcome != CANCELLED and cell.key in self._specs
        )  # fmt: skip

    def give_up(self, block: Block, error: BaseException) -> None:
        """Write why the cells of a block could not be run."""
        reason = (
            str(error) if isinstance(error, InitlabError) else f"{type(error).__name__}: {error}"
        )
        for spec in block:
            self.failures.append(self._writer.fail(spec, reason, ATTEMPTS))

    def bytes_per_cell(self) -> float:
        """How much of the disk a cell takes: by those that were written, else by its curve."""
        spec = next(iter(self._specs.values()))
        numbers = len(spec.training.recorded_steps) * (1 + len(spec.problem.curve))
        return self._writer.bytes_per_cell or TYPICAL_SIZE + 8 * numbers

    def notes(self, cells: Iterable[Cell]) -> list[str]:
        """Return what a reader of the results should know of the store's part in them."""
        platforms = Counter(cell.platform for cell in cells)
        return [
            *damage_notes(self.store.shown, self.damaged), *platform_notes(platforms),
        ]  # fmt: skip


def damage_notes(store: str, damaged: Sequence[CellSpec]) -> list[str]:
    """Return a sentence where stored runs were damaged: how many, and which."""
    if not damaged:
        return []
    named = [f"{one.init} at seed {one.seed}" for one in damaged[:MOST_NAMED]]
    named += [f"and {len(damaged) - MOST_NAMED:,} more"] * (len(damaged) > MOST_NAMED)
    were = "was" if len(damaged) == 1 else "were"
    return [
        f"{counted(len(damaged), 'run')} in {store} {were} damaged and {were} trained again: "
        f"{', '.join(named)}."
    ]


def failure_notes(failures: Sequence[Failure]) -> list[str]:
    """Return a sentence where runs ended with an error: how many, and the first errors."""
    if not failures:
        return []
    alike: dict[tuple[str, str], list[int]] = {}
    for one in failures:
        alike.setdefault((one.init, _short(one.reason)), []).append(one.seed)
    named = [
        f"{init} at {seeds_text(list(dict.fromkeys(seeds)))} ({reason})"
        for (init, reason), seeds in islice(alike.items(), MOST_NAMED)
    ]
    left = len(failures) - sum(map(len, islice(alike.values(), MOST_NAMED)))
    more = f", and {counted(left, 'more run')}" * bool(left)
    ended = f"{counted(len(failures), 'run')} ended with an error in each of {ATTEMPTS} attempts"
    return [f"{ended}: {'; '.join(named)}{more}."]


def _short(reason: str) -> str:
    """Return a reason on one line; what is too long loses the quoted line of code, not the error.

    Example:
        >>> _short("metric f failed at net.py, line 3, `" + 200 * "x" + "`: ValueError: no class")
        'metric f failed at net.py, line 3: ValueError: no class'
    """
    words = " ".join(reason.split())
    if len(words) > LONGEST_REASON:
        words = QUOTED_LINE.sub(r"\1", words, count=1)
    if len(words) > LONGEST_REASON:  # the error stands at the end
        half = LONGEST_REASON // 2
        words = f"{words[: half - 5]} ... {words[-half:]}"
    return words


def platform_notes(platforms: Mapping[str, int]) -> list[str]:
    """Return a sentence where cells of several platforms meet: their last bits may differ."""
    if len(platforms) < 2:
        return []
    each = "; ".join(f"{name} ({counted(count, 'run')})" for name, count in platforms.items())
    return [
        "The last digits of a score may depend on the platform, and the runs come from "
        f"{len(platforms)} platforms: {each}."
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
        say: called with what is there already, and what is waited for.

    Raises:
        StorageError: the store cannot be used.
        StudyError: the name stands for other settings.
    """
    with contextlib.ExitStack() as stack:
        if isinstance(store, str | os.PathLike):
            store = stack.enter_context(open_store(store))
        stack.enter_context(store.turn(say, WAITING))
        writer = store.begin(study, loaded.versions(), loaded.notes, name)
        keeping = Keeping(store, writer, blocks)
        others = {} if keeping.found else store.of_other_versions(study, loaded.versions())
        say(_begin_words(study, keeping) + _other_words(others))
        yield keeping


def _other_words(others: Mapping[str, Sequence[str]]) -> str:
    """Return why the runs of an older study are not used; "" where there is none."""
    if not others:
        return ""
    name, lines = next(iter(others.items()))
    differ = "; ".join(map(in_words, lines))
    return f" The runs of the study {name} are not used, because {differ}."


def _what(unnamed: str) -> str:
    """Return what has no digest as a sentence names it.

    Example:
        >>> _what("data"), _what("validation_f1")
        ('the data', 'the metric f1')
    """
    name = unnamed.removeprefix("validation_")
    return f"the {unnamed}" if name == unnamed else f"the metric {name}"


def _begin_words(study: Study, keeping: Keeping) -> str:
    shown, name = keeping.store.shown, keeping.name
    unnamed, here = study.problem.unnamed, len(keeping.found)
    if unnamed:
        verb = "exist" if len(unnamed) > 1 else "exists"
        return (
            f"this study is stored in {shown} under the name {name}. A later study cannot use "
            f"the runs of this study, because {listed([*map(_what, unnamed)])} {verb} in memory "
            "only."
        )
    if not here:
        return f"every finished run is saved in {shown}, in the study {name}."
    left = study.cell_count - here
    trained = f"the other {'run' if left == 1 else f'{left:,} runs'} will be trained now"
    if not left:
        trained = "nothing is left to train"
    if count := len(keeping.damaged):  # also where the notes are not shown, as with --json
        of_them = "" if left == 1 else f" {count:,} of them"
        results = "its stored result is" if count == 1 else "their stored results are"
        trained += f",{of_them} because {results} damaged"
    return f"{shown} holds {here:,} of {study.cell_count:,} runs of the study {name}; {trained}."
