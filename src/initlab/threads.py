"""BLAS and LAPACK in one thread: the last bits of a product depend on how many share it."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

import numpy as np


def single_threaded_blas() -> AbstractContextManager[object]:
    """One BLAS thread per worker: the workers are the parallelism, and no bit depends on it."""
    np.dot(np.ones(1), np.ones(1))  # BLAS must be loaded to be limited
    limits: AbstractContextManager[object] = _libraries(len(sys.modules)).limit(limits=1)
    return limits


@lru_cache(maxsize=1)
def _libraries(modules: int) -> Any:
    """Return the loaded libraries that have threads; ``modules`` are those imported so far.

    To look for them takes 5 ms, and each comes with a module: one that was loaded in another way
    after the last import is not seen.
    """
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
