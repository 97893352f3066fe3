"""The global random numbers of torch, NumPy and Python, lent to one replicate at a time.

A stranger's module or data set draws from global generators. Whatever does so is given a stream of
its own, put in place while it works and taken back after it, so that no other replicate, thread or
user code moves it, nor is moved by it.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from initlab.modules.framework import load_torch
from initlab.randomness import DROPOUT, generator_for

TORCH, NUMPY, PYTHON = "torch", "numpy", "python"
EVERY = (TORCH, NUMPY, PYTHON)
_LOCK = threading.RLock()  # one set of global generators: one user of them at a time
_SEEDS = 2**63

State = list[tuple[Callable[[Any], Any], Any]]  # (what puts a state in place, the state)


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
        self._device, self._sources = load_torch().device(device), tuple(sources)
        self._states = self._first(number)

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Let what is done inside draw from this stream."""
        with _LOCK:
            outer = self._now()
            _put(self._states)
            try:
                yield
            finally:
                self._states = self._now()
                _put(outer)

    def moved(self, action: Callable[[], Any]) -> tuple[Any, tuple[str, ...]]:
        """Do an action on this stream; return its result and which generators it drew from."""
        before = [_comparable(state) for _, state in self._states]
        with self.lent():
            result = action()
        after = [_comparable(state) for _, state in self._states]
        names = [TORCH] * (len(after) - 2) + [NUMPY, PYTHON]
        found = [name for name, x, y in zip(names, before, after, strict=True) if x != y]
        return result, tuple(dict.fromkeys(found))

    def _first(self, number: int) -> State:
        torch = load_torch()
        states = [torch.Generator(one.device).manual_seed(number).get_state()
                  for one in self._torch_generators()]  # fmt: skip
        mine = [(one.set_state, x) for one, x in zip(self._torch_generators(), states, strict=True)]
        if NUMPY in self._sources:
            mine.append((np.random.set_state, np.random.RandomState(number % 2**32).get_state()))
        if PYTHON in self._sources:
            mine.append((random.setstate, random.Random(number).getstate()))
        return mine

    def _now(self) -> State:
        states: State = [(one.set_state, one.get_state()) for one in self._torch_generators()]
        if NUMPY in self._sources:
            states.append((np.random.set_state, np.random.get_state()))  # noqa: NPY002 - it is theirs
        if PYTHON in self._sources:
            states.append((random.setstate, random.getstate()))
        return states

    def _torch_generators(self) -> list[Any]:
        torch = load_torch()
        if TORCH not in self._sources:
            return []
        if self._device.type != "cuda":
            return [torch.default_generator]
        return [torch.default_generator, torch.cuda.default_generators[self._device.index or 0]]


def _put(states: State) -> None:
    for put, state in states:
        put(state)


def _comparable(state: Any) -> bytes:
    if hasattr(state, "numpy"):
        return bytes(state.cpu().numpy().tobytes())
    if isinstance(state[1], np.ndarray):
        return state[1].tobytes() + repr(state[2:]).encode()
    return repr(state).encode()
