"""A network in training -> trained, a little at a time: with progress, frames, and a way to stop.

Whichever engine takes the steps, it is advanced in chunks of about a tenth of a second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LOOK_SECONDS = 0.1  # training goes on this long, about, between two looks at the stop event


@dataclass(frozen=True)
class Callbacks:
    """What a training run reports while it goes on, and what stops it. Called from any thread.

    Attributes:
        steps_done: called with the number of steps just done.
        compiling: called once if a kernel has to be compiled first.
        frame: called with the number of steps done and the parameters at that point.
        frame_every: steps between two frames, 0 for none; or the steps that have one, in order.
        stop: when it is set, training returns early.
    """

    steps_done: Callable[[int], None] = lambda steps: None
    compiling: Callable[[], None] = lambda: None
    frame: Callable[[int, Mapping[str, Any]], None] = lambda step, parameters: None
    frame_every: int | Sequence[int] = 0
    stop: threading.Event = field(default_factory=threading.Event)


class Trainer:
    """A network in training.

    Attributes:
        step: steps done.
        first_nonfinite: name of the first quantity that was not finite; training stops there.
    """

    step = 0
    first_nonfinite: str | None = None

    def advance(self, end: int) -> None:
        """Take steps until ``end`` are done or something is not finite."""
        raise NotImplementedError

    def parameters(self) -> Mapping[str, Any]:
        """Return the parameters as they are now, for a frame."""
        return {}


def take_steps(trainer: Trainer, steps: int, callbacks: Callbacks) -> None:
    """Advance a network to its last step, until it diverges, or until the stop event is set."""
    frames = _steps_of_frames(callbacks.frame_every, trainer.step, steps)
    chunk, due = 1, next(frames, None)
    if due == 0 and steps:
        callbacks.frame(0, trainer.parameters())
    if due == trainer.step:
        due = next(frames, None)
    while trainer.step < steps and trainer.first_nonfinite is None and not callbacks.stop.is_set():
        before, began = trainer.step, time.perf_counter()
        end = min(steps, before + chunk)
        if due is not None:
            end = min(end, due)
        trainer.advance(end)
        if time.perf_counter() - began < LOOK_SECONDS:
            chunk *= 2
        done = trainer.step - before
        if trainer.first_nonfinite is not None:
            done = steps - before  # nothing more will come of it
        elif trainer.step == due:
            callbacks.frame(trainer.step, trainer.parameters())
            due = next(frames, None)
        callbacks.steps_done(done)


def _steps_of_frames(every: int | Sequence[int], first: int, last: int) -> Iterator[int]:
    """Yield the steps from ``first`` to ``last`` that have a frame."""
    if isinstance(every, int):
        every = range(0, last + 1, every) if every else ()
    return (step for step in every if first <= step <= last)
