"""The global random numbers of torch, NumPy and Python, lent to one replicate at a time.

A user's module or data set draws from global generators. Whatever does so is given a stream of
its own, put in place while it works and taken back after it, so that no other replicate, thread or
user code moves it, nor is moved by it.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from initlab.modules.framework import load_torch
from initlab.randomness import DROPOUT, generator_for

TORCH, NUMPY, PYTHON = "torch", "numpy", "python"
EVERY = (TORCH, NUMPY, PYTHON)
_LOCK = threading.RLock()  # one set of global generators: one user of them at a time
_SEEDS = 2**63

# name of a global generator, what gets its state, what puts one, number -> a seed's first state
Source = tuple[str, Callable[[], Any], Callable[[Any], Any], Callable[[int], Any]]


class RandomStream:
    """The random numbers of one user of the global generators.

    Args:
        seed: of the replicate.
        device: whose generators are meant, besides the CPU's.
        name: what draws.
        purpose: see :mod:`initlab.randomness`.
        sources: the generators to lend; the others are left alone.
    """

    def __init__(
        self, seed: int, device: Any = "cpu", *, name: str = "torch", purpose: str = DROPOUT,
        sources: Sequence[str] = EVERY,
    ) -> None:  # fmt: skip
        number = int(generator_for(seed, name, purpose).integers(_SEEDS))
        self._sources = [one for one in _sources(device) if one[0] in sources]
        self._states = [seeded(number) for *_, seeded in self._sources]

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Let what is done inside draw from this stream."""
        with _LOCK:
            outer = self._exchanged(self._states)
            try:
                yield
            finally:
                self._states = self._exchanged(outer)

    def moved(self, action: Callable[[], Any]) -> tuple[Any, tuple[str, ...]]:
        """Do an action on this stream; return its result and which generators it drew from."""
        before = list(map(_comparable, self._states))
        with self.lent():
            result = action()
        after = map(_comparable, self._states)
        found = [
            name for (name, *_), x, y in zip(self._sources, before, after, strict=True) if x != y
        ]
        return result, tuple(dict.fromkeys(found))

    def _exchanged(self, states: list[Any]) -> list[Any]:
        """Put states in place; return those that were there."""
        before = [get() for _, get, _, _ in self._sources]
        for (_, _, put, _), state in zip(self._sources, states, strict=True):
            put(state)
        return before


def _sources(device: Any) -> list[Source]:
    torch = load_torch()
    place = torch.device(device)
    generators = [torch.default_generator]
    if place.type == "cuda":
        generators.append(torch.cuda.default_generators[place.index or 0])

    def seeded(generator: Any, number: int) -> Any:
        return torch.Generator(generator.device).manual_seed(number).get_state()

    return [
        *((TORCH, one.get_state, one.set_state, partial(seeded, one)) for one in generators),
        (NUMPY, np.random.get_state, np.random.set_state,
         lambda number: np.random.RandomState(number % 2**32).get_state()),
        (PYTHON, random.getstate, random.setstate,
         lambda number: random.Random(number).getstate()),
    ]  # fmt: skip


def _comparable(state: Any) -> bytes:
    if hasattr(state, "numpy"):
        return bytes(state.cpu().numpy().tobytes())
    if isinstance(state[1], np.ndarray):
        return state[1].tobytes() + repr(state[2:]).encode()
    return repr(state).encode()
