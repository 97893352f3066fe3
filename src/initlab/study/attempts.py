"""Events of runs -> which blocks are tried again, and which have failed for good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from initlab.study.events import CellBegun, CellDone, CellFailed, Event
from initlab.study.expansion import Block

ATTEMPTS = 3
HOPELESS = 10  # cells that fail before the first one is done: then nothing will work


class Attempts:
    """What became of the blocks of a study: one that fails is tried three times.

    Attributes:
        errors: why each block failed the last time, by the key of its first cell.
        counts: how often it was tried in vain.
    """

    def __init__(self) -> None:
        self.errors: dict[str, BaseException] = {}
        self.counts: Counter[str] = Counter()
        self._begun: set[str] = set()
        self._done: set[str] = set()
        self._failed_now: set[str] = set()

    @property
    def nothing_done(self) -> bool:
        """Whether no cell was done so far."""
        return not self._done

    @property
    def hopeless(self) -> bool:
        """Whether nothing but failures came so far, and many of them."""
        return self.nothing_done and len(self._failed_now) >= HOPELESS

    def hear(self, event: Event) -> None:
        """Take an event of the run into account."""
        if isinstance(event, CellBegun):
            self._begun.add(event.spec.key)
        elif isinstance(event, CellDone):
            self._done.add(event.spec.key)
        elif isinstance(event, CellFailed):
            self.errors[event.spec.key] = event.error
            self._failed_now.add(event.spec.key)

    def again(
        self, part: Sequence[Block], *, broken: bool
    ) -> tuple[list[list[Block]], list[Block]]:
        """Return what to run after a run has ended, and the blocks that have failed for good.

        Args:
            part: the blocks of that run.
            broken: whether a worker process died, and took the whole run with it. Every block that
                was being trained may be the reason: each is then tried alone.
        """
        failing = [block for block in part if block[0].key in self._failed_now]
        rest: list[Block] = []
        if broken:
            left = [block for block in part if any(spec.key not in self._done for spec in block)]
            failing = [block for block in left if block[0].key in self._begun] or left[:1]
            rest = [block for block in left if block not in failing]
            for key in list(self._failed_now):  # the executor could name one of them only
                self.errors |= {block[0].key: self.errors[key] for block in failing}
        self.counts.update(block[0].key for block in failing)
        given_up = [block for block in failing if self.counts[block[0].key] >= ATTEMPTS]
        again = [block for block in failing if self.counts[block[0].key] < ATTEMPTS]
        tried = [[block] for block in again] if broken else [again]
        self._begun.clear()
        self._failed_now.clear()
        return [blocks for blocks in (*tried, rest) if blocks], given_up
