"""A block and its loaded problem -> what is said while it is run; the same in every worker."""

from __future__ import annotations

import pickle
import time
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, Protocol

from initlab.engines import Callbacks
from initlab.errors import InitlabError
from initlab.study.expansion import Block
from initlab.study.loaded import LoadedProblem
from initlab.study.run_cell import run_block

BEGUN: Final = "begun"
STEPS: Final = "steps"  # with the number of further steps
COMPILING: Final = "compiling"
FRAME: Final = "frame"  # with the step and the parameters
DONE: Final = "done"  # with the cells
FAILED: Final = "failed"  # with the error
LOST: Final = "lost"  # its worker ended too often; the run goes on
GONE: Final = "gone"  # with the error: there are no workers any more
DROPPED: Final = "dropped"  # not run, because the run was stopped
WAITING: Final = "waiting"  # for workers, with a sentence; of any block

ATTEMPTS = 3  # of a block whose worker ends
REPORT_SECONDS = 0.1  # between two reports of a block's progress

Hear = Callable[[int, str, Any], None]
"""Takes the number of a block, what happened to it, and a value, such as its cells or an error."""

GoOn = Callable[[], object]
"""Lets a worker begin its next block."""


class Pool(Protocol):
    """Workers that run blocks: threads, processes, or a cluster's."""

    def begin(self, blocks: list[Block]) -> None:
        """Hand every block to the workers; the last word on each is one of those above."""

    def stop(self) -> None:
        """Let blocks in training stop at the next look, and begin no other; from any thread."""

    def close(self, *, patient: bool) -> None:
        """Let go of the workers; an impatient caller does not wait for those that hang."""


def work(
    number: int, block: Block, load: Callable[[], LoadedProblem], hear: Hear, stop: Any,
    options: Mapping[str, Any], *, every: float = REPORT_SECONDS,
) -> None:  # fmt: skip
    """Run a block unless the run was stopped, and say what happens.

    Args:
        number: of the block.
        block: what to run.
        load: returns the problem; what it raises is the block's failure.
        hear: called with each of its messages.
        stop: has ``is_set()``.
        options: ``frame_every`` and ``keep``, see :class:`Run`.
        every: seconds between two reports of its progress; the last word stands for the rest.
    """
    steps, told = 0, time.monotonic()

    def steps_done(count: int) -> None:
        nonlocal steps, told
        steps += count
        if time.monotonic() - told > every:
            hear(number, STEPS, steps)
            steps, told = 0, time.monotonic()

    callbacks = Callbacks(
        steps_done=steps_done,
        compiling=partial(hear, number, COMPILING, None),
        frame=lambda step, parameters: hear(number, FRAME, (step, parameters)),
        frame_every=options["frame_every"],
        stop=stop,
    )
    try:
        if stop.is_set():
            hear(number, DROPPED, None)
            return
        loaded = load()
        hear(number, BEGUN, None)
        cells = run_block(block, loaded, callbacks, keep=options["keep"])
    except BaseException as error:  # a user's model may raise anything
        hear(number, FAILED, error)
    else:
        hear(number, DONE, cells)


def portable(error: BaseException) -> BaseException:
    """Return an error that another process can read, with this one's traceback as a note."""
    told = "".join(traceback.format_exception(error))
    try:
        copy = pickle.loads(pickle.dumps(error))
    except Exception:  # a user's own class of errors may not travel
        copy = InitlabError(f"A worker failed with {type(error).__name__}: {error}")
    copy.add_note(f"In the worker:\n{told}")
    found: BaseException = copy
    return found
