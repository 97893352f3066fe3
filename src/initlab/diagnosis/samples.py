"""A number of samples and a seed -> those that a network is measured at, and what they are."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from initlab.randomness import SAMPLES, generator_for

MOST_SAMPLES = 256  # of tensors that hold more: enough for noise of 6 %


def chosen_samples(
    count: int, seed: int, most: int = MOST_SAMPLES
) -> tuple[NDArray[np.intp] | None, str]:
    """Return the rows to measure at, None for all of them; and the batch in words."""
    if count <= most:
        return None, "1 sample of the data" if count == 1 else f"{count:,} samples of the data"
    return _chosen(count, seed, most).copy(), f"{most} of {count:,} samples of the data"


@lru_cache(maxsize=256)  # a seed has one batch, whatever its networks begin from
def _chosen(count: int, seed: int, most: int) -> NDArray[np.intp]:
    return np.sort(generator_for(seed, "diagnosis", SAMPLES).choice(count, most, replace=False))
