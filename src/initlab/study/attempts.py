"""Events of runs -> which blocks are tried again, and which have failed for good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from initlab.errors import StudyError
from initlab.study.events import CellDone, CellFailed, Event
from initlab.study.executors.working import ATTEMPTS as ATTEMPTS
from initlab.study.expansion import Block

HOPELESS = 10  # cells that fail before the first one is done: then nothing will work


class Attempts:
    """What became of the blocks of a study: one that fails is tried three times.

    Attributes:
        errors: why each block failed the last time, by the key of its first cell.
        counts: how often it was tried in vain.
        nothing_done: whether no cell was done so far.
        study_error: of a worker that cannot work for this study; None if all can.
    """

    def __init__(self) -> None:
        self.errors: dict[str, BaseException] = {}
        self.counts: Counter[str] = Counter()
        self.nothing_done = True
        self.study_error: StudyError | None = None
        self._failed_now: set[str] = set()

    @property
    def hopeless(self) -> bool:
        """Whether nothing but failures came so far, and many of them, or a worker refused."""
        many = self.nothing_done and len(self._failed_now) >= HOPELESS
        return many or self.study_error is not None

    def hear(self, event: Event) -> None:
        """Take an event of the run into account."""
        if isinstance(event, CellDone):
            self.nothing_done = False
        elif isinstance(event, CellFailed):
            if isinstance(event.error, StudyError):
                self.study_error = self.study_error or event.error
            self.errors[event.spec.key] = event.error
            self.counts[event.spec.key] += event.attempts
            self._failed_now.add(event.spec.key)

    def again(self, part: Sequence[Block]) -> tuple[list[Block], list[Block]]:
        """Return the blocks of a run that has ended to try again, and those that failed for good.

        Args:
            part: the blocks of that run.
        """
        failed = [block for block in part if block[0].key in self._failed_now]
        self._failed_now.clear()
        again = [block for block in failed if self.counts[block[0].key] < ATTEMPTS]
        return again, [block for block in failed if self.counts[block[0].key] >= ATTEMPTS]
