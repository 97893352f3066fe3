"""torch's global random numbers, lent to one replicate at a time.

Modules draw (dropout) from torch's global generators. Each replicate has a stream of its own, put
in place for its forward pass and taken back after it, so that no other replicate, thread or user
code moves it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from initlab.modules.framework import load_torch
from initlab.randomness import DROPOUT, generator_for

_LOCK = threading.Lock()  # one global generator: one replicate at a time


class RandomStream:
    """The random numbers of one replicate's forward passes."""

    def __init__(self, seed: int, device: Any = "cpu") -> None:
        torch = load_torch()
        number = int(generator_for(seed, "torch", DROPOUT).integers(2**63))
        self._generators = [torch.default_generator]
        self._states = [torch.Generator().manual_seed(number).get_state()]
        if torch.device(device).type == "cuda":
            index = torch.device(device).index or 0
            self._generators.append(torch.cuda.default_generators[index])
            self._states.append(torch.Generator(device).manual_seed(number).get_state())

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Let what is done inside draw from this stream."""
        with _LOCK:
            outer = [one.get_state() for one in self._generators]
            for one, state in zip(self._generators, self._states, strict=True):
                one.set_state(state)
            try:
                yield
            finally:
                self._states = [one.get_state() for one in self._generators]
                for one, state in zip(self._generators, outer, strict=True):
                    one.set_state(state)


def draws(stream: RandomStream, action: Any) -> tuple[Any, bool]:
    """Do an action on a stream; return its result and whether it drew any random number."""
    torch = load_torch()
    before = [state.clone() for state in stream._states]
    with stream.lent():
        result = action()
    after = stream._states
    return result, any(not torch.equal(x, y) for x, y in zip(before, after, strict=True))
