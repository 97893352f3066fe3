"""BLAS and LAPACK in one thread: the last bits of a product depend on how many share it."""

from __future__ import annotations

from contextlib import AbstractContextManager

import numpy as np


def single_threaded_blas() -> AbstractContextManager[object]:
    """One BLAS thread per worker: the workers are the parallelism, and no bit depends on it."""
    from threadpoolctl import threadpool_limits

    np.dot(np.ones(1), np.ones(1))  # BLAS must be loaded to be limited
    limits: AbstractContextManager[object] = threadpool_limits(limits=1)
    return limits
